/**
 * One bounded run: hands ranges of cases to supervised workers, gathers what they find, stops when it is due.
 */
import { availableParallelism } from 'node:os';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { lowestIndices } from './findings.ts';
import { corpusRange, type CampaignPlan } from './plan.ts';
import { blockOf, cut, lengthOf, type Range } from '../examine/range.ts';
import type { CampaignResult, Observers, Resumption } from './observers.ts';
import { afterDeath, afterSolo, afterTrace } from './recover.ts';
import {
  adaptBatch,
  askedOf,
  participantsOf,
  nameAt,
  progressOf,
  resultOf,
  stateOf,
  absorb,
  report,
  whyOver,
  type State,
} from './state.ts';
import { stallSentence, type WorkerPosition } from './stall.ts';
import { startWorker, type WorkerDeath, type Worker } from '../worker/supervise.ts';
import { increment } from '../examine/tally.ts';

/** Long enough that a round trip and the pause before it are nothing, short enough to stop when asked. */
const batchMs = 500;
const startTimeoutMs = 120_000; // native TensorFlow on a cold disk
const defaultStallMs = 30_000;
/** What a batch under way may still take once the campaign is interrupted. */
const graceMs = 1_000;
/**
 * A signal to all processes of the machine or a container
 * reaches the workers, and this process a moment later.
 */
const sharedSignals: readonly (NodeJS.Signals | null)[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const sharedSignalMs = 250;
/**
 * A worker is renewed once it holds this share of what it may, and half as much again as when it was ready.
 */
const renewalShare = 0.5;
const renewalGrowth = 1.5;

/**
 * Runs the plan to its end. Same plan with `runs` and no `timeMs`: same findings and tally, whatever
 * `workers` is, and however often it was killed and resumed.
 * @returns null where it was interrupted before its first case.
 * @throws UsageError or InfrastructureError where a worker cannot start.
 */
export async function runCampaign(
  plan: CampaignPlan,
  observers: Observers,
  journalFolder: string,
  resumption: Resumption | null = null,
  start: typeof startWorker = startWorker,
): Promise<CampaignResult | null> {
  const state = stateOf(plan, observers, { journalFolder, resumption, startWorker: start });
  const stallMs = observers.stallMs ?? defaultStallMs;
  const clock = setInterval(() => watchForStall(state, stallMs), stallMs / 30);
  const forget = endAfterGrace(state);
  try {
    const first = await startOne(state);
    if (first === null) return null;
    observers.onReady?.(participantsOf(state));
    state.lastGain = performance.now();
    const slots: Promise<void>[] = [runSlot(state, first)];
    for (let i = 1; i < plan.workers; i++) slots.push(runSlot(state, null));
    await Promise.all(slots);
    observers.onCheckpoint?.(progressOf(state));
    return resultOf(state);
  } finally {
    clearInterval(clock);
    forget();
    state.end.abort(); // whatever threw: nobody works on, and no process is left behind
    for (const worker of state.workers) worker.stop();
  }
}

/** @returns what takes it back. */
function endAfterGrace({ end, observers: { interrupt } }: State): () => void {
  let grace: NodeJS.Timeout | undefined;
  const begin = (): void => void (grace = setTimeout(() => end.abort(), graceMs));
  if (interrupt?.aborted) begin();
  else interrupt?.addEventListener('abort', begin, { once: true });
  return () => {
    clearTimeout(grace);
    interrupt?.removeEventListener('abort', begin);
  };
}

/** Null where the campaign ends before it. */
async function orEnded<T>({ end: { signal } }: State, pending: Promise<T>): Promise<T | null> {
  let onEnd = (): void => undefined;
  const ended = new Promise<null>((resolve) => {
    onEnd = () => resolve(null);
    if (signal.aborted) onEnd();
    else signal.addEventListener('abort', onEnd, { once: true });
  });
  try {
    return await Promise.race([ended, pending]);
  } finally {
    signal.removeEventListener('abort', onEnd);
  }
}

async function startOne(state: State): Promise<Worker | null> {
  const { plan, journalFolder, workers, end } = state;
  const journal = `${journalFolder}/journal-${++state.workersStarted}`;
  const { caseTimeoutMs } = plan;
  const hasSpareCore = plan.workers < availableParallelism();
  const watch = { journal, caseTimeoutMs, startTimeoutMs, signal: end.signal, hasSpareCore };
  const starting = state.startWorker(plan, watch);
  const worker = await orEnded(state, starting);
  if (worker === null) return null;
  workers.add(worker);
  checkSameParticipants(state, worker);
  return worker;
}

/**
 * All workers of a campaign, and of the one that it resumes, have
 * to ask the same participants, or their counts would not add up.
 */
function checkSameParticipants(state: State, { ready: { subject, references } }: Worker): void {
  const asked = askedOf({ subject, references }).join(', ');
  const before = (state.participants === null ? state.askedBefore : askedOf(state.participants))?.join(', ');
  state.participants ??= { subject, references };
  if (before === undefined || before === asked) return;
  if (state.workersStarted > 1)
    throw new InfrastructureError(`a worker has loaded ${asked}, and the first had loaded ${before}`);
  throw new UsageError(`the run was made with ${before}, and here is ${asked}: it cannot be resumed`);
}

function stopOne(state: State, worker: Worker): void {
  worker.stop();
  state.workers.delete(worker);
}

/**
 * What one worker after another does, until there is nothing more.
 * What is under way at the end stays so, for whoever resumes.
 */
async function runSlot(state: State, first: Worker | null): Promise<void> {
  const slot = Symbol();
  let worker = first ?? (await startOne(state));
  // of the block that this worker is in: another would have to ask its stacks again
  let rest: Range | null = null;
  while (worker !== null) {
    const next = nextRange(state, rest);
    if (next === null) break;
    const { range } = next;
    rest = next.rest;
    state.inFlight.set(slot, next);
    const began = performance.now();
    const [reply] = await Promise.all([
      orEnded(state, worker.run(jobOf(state, range))),
      reportAtOnce(state), // while the worker is busy with that
    ]);
    if (reply === null || (reply.kind === 'died' && (await isShared(state, reply)))) break;
    if (reply.kind === 'explained') throw new Error('a worker explained what it was not asked');
    state.inFlight.set(slot, { range: null, rest });
    if (reply.kind === 'died') afterDeath(state, range, reply);
    else absorbBatch(state, range, reply);
    if (reply.kind === 'batch')
      adaptBatch(state, lengthOf(range), { tookMs: performance.now() - began, wantedMs: wantedMs(state) });
    if (reply.kind === 'batch' && !isDueForRenewal(state, worker, reply.rssMb)) continue;
    report(state);
    stopOne(state, worker);
    worker = await startOne(state);
  }
  report(state);
  if (worker !== null) stopOne(state, worker);
}

/** What it throws is a rejection, so that a promise beside it is not forgotten. */
async function reportAtOnce(state: State): Promise<void> {
  report(state);
}

function jobOf(state: State, range: Range): Parameters<Worker['run']>[0] {
  const { unstacked, plan, gathered, isTraced } = state;
  const keys = range.from < 0 ? undefined : unstacked.get(blockOf(range.from, plan.runs).from);
  const { mode } = range;
  const pace = isTraced && mode.pace === 'covered' ? 'traced' : mode.pace;
  return {
    kind: 'indices',
    ...range,
    mode: { ...mode, pace },
    unstacked: keys ?? [],
    known: lowestIndices(gathered),
  };
}

/** A batch ends with the campaign's time, or not much later. */
function wantedMs({ plan: { timeMs }, start }: State): number {
  return timeMs === null ? batchMs : Math.min(batchMs, Math.max(0, start + timeMs - performance.now()));
}

/** Whether the worker was ended by what has interrupted the campaign, too. */
async function isShared({ observers: { interrupt } }: State, { signal }: WorkerDeath): Promise<boolean> {
  if (!sharedSignals.includes(signal)) return false;
  await new Promise((resolve) => setTimeout(resolve, sharedSignalMs));
  return interrupt?.aborted === true;
}

type BatchReply = Extract<Awaited<ReturnType<Worker['run']>>, { kind: 'batch' }>;

function absorbBatch(state: State, range: Range, reply: BatchReply): void {
  const death = state.traced.get(range.from);
  if (death !== undefined) return afterTrace(state, range, death);
  const isSolo = range.mode.participants === 'solo';
  if (isSolo && lengthOf(range) > 1) return afterSolo(state, range);
  if (isSolo)
    increment(state.gathered.tally.checks, 'references skipped: with them the memory grows too far');
  absorb(state, reply);
}

/**
 * What a worker does next, and what it is to do after that;
 * null when there is nothing, or the campaign is over.
 */
function nextRange(state: State, own: Range | null): { range: Range; rest: Range | null } | null {
  state.stoppedBy ??= whyOver(state);
  if (state.stoppedBy !== null) return null;
  const due = state.requeued.shift();
  if (due !== undefined) return { range: due, rest: own };
  const whole = own ?? nextWhole(state);
  if (whole === null) return null;
  const { head, rest } = cut(whole, state.batchSize);
  return { range: head, rest };
}

/** The corpus, and then block after block. */
function nextWhole(state: State): Range | null {
  const corpus = state.isCorpusBegun ? null : corpusRange(state.plan);
  state.isCorpusBegun = true;
  return corpus ?? state.blocks.take();
}

function isDueForRenewal({ plan }: State, worker: Worker, rssMb: number): boolean {
  if (!worker.isRenewable) return false;
  return rssMb > renewalShare * plan.rssLimitMb && rssMb > renewalGrowth * worker.ready.rssMb;
}

function watchForStall(state: State, stallMs: number): void {
  const now = performance.now();
  if (now - state.lastGain < stallMs || now - state.lastStall < stallMs) return;
  state.lastStall = now;
  const positions: WorkerPosition[] = [];
  for (const worker of state.workers) {
    const entry = worker.position();
    if (entry !== null && entry.stage !== 'idle')
      positions.push({ entry, name: entry.place === 0 ? 'the subject' : nameAt(state, entry.place) });
  }
  state.observers.onStall?.(stallSentence(state.plan, positions, (now - state.lastGain) / 1000));
}
