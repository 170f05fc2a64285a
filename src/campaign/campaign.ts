/** One bounded run: hands stretches of cases to supervised workers, gathers what they find, stops when it is due. */
import type { Finding } from '../case/finding.ts';
import { addTally, emptyTally, type Tally } from './tally.ts';
import { InfrastructureError } from '../contract/failure.ts';
import type { JournalEntry } from './journal.ts';
import { describeLoss, startWorker, type Loss, type Worker } from './supervise.ts';
import { aroundLoss, stretchesOf, type CampaignPlan, type Stretch } from './plan.ts';
import type { ReferenceState, Reply, Sighting, SubjectState } from './protocol.ts';
import { batchOfLoss } from './loss.ts';

export type StopReason = 'runs' | 'time' | 'max-findings' | 'breaker' | 'interrupted';

export interface Progress {
  readonly cases: number;
  readonly seconds: number;
  readonly findings: number;
  readonly subjectFindings: number;
}

export interface Observers {
  /** The workers have loaded what they were asked for. Throwing here ends the campaign before its first case. */
  onReady?(ready: { readonly subject: SubjectState; readonly references: readonly ReferenceState[] }): void;
  onProgress?(progress: Progress): void;
  /** A new signature, or one whose lowest index came down. Called before anything is reported of it. */
  onFinding?(finding: Finding): void;
  readonly interrupt?: AbortSignal;
}

export interface CampaignResult {
  readonly tally: Tally;
  /** One per signature, at its lowest index, with its count; ordered by signature. */
  readonly findings: readonly Finding[];
  readonly stoppedBy: StopReason;
  readonly seconds: number;
  readonly subject: SubjectState;
  readonly references: readonly ReferenceState[];
}

const batchMs = 250; // long enough that a round trip (0.2 ms) is nothing, short enough to stop when asked
const firstBatch = 32;
const largestBatch = 4096;
const startTimeoutMs = 120_000; // native TensorFlow on a cold disk
/** Workers lost one after the other: a subject that kills every worker would otherwise cost a timeout a case. */
const lossesMax = 20;

/**
 * Runs the plan to its end. Same plan with `runs` and no `timeMs`: same findings and tally, whatever `workers` is.
 * @throws UsageError or InfrastructureError where a worker cannot start.
 */
export async function runCampaign(
  plan: CampaignPlan,
  observers: Observers,
  journalFolder: string,
): Promise<CampaignResult> {
  const start = performance.now();
  const state: State = {
    plan,
    observers,
    journalFolder,
    start,
    tally: emptyTally(),
    sightings: new Map(),
    findings: new Map(),
    stretches: stretchesOf(plan.runs, plan.shard),
    again: [],
    batchSize: firstBatch,
    losses: 0,
    stoppedBy: null,
    workersStarted: 0,
    workers: new Set(),
    subject: { name: '', version: '', kernels: [] },
    references: [],
  };
  try {
    const first = await startOne(state);
    const { subject, references } = first.ready;
    state.subject = subject;
    state.references = references;
    observers.onReady?.({ subject, references });
    const slots: Promise<void>[] = [runSlot(state, await runCorpus(state, first))];
    for (let i = 1; i < plan.workers; i++) {
      slots.push(startOne(state).then((worker) => runSlot(state, worker)));
    }
    await Promise.all(slots);
  } finally {
    for (const worker of state.workers) worker.stop(); // whatever threw: no process is left behind
  }
  return resultOf(state);
}

function resultOf(state: State): CampaignResult {
  const { sightings, findings } = state;
  return {
    tally: state.tally,
    findings: [...findings.values()]
      .sort((a, b) => (a.signature < b.signature ? -1 : 1))
      .map((finding) => ({ ...finding, count: sightings.get(finding.signature)?.count ?? finding.count })),
    stoppedBy: state.stoppedBy ?? 'runs',
    seconds: (performance.now() - state.start) / 1000,
    subject: state.subject,
    references: state.references,
  };
}

interface State {
  readonly plan: CampaignPlan;
  readonly observers: Observers;
  readonly journalFolder: string;
  readonly start: number;
  readonly tally: Tally;
  readonly sightings: Map<string, Sighting>;
  readonly findings: Map<string, Finding>;
  readonly stretches: { next(count: number): Stretch | null };
  /** Stretches to do again after a worker was lost in them. */
  readonly again: Stretch[];
  batchSize: number;
  losses: number;
  stoppedBy: StopReason | null;
  workersStarted: number;
  /** Those alive. */
  readonly workers: Set<Worker>;
  /** As the first worker reported them. */
  subject: SubjectState;
  references: readonly ReferenceState[];
}

async function startOne(state: State): Promise<Worker> {
  const { plan, journalFolder, workers } = state;
  const journal = `${journalFolder}/journal-${++state.workersStarted}`;
  const worker = await startWorker(plan, { journal, caseTimeoutMs: plan.caseTimeoutMs, startTimeoutMs });
  workers.add(worker);
  return worker;
}

function stopOne(state: State, worker: Worker): void {
  worker.stop();
  state.workers.delete(worker);
}

/** Corpus cases have the indices −length … −1, below every generated one. Gives back the worker to go on with. */
async function runCorpus(state: State, worker: Worker): Promise<Worker> {
  const { corpus } = state.plan;
  let current = worker;
  for (let from = 0; from < corpus.length;) {
    const reply = await current.run({ kind: 'cases', cases: corpus, from });
    if (reply.kind === 'lost') {
      const at = placeOf(reply);
      recordLoss(state, reply, at);
      from = at.index + corpus.length + 1;
      stopOne(state, current);
      current = await startOne(state);
    } else if (reply.kind === 'batch') {
      gather(state, reply);
      from = corpus.length;
    }
  }
  return current;
}

async function runSlot(state: State, first: Worker): Promise<void> {
  let worker = first;
  try {
    for (;;) {
      const stretch = nextStretch(state);
      if (stretch === null) return;
      const began = performance.now();
      const reply = await worker.run({ kind: 'indices', ...stretch, known: knownOf(state) });
      if (reply.kind === 'lost') {
        afterLoss(state, stretch, reply);
        stopOne(state, worker);
        worker = await startOne(state);
      } else if (reply.kind === 'batch') {
        gather(state, reply);
        adaptBatch(state, stretch, performance.now() - began);
      }
    }
  } finally {
    stopOne(state, worker);
  }
}

/** Null when the campaign is over; then `stoppedBy` says why. */
function nextStretch(state: State): Stretch | null {
  const { plan, observers, start, again } = state;
  if (state.stoppedBy !== null) return null;
  const elapsed = performance.now() - start;
  if (observers.interrupt?.aborted) state.stoppedBy = 'interrupted';
  else if (state.losses >= lossesMax) state.stoppedBy = 'breaker';
  else if (plan.maxFindings !== null && countOfSubject(state) >= plan.maxFindings)
    state.stoppedBy = 'max-findings';
  else if (plan.timeMs !== null && elapsed >= plan.timeMs) state.stoppedBy = 'time';
  if (state.stoppedBy !== null) return null;
  const stretch = again.shift() ?? state.stretches.next(state.batchSize);
  if (stretch === null) state.stoppedBy = 'runs';
  return stretch;
}

function knownOf(state: State): (readonly [string, number])[] {
  return [...state.findings.values()].map((finding) => [finding.signature, finding.index ?? -1] as const);
}

function countOfSubject(state: State): number {
  let count = 0;
  for (const finding of state.findings.values()) if (finding.blame === 'subject') count++;
  return count;
}

function gather(
  state: State,
  batch: Pick<Extract<Reply, { kind: 'batch' }>, 'tally' | 'sightings' | 'findings'>,
): void {
  addTally(state.tally, batch.tally);
  for (const sighting of batch.sightings) {
    const before = state.sightings.get(sighting.signature);
    state.sightings.set(sighting.signature, {
      signature: sighting.signature,
      count: sighting.count + (before?.count ?? 0),
      lowestIndex: Math.min(sighting.lowestIndex, before?.lowestIndex ?? Infinity),
    });
  }
  for (const finding of batch.findings) {
    const before = state.findings.get(finding.signature);
    if (before !== undefined && (before.index ?? -1) <= (finding.index ?? -1)) continue;
    state.findings.set(finding.signature, finding);
    state.observers.onFinding?.(finding);
  }
  const { onProgress } = state.observers;
  onProgress?.({
    cases: state.tally.cases,
    seconds: (performance.now() - state.start) / 1000,
    findings: state.findings.size,
    subjectFindings: countOfSubject(state),
  });
}

function adaptBatch(state: State, stretch: Stretch, tookMs: number): void {
  const cases = Math.ceil((stretch.to - stretch.from) / stretch.step);
  const wanted = Math.round((cases * batchMs) / Math.max(tookMs, 1));
  state.batchSize = Math.min(largestBatch, 2 * state.batchSize, Math.max(firstBatch, wanted));
}

/** What the worker was doing becomes a finding; the rest of its stretch is done again. */
function afterLoss(state: State, stretch: Stretch, loss: Loss): void {
  const at = placeOf(loss);
  if (at.stage === 'shrink' && stretch.shrink) {
    state.losses++;
    state.again.push({ ...stretch, from: at.index, to: at.index + 1, shrink: false });
  } else {
    recordLoss(state, loss, at);
  }
  state.again.push(...aroundLoss(stretch, at.index));
}

function placeOf(loss: Loss): JournalEntry {
  if (loss.at !== null && loss.at.stage !== 'idle') return loss.at;
  throw new InfrastructureError(`a worker died between two cases: ${describeLoss(loss.outcome)}`);
}

function recordLoss(state: State, loss: Loss, at: JournalEntry): void {
  state.losses++;
  gather(
    state,
    batchOfLoss({ plan: state.plan, subject: state.subject, references: state.references }, loss.outcome, at),
  );
}
