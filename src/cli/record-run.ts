/** What run.json holds of a campaign. */
import { createHash } from 'node:crypto';
import type { CauseRecord } from '../archive/cause-record.ts';
import { listedFindings } from '../archive/failing.ts';
import type {
  BaselineRecord,
  CoverRecord,
  FindingSummary,
  LeftOutRecord,
  MissingKernel,
  PartRecord,
  RunRecord,
} from '../archive/run-record.ts';
import type { RunFolder } from '../archive/run-folder.ts';
import type { CampaignResult } from '../campaign/observers.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { subjectRecordOf } from '../examine/finding-fields.ts';
import { packageVersion } from '../contract/package-version.ts';
import type { Range } from '../examine/range.ts';
import { canonicalTally } from '../examine/tally.ts';
import { generatorVersion } from '../generate/generate-case.ts';
import { exhaustiveLanes } from '../generate/exhaustive.ts';
import { defaultMaxElements } from '../generate/shape.ts';
import { spaceOf } from '../worker/space.ts';
import type { FindingsExit } from './exit-code.ts';

export function recordOf(
  plan: CampaignPlan,
  result: CampaignResult,
  run: {
    readonly exitCode: number;
    readonly findingsExit: FindingsExit;
    readonly findings: readonly FindingSummary[];
    readonly causes: readonly CauseRecord[];
    readonly baseline: BaselineRecord | null;
    readonly missingKernels: readonly MissingKernel[];
    readonly leftOut: LeftOutRecord;
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
    budget: {
      runs: plan.runs,
      timeMs: plan.timeMs,
      maxFindings: plan.maxFindings,
      shrinkEvaluations: plan.shrinkEvaluations,
      maximize: plan.maximize,
    },
    ...spaceRecord(plan),
    ...(run.missingKernels.length === 0 ? {} : { missingKernels: run.missingKernels }),
    workers: plan.workers,
    shard: plan.shard,
    strict: plan.strict,
    ...(plan.strictReferences === true ? { strictReferences: true } : {}),
    ...(run.findingsExit === 0 ? { findingsExit: 0 } : {}),
    subject: {
      ...subjectRecordOf(subject, plan),
      ...(subject.arithmetic === undefined ? {} : { arithmetic: subject.arithmetic }),
    },
    references,
    seconds,
    casesPerSecond: tally.cases / Math.max(seconds, 1e-3),
    meanElements: tally.cases === 0 ? 0 : tally.elements / tally.cases,
    ...canonicalTally(tally),
    ...(run.baseline === null ? {} : { baseline: run.baseline }),
    ...deathsOf(result),
    ...lostOf(result),
    ...(result.machines === undefined ? {} : { machines: result.machines }),
    breaks: result.brokenBy === null ? [] : [result.brokenBy],
    findings: listedFindings(run.findings, plan),
    causes: run.causes,
    ...leftOutOf(run),
    parts: [partOf(plan, result, run)],
  };
}

function lostOf({ lost }: CampaignResult): Pick<RunRecord, 'lost'> {
  return lost === undefined ? {} : { lost: lost.map(indicesOf) };
}

function indicesOf({ from, to, step }: Pick<Range, 'from' | 'to' | 'step'>): CoverRecord {
  return { from, to, step };
}

function spaceRecord(
  plan: CampaignPlan,
): Pick<
  RunRecord,
  'operations' | 'formats' | 'kernels' | 'supports' | 'refuses' | 'maxElements' | 'exhaustive'
> {
  const { operations, formats, kernels, supports, refuses, maxElements, exhaustive } = spaceOf(plan);
  return {
    operations,
    formats,
    ...(kernels === undefined ? {} : { kernels }),
    ...(supports === undefined ? {} : { supports }),
    ...(refuses === true && exhaustive !== true ? { refuses } : {}),
    ...(maxElements === undefined || maxElements === defaultMaxElements ? {} : { maxElements }),
    ...(exhaustive === true ? { exhaustive: exhaustiveLanes } : {}),
  };
}

function partOf(
  plan: CampaignPlan,
  result: CampaignResult,
  run: { readonly leftOut: LeftOutRecord; readonly startedAt: Date },
): PartRecord {
  const { covers, tally, stoppedBy, seconds, sightings } = result;
  const { seed, shard, runs } = plan;
  return {
    seed,
    shard,
    runs,
    covers,
    corpus: plan.corpus.length === 0 ? null : digestOf(plan.corpus),
    stoppedBy,
    startedAt: run.startedAt.toISOString(),
    seconds,
    sightings,
    ...deathsOf(result),
    ...lostOf(result),
    ...leftOutOf(run),
    ...canonicalTally(tally),
  };
}

function deathsOf({ workersDied }: CampaignResult): Pick<RunRecord, 'deaths'> {
  return workersDied === 0 ? {} : { deaths: workersDied };
}

function leftOutOf({ leftOut }: { readonly leftOut: LeftOutRecord }): Pick<RunRecord, 'leftOut'> {
  return leftOut.count === 0 ? {} : { leftOut };
}

function digestOf(corpus: CampaignPlan['corpus']): string {
  return createHash('sha256').update(JSON.stringify(corpus)).digest('hex').slice(0, 16);
}
