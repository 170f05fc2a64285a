/**
 * One worker process after another, and what becomes of each range that one of them is handed: it is
 * absorbed, or done again.
 */
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { lengthOf, type Range } from '../examine/range.ts';
import { increment } from '../examine/tally.ts';
import { hasSpareCore } from '../worker/fork-worker.ts';
import type { WorkerDeath } from '../worker/death.ts';
import type { Worker } from '../worker/supervise.ts';
import { askedBefore, withRange, type Asked } from './asked.ts';
import { adaptBatch, isDueForRenewal, jobOf, nextRange, wantedMs } from './schedule.ts';
import { absorb, askedOf, report, type State } from './state.ts';
import { unlessAborted } from './unless-aborted.ts';

const startTimeoutMs = 120_000; // native TensorFlow on a cold disk
/**
 * A signal to all processes of the machine or a container
 * reaches the workers, and this process a moment later.
 */
const sharedSignals: readonly (NodeJS.Signals | null)[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const sharedSignalMs = 250;

/** Null where the campaign ends before it has loaded, or its time does, unless it is the first. */
export async function startOne(state: State): Promise<Worker | null> {
  const { plan, journalFolder, workers, end, timeIsUp } = state;
  const isFirst = state.participants === null;
  const journal = `${journalFolder}/journal-${++state.workersStarted}`;
  const { caseTimeoutMs } = plan;
  const watch = {
    journal,
    caseTimeoutMs,
    startTimeoutMs,
    signal: end.signal,
    hasSpareCore: hasSpareCore(plan.workers),
  };
  const starting = state.startWorker(plan, watch);
  const waiting = isFirst ? end.signal : AbortSignal.any([end.signal, timeIsUp.signal]);
  const worker = await unlessAborted(starting, waiting);
  if (worker === 'aborted') return null; // `end` ends it where it still loads
  workers.add(worker);
  checkSameParticipants(state, worker);
  return worker;
}

/**
 * All workers of a run, those before it was resumed among them, have the same participants, or their counts
 * would not add up.
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

/** One worker process after another: the one that is there now, and what it has been asked. */
export interface Slot {
  /** What its ranges in flight are kept under. */
  readonly key: symbol;
  worker: Worker | null;
  asked: Asked;
}

export function slotWith(worker: Worker | null): Slot {
  return { key: Symbol(), worker, asked: [] };
}

/**
 * Does ranges until there are no more, and leaves the worker that did the last of them in the slot, if it is
 * fit for more. What is in flight at the end stays so, for whoever resumes.
 */
export async function workThrough(state: State, slot: Slot): Promise<void> {
  slot.worker ??= await startOne(state);
  // The rest of the block that this worker is in: another would have to ask its stacks again.
  let rest: Range | null = null;
  while (slot.worker !== null) {
    const worker: Worker = slot.worker;
    const next = nextRange(state, rest);
    if (next === null) break;
    const { range } = next;
    rest = next.rest;
    state.inFlight.set(slot.key, rest === null ? [range] : [range, rest]);
    const began = performance.now();
    const [reply, recovery] = await Promise.all([
      unlessAborted(worker.run(jobOf(state, range)), state.end.signal),
      import('./recover.ts'), // as the next, while the worker is busy with that
      reportAtOnce(state),
    ]);
    if (reply === 'aborted' || (reply.kind === 'died' && (await isShared(state, reply)))) break;
    if (reply.kind !== 'died' && reply.kind !== 'batch')
      throw new Error('a worker answered what it was not asked');
    if (rest === null) state.inFlight.delete(slot.key);
    else state.inFlight.set(slot.key, [rest]);
    if (reply.kind === 'died') {
      state.workersDied++;
      recovery.afterDeath(state, range, reply, slot.asked);
    } else {
      absorbBatch(state, range, { reply, asked: slot.asked, recovery });
      slot.asked = withRange(slot.asked, range);
    }
    if (reply.kind === 'batch')
      adaptBatch(state, lengthOf(range), { tookMs: performance.now() - began, wantedMs: wantedMs(state) });
    if (reply.kind === 'batch' && !isDueForRenewal(state, worker, reply.rssMb)) continue;
    report(state);
    stopOne(state, worker);
    slot.worker = await startOne(state);
    slot.asked = [];
  }
  report(state);
}

/** Stops what is in the slot. */
export function endSlot(state: State, slot: Slot): void {
  if (slot.worker !== null) stopOne(state, slot.worker);
  slot.worker = null;
}

/** What it throws is a rejection, so that a promise beside it is not forgotten. */
async function reportAtOnce(state: State): Promise<void> {
  report(state);
}

/** Whether the worker was ended by what has interrupted the campaign, too. */
async function isShared({ observers: { interrupt } }: State, { signal }: WorkerDeath): Promise<boolean> {
  if (!sharedSignals.includes(signal)) return false;
  await new Promise((resolve) => setTimeout(resolve, sharedSignalMs));
  return interrupt?.aborted === true;
}

type BatchReply = Extract<Awaited<ReturnType<Worker['run']>>, { kind: 'batch' }>;

/** What is done again after a death: loaded once there is a worker that can die. */
type Recovery = typeof import('./recover.ts');

function absorbBatch(
  state: State,
  range: Range,
  {
    reply,
    asked,
    recovery,
  }: { readonly reply: BatchReply; readonly asked: Asked; readonly recovery: Recovery },
): void {
  if (reply.endedBefore !== undefined) return absorbPart(state, range, reply, asked);
  const traced = state.traced.get(range.from);
  if (traced !== undefined) return recovery.afterTrace(state, range, traced);
  const stray = range.mode.pace === 'paused' ? state.strays.get(range.from) : undefined;
  if (stray !== undefined && recovery.afterPause(state, range, stray)) return;
  const isSolo = range.mode.participants === 'solo';
  if (isSolo && lengthOf(range) > 1) return recovery.afterSolo(state, range);
  if (isSolo)
    increment(state.gathered.tally.checks, 'references skipped: with them the memory grows too far');
  absorb(state, reply, (index) => askedBefore(asked, range, index));
}

/**
 * The time was over within the range: the rest of it stays to be done, and all of one that was done again to
 * see more of a death, since that has not been seen yet.
 */
function absorbPart(state: State, range: Range, reply: BatchReply, asked: Asked): void {
  const { pace, participants } = range.mode;
  if (state.traced.has(range.from) || pace === 'paused' || participants === 'solo') {
    state.requeued.push(range);
    return;
  }
  state.requeued.push({ ...range, from: reply.endedBefore! });
  absorb(state, reply, (index) => askedBefore(asked, range, index));
}
