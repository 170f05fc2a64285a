/** Runs a campaign for the terminal: a folder for it, its findings as they come, a summary at its end. */
import { randomBytes } from 'node:crypto';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { loadFindings, saveFinding } from '../archive/finding-file.ts';
import { releaseRun, sweep, takeRun } from '../archive/ownership.ts';
import { plainText } from '../text/plain-text.ts';
import {
  createRun,
  inPosix,
  isInRun,
  loadFromRun,
  loadRun,
  runFolderAt,
  runIdOf,
  saveInRun,
  type RunFolder,
} from '../archive/run-folder.ts';
import { packageVersion } from '../contract/package-version.ts';
import type { startInProcess } from '../worker/in-process.ts';
import { spaceOf } from '../worker/space.ts';
import { runCampaign } from '../campaign/campaign.ts';
import type { CampaignResult, Observers, Resumption } from '../campaign/observers.ts';
import { planFileSchema, planName, progressName, type PlanFile } from '../campaign/plan-file.ts';
import { progressSchema } from '../campaign/progress.ts';
import { isOfPlan, type CampaignPlan } from '../campaign/plan.ts';
import { connectorOf } from '../connect/connect.ts';
import { isOwnReference } from '../../reference/index.ts';
import { caseFromJson } from '../case/case-json.ts';
import type { Finding } from '../case/finding.ts';
import type { QueueAddress } from '../queue/address.ts';
import type { SubjectSetup } from '../examine/finding-fields.ts';
import type { ReferenceState } from '../examine/sighting.ts';
import { generatorVersion } from '../generate/generate-case.ts';
import { drawnText } from '../report/drawn-text.ts';
import type { CampaignRequest } from './campaign-options.ts';
import type { RunSettings } from './campaign-settings.ts';
import { exitCodeOfError, type Ending } from './exit-code.ts';
import { openJournalFolder } from './journal-folder.ts';
import { listenForSignals } from './signals.ts';
import { machineLines } from './machine-text.ts';
import { startProgress, terminal, type Detail } from './terminal.ts';
import { checkBaseline, markKnown } from './assess-findings.ts';

/** @returns the exit code. Whatever was found is on disk before anything is printed of it. */
export function conductCampaign(
  request: CampaignRequest,
  runSettings: RunSettings,
  way: Way = { kind: 'workers' },
): Promise<number> {
  return conduct({ request, startedAt: new Date(), folder: null, resumption: null, way }, runSettings);
}

/** Who judges: worker processes, this very process, or machines that take their share from a queue. */
export type Way =
  | { readonly kind: 'workers' | 'in-process' }
  | {
      readonly kind: 'queue';
      readonly address: QueueAddress;
      /** How the settings here name the subject, which workers load; its `subject` null where they do not. */
      readonly named: SubjectSetup;
    };

/**
 * Resumes the run in this folder where it stood when its process was killed, or it was interrupted; or what
 * it has lost, since that may not kill again.
 * @throws UsageError where it came to its end, is still running, or was made by another version of logitfuzz.
 */
export function resumeCampaign(
  path: string,
  runSettings: RunSettings,
  named: NamedAgain = {},
): Promise<number> {
  const folder = runFolderAt(path);
  const file = loadFromRun(folder, { name: planName, schema: planFileSchema });
  for (const c of file.plan.corpus) caseFromJson(c, { name: `${folder.path}/${planName}: plan.corpus` });
  if (file.tool !== packageVersion || file.generatorVersion !== generatorVersion) {
    throw new UsageError(
      `${folder.path} was made by logitfuzz ${file.tool} with generator ${file.generatorVersion}, and this is ` +
        `${packageVersion} with generator ${generatorVersion}: the same indices would not be the same cases`,
    );
  }
  if (file.queue !== undefined && named.queue === undefined)
    throw new UsageError(
      `${folder.path} was made through a queue, whose URL no file holds: name it with --queue`,
    );
  if (file.queue === undefined) checkResumed(file.plan, folder.path, named);
  takeRun(folder);
  const resumption = loadResumption(folder, file);
  const { plan, required, minCases, findingsExit, listed, queue, startedAt } = file;
  if (plan.command === 'gate')
    throw new UsageError(`${folder.path} is a run of the gate, which is short: run the gate again`);
  return conduct(
    {
      request: {
        plan,
        required,
        minCases,
        ...(findingsExit === undefined ? {} : { findingsExit }),
        ...(listed === undefined ? {} : { listed }),
        ...(queue === undefined ? {} : { queue }),
      },
      startedAt: new Date(startedAt),
      folder,
      resumption,
      way: queue === undefined ? { kind: 'workers' } : { kind: 'queue', ...named.queue! },
    },
    runSettings,
  );
}

/** What the command line names again of a run that is resumed: whatever may start a program. */
export interface NamedAgain {
  readonly subject?: string | undefined;
  readonly python?: string | undefined;
  readonly engine?: string | undefined;
  readonly manifest?: string | undefined;
  readonly references?: string | undefined;
  /** No file holds where a queue is. */
  readonly queue?: Omit<Extract<Way, { kind: 'queue' }>, 'kind'> | undefined;
}

/**
 * A program is started by who names it, never by a file that may be somebody else's. What starts none need
 * not be named again.
 * @throws UsageError where something has to be named, or is named otherwise than it was.
 */
function checkResumed(plan: CampaignPlan, path: string, named: NamedAgain): void {
  const { subject, connection = {}, references } = plan;
  const rows = [
    { flag: 'subject', was: subject, starts: subject !== null && connectorOf(subject).startsProgram },
    { flag: 'python', was: connection.python ?? null, starts: true },
    { flag: 'engine', was: connection.engine ?? null, starts: true },
    { flag: 'manifest', was: connection.manifest ?? null, starts: false },
    { flag: 'references', was: references.join(','), starts: references.some(isOwnReference) },
  ] as const;
  for (const { flag, was, starts } of rows) {
    const is = named[flag];
    if (is === undefined ? was === null || !starts : is === was) continue;
    throw new UsageError(
      is === undefined
        ? `${path} was made with --${flag} ${JSON.stringify(was)}, which starts a program: name it again`
        : `${path} was made with ${was === null ? `no --${flag}` : `--${flag} ${JSON.stringify(was)}`}, and not with ${JSON.stringify(is)}`,
    );
  }
}

/**
 * Reads what it takes to resume a run that this process owns: nobody else can resume it meanwhile. Gives it
 * back where it cannot be resumed.
 */
function loadResumption(folder: RunFolder, { plan }: PlanFile): Resumption | null {
  try {
    if (isInRun(folder, 'run.json')) {
      const { stoppedBy, lost } = loadRun(folder.path);
      if (stoppedBy !== 'interrupted' && lost === undefined)
        throw new UsageError(`${folder.path} came to its end (${stoppedBy}): there is nothing to resume`);
    }
    if (!isInRun(folder, progressName)) return null;
    const progress = loadFromRun(folder, { name: progressName, schema: progressSchema });
    const stranger = progress.pending.find((range) => !isOfPlan(range, plan));
    if (stranger !== undefined) {
      throw new UsageError(
        `${folder.path}/${progressName}: pending has the cases ${stranger.from} to ${stranger.to}, which are no part of the plan`,
      );
    }
    return { progress, findings: asSeen(loadFindings(folder.path)) };
  } catch (error) {
    releaseRun(folder);
    throw error;
  }
}

/** What a fresh process was asked is asked again: its run was killed between that and its end. */
function asSeen(saved: readonly { readonly finding: Finding }[]): readonly Finding[] {
  return saved.map(({ finding }) => finding).filter(({ seenAs }) => seenAs === undefined);
}

interface CampaignStart {
  readonly request: CampaignRequest;
  readonly startedAt: Date;
  /** Null where it has yet to be made: a bad subject leaves no empty run behind. */
  readonly folder: RunFolder | null;
  readonly resumption: Resumption | null;
  readonly way: Way;
}

async function conduct(start: CampaignStart, runSettings: RunSettings): Promise<number> {
  const { json, detail } = runSettings.output;
  const isSilent = json || detail === 'quiet';
  const { request, startedAt, resumption, way } = start;
  const inProcess = way.kind === 'in-process';
  const { plan, required } = request;
  const journals = openJournalFolder();
  const interruption = listenForSignals();
  const bounds = { timeMs: plan.timeMs, runs: plan.runs };
  const progress = startProgress(bounds, detail, { bar: !inProcess });
  let folder = start.folder;
  const runFolder = (): RunFolder => {
    if (folder === null) throw new Error('a campaign reported before it was ready');
    return folder;
  };
  try {
    const observers: Observers = {
      onReady({ plan: settled, subject, references }) {
        bounds.runs = settled.runs; // of all small lanes the subject says how many cases they are
        checkRequired(required, references, isSilent);
        if (detail === 'verbose') for (const reference of references) noteReference(reference);
        checkBaseline(runSettings, subject.name);
        if (!isSilent) noteOldBaseline(runSettings);
        folder ??= beginRun({ ...request, plan: settled }, startedAt);
        sweepOthers(folder, isSilent);
        const drawn = drawnText(spaceOf(settled));
        if (!isSilent) {
          terminal.note(`seed ${plan.seed}, ${resumption === null ? 'into' : 'resuming'} ${folder.path}`);
          if (drawn !== null) terminal.note(`drawn: ${drawn}`);
        }
      },
      onProgress: progress.update,
      onFinding(finding) {
        const marked = markKnown(finding, runSettings.baseline);
        saveOrTell(runFolder(), marked);
        if (detail === 'verbose') noteFinding(marked);
      },
      onCheckpoint: (standing) => void saveInRun(runFolder(), progressName, standing),
      // At a breakpoint nothing comes back, and nobody has to be told.
      ...(inProcess ? {} : { onStall: (sentence: string) => terminal.note(sentence) }),
      onSearch: (sentence) => terminal.note(sentence),
      onRetry: (sentence) => terminal.note(sentence),
      interrupt: interruption.signal,
    };
    const result =
      way.kind === 'queue'
        ? await throughQueue(way, start, { ...observers, path: () => folder?.path ?? null }, detail)
        : await runCampaign(
            plan,
            observers,
            journals.path,
            resumption,
            inProcess ? await startInThisProcess() : undefined,
          );
    progress.stop();
    if (result === null) return endedEarly(interruption.by(), plan.command, json);
    const { concludeCampaign } = await import('./conclude-campaign.ts'); // nothing of it is needed before
    return await concludeCampaign({ ...request, plan: result.plan }, result, {
      folder: runFolder(),
      startedAt,
      interruptedBy: interruption.by(),
      runSettings,
    });
  } finally {
    progress.stop();
    interruption.stop();
    journals.remove();
    if (folder !== null) release(folder);
  }
}

/** Loaded only where it is wanted: few have a queue. */
async function throughQueue(
  { address, named }: Extract<Way, { kind: 'queue' }>,
  { request: { plan, queue }, resumption }: CampaignStart,
  observers: Observers & { readonly path: () => string | null },
  detail: Detail,
): Promise<CampaignResult | null> {
  const { coordinate, openServer } = await import('../queue/index.ts');
  const server = await openServer(address, { onTrouble: (sentence) => terminal.note(sentence) });
  try {
    const all = {
      ...observers,
      onNote: (sentence: string) => terminal.note(sentence),
      ...(detail === 'verbose' ? { onMachines: machineLines() } : {}),
    };
    return await coordinate(plan, all, { server, choices: queue!, named, resumption });
  } finally {
    await server.close();
  }
}

/** Loaded only where it is wanted: it brings all judges along. */
async function startInThisProcess(): Promise<typeof startInProcess> {
  return (await import('../worker/in-process.ts')).startInProcess;
}

function noteReference({ name, available, version, engine }: ReferenceState): void {
  if (available) terminal.note(`with ${name} ${version}${engine === null ? '' : `, ${engine}`}`);
}

function noteFinding({ severity, known, blame, index, case: summary, sentence }: Finding): void {
  const word = known ? 'known' : severity;
  terminal.note(`${word}: ${blame}, case ${index}, ${plainText(summary, 160)}: ${plainText(sentence, 200)}`);
}

/** A baseline of old says of its entries that they are known, and not how bad they were. */
function noteOldBaseline({ baseline, baselinePath, update }: RunSettings): void {
  if (update || baseline === null || baseline.cases !== null) return;
  if (Object.keys(baseline.findings).length === 0) return;
  terminal.note(
    `${baselinePath} does not say how bad its entries were, so that none can be seen to grow: gate --update-baseline writes it anew`,
  );
}

/** Another run's litter is no reason not to make this one. */
function sweepOthers(own: RunFolder, isSilent: boolean): void {
  try {
    const swept = sweep(inPosix(own.path, '../..'), own);
    if (swept > 0 && !isSilent) terminal.note(`removed ${swept} half-written files of runs that were killed`);
  } catch (error) {
    if (exitCodeOfError(error) === null) throw error;
    if (!isSilent) terminal.note(`what killed runs left was not removed: ${(error as Error).message}`);
  }
}

/** What stays behind says that this process has the run: it is dead then, and the next one sweeps it. */
function release(folder: RunFolder): void {
  try {
    releaseRun(folder);
  } catch (error) {
    if (exitCodeOfError(error) === null) throw error;
  }
}

/** There is no run yet, and so no summary of it. */
function endedEarly(by: Ending['interruptedBy'], command: string, json: boolean): number {
  const exitCode = by === 'SIGINT' ? 130 : 143;
  const message = `interrupted by ${by} before the first case`;
  if (json)
    terminal.print(JSON.stringify({ schemaVersion: 1, command, exitCode, error: { message } }, null, 2));
  else terminal.note(`logitfuzz: ${message}`);
  return exitCode;
}

function beginRun({ plan, ...demands }: CampaignRequest, startedAt: Date): RunFolder {
  const suffix = randomBytes(4).toString('hex');
  const folder = createRun(plan.out, runIdOf({ startedAt, seed: plan.seed, suffix }));
  takeRun(folder);
  const file: PlanFile = {
    schemaVersion: 1,
    tool: packageVersion,
    generatorVersion,
    startedAt: startedAt.toISOString(),
    ...demands,
    plan,
  };
  saveInRun(folder, planName, file);
  return folder;
}

/** Saves a finding; one that cannot be written is still reported. */
function saveOrTell(folder: RunFolder, finding: Finding): string {
  try {
    return saveFinding(folder, finding);
  } catch (error) {
    if (error instanceof InfrastructureError || error instanceof UsageError)
      error.message += `; it was to hold this: ${finding.signature} at ${finding.case} (seed ${finding.seed}, case ${finding.index}): ${finding.sentence}`;
    throw error;
  }
}

function checkRequired(
  required: readonly string[],
  references: readonly ReferenceState[],
  isSilent: boolean,
): void {
  for (const { name, available, reason } of references) {
    if (available) continue;
    if (required.includes(name))
      throw new InfrastructureError(`the required reference ${name} is missing: ${reason}`);
    if (!isSilent) terminal.note(`without ${name}: ${reason}`);
  }
}
