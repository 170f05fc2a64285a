/** Runs a campaign for the terminal: a folder for it, its findings as they come, a summary at its end. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InfrastructureError } from '../contract/failure.ts';
import { findingSummary, saveFinding } from '../archive/finding-file.ts';
import { createRun, runIdOf, saveRun, type RunFolder } from '../archive/run-folder.ts';
import type { RunRecord } from '../archive/run-record.ts';
import { packageVersion } from '../contract/package-version.ts';
import { runCampaign, type CampaignResult, type Observers } from '../campaign/campaign.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import type { ReferenceState } from '../campaign/protocol.ts';
import { generatorVersion } from '../generate/generate-case.ts';
import { renderConsole } from '../report/render-console.ts';
import { summaryJson } from '../report/summary-json.ts';
import type { CampaignRequest } from './campaign-options.ts';
import { exitCodeOf, type Ending } from './exit-code.ts';
import { startProgress, terminal } from './terminal.ts';

/** @returns the exit code. Whatever was found is on disk before anything is printed of it. */
export async function conductCampaign(
  request: CampaignRequest,
  { json }: { readonly json: boolean },
): Promise<number> {
  const { plan, required } = request;
  const startedAt = new Date();
  const journals = mkdtempSync(join(tmpdir(), 'logitfuzz-'));
  const interruption = listenForSignals();
  const progress = startProgress(plan);
  let folder: RunFolder | null = null; // made when there is something to run: a bad subject leaves no empty run behind
  const runFolder = (): RunFolder => {
    const id = { startedAt, seed: plan.seed, suffix: randomBytes(4).toString('hex') };
    folder ??= createRun(plan.out, runIdOf(id));
    return folder;
  };
  try {
    const observers: Observers = {
      onReady({ references }) {
        checkRequired(required, references, json);
        const { path } = runFolder();
        if (!json) terminal.note(`seed ${plan.seed}, into ${path}`);
      },
      onProgress: progress.update,
      onFinding: (finding) => void saveFinding(runFolder(), finding),
      interrupt: interruption.signal,
    };
    const result = await runCampaign(plan, observers, journals);
    progress.stop();
    return conclude(request, result, {
      folder: runFolder(),
      startedAt,
      interruptedBy: interruption.by(),
      json,
    });
  } finally {
    progress.stop();
    interruption.stop();
    rmSync(journals, { recursive: true, force: true });
  }
}

function checkRequired(
  required: readonly string[],
  references: readonly ReferenceState[],
  json: boolean,
): void {
  for (const { name, available, reason } of references) {
    if (available) continue;
    if (required.includes(name))
      throw new InfrastructureError(`the required reference ${name} is missing: ${reason}`);
    if (!json) terminal.note(`without ${name}: ${reason}`);
  }
}

function conclude(
  { plan, minCases }: CampaignRequest,
  result: CampaignResult,
  end: { folder: RunFolder; startedAt: Date; interruptedBy: Ending['interruptedBy']; json: boolean },
): number {
  const { tally, findings } = result;
  const exitCode = exitCodeOf({
    interruptedBy: end.interruptedBy,
    missingRequired: [],
    subjectSeverities: findings.filter(({ blame }) => blame === 'subject').map(({ severity }) => severity),
    strict: plan.strict,
    judged: tally.cases - tally.verdicts.skip,
    minCases,
  });
  const summaries = findings.map((finding) => findingSummary(finding, saveFinding(end.folder, finding)));
  const record = recordOf(plan, result, {
    folder: end.folder,
    startedAt: end.startedAt,
    exitCode,
    findings: summaries,
  });
  saveRun(end.folder, record);
  if (end.json) terminal.print(JSON.stringify(summaryJson(record), null, 2));
  else terminal.print(renderConsole(record, { color: terminal.color, width: terminal.width }));
  return exitCode;
}

function recordOf(
  plan: CampaignPlan,
  { tally, stoppedBy, seconds, subject, references }: CampaignResult,
  run: Pick<RunRecord, 'exitCode' | 'findings'> & { folder: RunFolder; startedAt: Date },
): RunRecord {
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
    findings: run.findings,
  };
}

interface Interruption {
  readonly signal: AbortSignal;
  by(): Ending['interruptedBy'];
  stop(): void;
}

/** The first signal ends the campaign in order; the second ends the process at once. */
function listenForSignals(): Interruption {
  const controller = new AbortController();
  let by: Ending['interruptedBy'] = null;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (by !== null) process.exit(by === 'SIGINT' ? 130 : 143);
    by = signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    by: () => by,
    stop: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}
