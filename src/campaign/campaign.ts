/**
 * One bounded run: starts workers, hands them ranges of cases, gathers what they find. What they do next is
 * schedule.ts's.
 */
import { availableParallelism } from 'node:os';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import type { CampaignPlan } from './plan.ts';
import { lengthOf, type Range } from '../examine/range.ts';
import type { CampaignResult, Observers, Resumption } from './observers.ts';
import { askedBefore, withRange, type Asked } from './asked.ts';
import { afterDeath, afterPause, afterSolo, afterTrace } from './recover.ts';
import {
  askedOf,
  participantsOf,
  nameAt,
  progressOf,
  resultOf,
  stateOf,
  absorb,
  report,
  type State,
} from './state.ts';
import { adaptBatch, isDueForRenewal, jobOf, nextRange, wantedMs } from './schedule.ts';
import { confirmResult } from './confirm-result.ts';
import { stallSentence, type WorkerPosition } from './stall.ts';
import type { WorkerDeath } from '../worker/death.ts';
import { settledSpace } from '../worker/space.ts';
import { startWorker, type Worker } from '../worker/supervise.ts';
import { increment } from '../examine/tally.ts';

const startTimeoutMs = 120_000; // native TensorFlow on a cold disk
const defaultStallMs = 30_000;
/** What a batch in flight may still take once the campaign is interrupted. */
const graceMs = 1_000;
/** How late a campaign ends at most, beside one call that takes as long as it may. */
const lateMsMax = 2_000;
/**
 * A signal to all processes of the machine or a container
 * reaches the workers, and this process a moment later.
 */
const sharedSignals: readonly (NodeJS.Signals | null)[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const sharedSignalMs = 250;

/**
 * Runs the plan to its end. Same plan with `runs` and no `timeMs`: same findings and tally, whatever
 * `workers` is, and however often it was killed and resumed. `start` is how a worker comes to be: as a
 * process, or in this one.
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
  const forgetTime = endAfterTime(state);
  try {
    const first = await startOne(state);
    if (first === null) return null;
    state.plan = settledSpace(plan, first.ready.subject);
    observers.onReady?.({ ...participantsOf(state), plan: state.plan });
    state.lastGain = performance.now();
    const slots: Promise<void>[] = [runSlot(state, first)];
    for (let i = 1; i < plan.workers; i++) slots.push(runSlot(state, null));
    await Promise.all(slots);
    observers.onCheckpoint?.(progressOf(state));
    // A campaign in this process starts no other.
    return first.isRenewable ? await confirmResult(state, resultOf(state)) : resultOf(state);
  } finally {
    clearInterval(clock);
    forgetTime();
    forget();
    state.end.abort(); // whatever threw: nobody works on, and no process is left behind
    for (const worker of state.workers) worker.stop();
  }
}

/** Ends the waiting for workers a moment after an interruption. @returns what takes that back. */
function endAfterGrace(state: State): () => void {
  const {
    end,
    observers: { interrupt },
  } = state;
  let grace: NodeJS.Timeout | undefined;
  const begin = (): void => {
    grace = setTimeout(() => {
      // Where every worker is busy for longer, none asks what is next, and the run would count as done.
      state.stoppedBy ??= 'interrupted';
      end.abort();
    }, graceMs);
  };
  if (interrupt?.aborted) begin();
  else interrupt?.addEventListener('abort', begin, { once: true });
  return () => {
    clearTimeout(grace);
    interrupt?.removeEventListener('abort', begin);
  };
}

/**
 * Workers end with the campaign's time of themselves, or after their last call: whoever does not is not
 * waited for, nor one that has yet to load. @returns what takes that back.
 */
function endAfterTime(state: State): () => void {
  const { plan, start, end, timeIsUp } = state;
  if (plan.timeMs === null) return () => undefined;
  const timers = [
    timerAt(start + plan.timeMs, () => timeIsUp.abort()),
    timerAt(start + plan.timeMs + lateMsMax + plan.caseTimeoutMs, () => {
      state.stoppedBy ??= 'time';
      end.abort();
    }),
  ];
  return () => timers.forEach((timer) => clearTimeout(timer));
}

/** Undefined for a time that is farther off than a timer of Node's can be: nobody waits for it. */
function timerAt(at: number, act: () => void): NodeJS.Timeout | undefined {
  const inMs = at - performance.now();
  return inMs < 2 ** 31 ? setTimeout(act, inMs) : undefined;
}

/** What is pending; null where the campaign ends before it. */
async function orEnded<T>(signal: AbortSignal, pending: Promise<T>): Promise<T | null> {
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

/** Null where the campaign ends before it has loaded, or its time does, unless it is the first. */
async function startOne(state: State): Promise<Worker | null> {
  const { plan, journalFolder, workers, end, timeIsUp } = state;
  const isFirst = state.participants === null;
  const journal = `${journalFolder}/journal-${++state.workersStarted}`;
  const { caseTimeoutMs } = plan;
  const hasSpareCore = plan.workers < availableParallelism();
  const watch = { journal, caseTimeoutMs, startTimeoutMs, signal: end.signal, hasSpareCore };
  const starting = state.startWorker(plan, watch);
  const waiting = isFirst ? end.signal : AbortSignal.any([end.signal, timeIsUp.signal]);
  const worker = await orEnded(waiting, starting);
  if (worker === null) return null; // `end` ends it where it still loads
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

/**
 * Has one worker after another do ranges until there are no more. What is in flight at the end stays so, for
 * whoever resumes.
 */
async function runSlot(state: State, first: Worker | null): Promise<void> {
  const slot = Symbol();
  let worker = first ?? (await startOne(state));
  // The rest of the block that this worker is in: another would have to ask its stacks again.
  let rest: Range | null = null;
  let asked: Asked = []; // of this worker
  while (worker !== null) {
    const next = nextRange(state, rest);
    if (next === null) break;
    const { range } = next;
    rest = next.rest;
    state.inFlight.set(slot, next);
    const began = performance.now();
    const [reply] = await Promise.all([
      orEnded(state.end.signal, worker.run(jobOf(state, range))),
      reportAtOnce(state), // while the worker is busy with that
    ]);
    if (reply === null || (reply.kind === 'died' && (await isShared(state, reply)))) break;
    if (reply.kind !== 'died' && reply.kind !== 'batch')
      throw new Error('a worker answered what it was not asked');
    state.inFlight.set(slot, { range: null, rest });
    if (reply.kind === 'died') {
      state.workersDied++;
      afterDeath(state, range, reply, asked);
    } else {
      absorbBatch(state, range, reply, asked);
      asked = withRange(asked, range);
    }
    if (reply.kind === 'batch')
      adaptBatch(state, lengthOf(range), { tookMs: performance.now() - began, wantedMs: wantedMs(state) });
    if (reply.kind === 'batch' && !isDueForRenewal(state, worker, reply.rssMb)) continue;
    report(state);
    stopOne(state, worker);
    worker = await startOne(state);
    asked = [];
  }
  report(state);
  if (worker !== null) stopOne(state, worker);
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

function absorbBatch(state: State, range: Range, reply: BatchReply, asked: Asked): void {
  const traced = state.traced.get(range.from);
  if (traced !== undefined) return afterTrace(state, range, traced);
  const stray = range.mode.pace === 'paused' ? state.strays.get(range.from) : undefined;
  if (stray !== undefined && afterPause(state, range, stray)) return;
  const isSolo = range.mode.participants === 'solo';
  if (isSolo && lengthOf(range) > 1) return afterSolo(state, range);
  if (isSolo)
    increment(state.gathered.tally.checks, 'references skipped: with them the memory grows too far');
  absorb(state, reply, (index) => askedBefore(asked, range, index));
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
