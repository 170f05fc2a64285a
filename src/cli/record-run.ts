/** What run.json holds of a campaign. */
import type { BaselineRecord, FindingSummary, PartRecord, RunRecord } from '../archive/run-record.ts';
import type { RunFolder } from '../archive/run-folder.ts';
import type { CampaignResult } from '../campaign/campaign.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { packageVersion } from '../contract/package-version.ts';
import { generatorVersion } from '../generate/generate-case.ts';

export function recordOf(
  plan: CampaignPlan,
  result: CampaignResult,
  run: {
    readonly exitCode: number;
    readonly findings: readonly FindingSummary[];
    readonly baseline: BaselineRecord | null;
    readonly folder: RunFolder;
    readonly startedAt: Date;
  },
): RunRecord {
  const { tally, stoppedBy, seconds, subject, references } = result;
  return {
    schemaVersion: 1,
    command: plan.command,
    exitCode: run.exitCode,
    stoppedBy,
    run: run.folder.path,
    startedAt: run.startedAt.toISOString(),
    tool: packageVersion,
    generatorVersion,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    seed: plan.seed,
    budget: { runs: plan.runs, timeMs: plan.timeMs, maxFindings: plan.maxFindings },
    operations: plan.operations,
    formats: plan.formats,
    workers: plan.workers,
    shard: plan.shard,
    strict: plan.strict,
    subject: { name: subject.name, version: subject.version, module: plan.subject },
    references,
    seconds,
    casesPerSecond: tally.cases / Math.max(seconds, 1e-3),
    meanElements: tally.cases === 0 ? 0 : tally.elements / tally.cases,
    ...tally,
    ...(run.baseline === null ? {} : { baseline: run.baseline }),
    findings: run.findings,
    parts: [partOf(plan, result, run.startedAt)],
  };
}

function partOf(plan: CampaignPlan, result: CampaignResult, startedAt: Date): PartRecord {
  const { tally, stoppedBy, seconds, sightings, subject, references } = result;
  const { seed, shard, operations, formats, runs } = plan;
  const available = references.filter((reference) => reference.available);
  const key = JSON.stringify({
    seed,
    shard: `${shard.number}/${shard.of}`,
    runs,
    operations: [...operations].sort(),
    formats: [...formats].sort(),
    tool: packageVersion,
    generatorVersion,
    subject: `${subject.name}@${subject.version}`,
    references: available.map(({ name, version }) => `${name}@${version}`),
    corpus: plan.corpus.length,
  });
  return { key, seed, shard, stoppedBy, startedAt: startedAt.toISOString(), seconds, sightings, ...tally };
}
