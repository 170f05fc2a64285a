/**
 * What a worker does next, how much of it, and whether the campaign is over. Decides; starts nothing and
 * waits for nothing.
 */
import { blockOf, cut, type Range } from '../examine/range.ts';
import type { Worker } from '../worker/supervise.ts';
import { breakOf } from './breaker.ts';
import { countOfCauses, lowestIndices } from './findings.ts';
import type { StopReason } from './observers.ts';
import { corpusRange } from './plan.ts';
import { firstBatch, type State } from './state.ts';

/** Long enough that a round trip and the pause before it are nothing, short enough to stop when asked. */
const batchMs = 500;
/**
 * A worker is renewed once it holds this share of what it may, and half as much again as when it was ready.
 */
const renewalShare = 0.5;
const renewalGrowth = 1.5;

/**
 * What a worker does next, and what it is to do after that; null when there is nothing, or the campaign is
 * over.
 */
export function nextRange(state: State, own: Range | null): { range: Range; rest: Range | null } | null {
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

/** Null while it is not over. */
export function whyOver(state: State): StopReason | null {
  const { plan, observers, start, gathered } = state;
  if (observers.interrupt?.aborted) return 'interrupted';
  state.brokenBy ??= breakOf(gathered, state.deaths);
  if (state.brokenBy !== null) return 'breaker';
  if (plan.maxFindings !== null && countOfCauses(gathered) >= plan.maxFindings) return 'max-findings';
  return plan.timeMs !== null && performance.now() - start >= plan.timeMs ? 'time' : null;
}

export function jobOf(state: State, range: Range): Parameters<Worker['run']>[0] {
  const { unstacked, known, plan, gathered, isTraced } = state;
  const keys = range.from < 0 ? undefined : unstacked.get(blockOf(range.from, plan.runs).from);
  const { mode } = range;
  const pace = isTraced && mode.pace === 'covered' ? 'traced' : mode.pace;
  return {
    kind: 'indices',
    ...range,
    mode: { ...mode, pace },
    unstacked: keys ?? [],
    known: known.length === 0 ? lowestIndices(gathered) : [...known, ...lowestIndices(gathered)],
    leftMs: leftMsOf(state),
  };
}

/** What is left of the campaign's time; null where it has no limit. */
export function leftMsOf({ plan: { timeMs }, start }: State): number | null {
  return timeMs === null ? null : Math.max(0, start + timeMs - performance.now());
}

/** A batch ends with the campaign's time, or not much later. */
export function wantedMs(state: State): number {
  return Math.min(batchMs, leftMsOf(state) ?? Infinity);
}

/**
 * Moves the size of a batch toward what a worker does in `wantedMs`, given how long a batch of `length` took
 * it.
 */
export function adaptBatch(
  state: State,
  length: number,
  { tookMs, wantedMs }: { tookMs: number; wantedMs: number },
): void {
  const wanted = Math.round((length * wantedMs) / Math.max(tookMs, 1));
  state.batchSize = Math.min(2 * state.batchSize, Math.max(firstBatch, wanted));
}

export function isDueForRenewal({ plan }: State, worker: Worker, rssMb: number): boolean {
  if (!worker.isRenewable) return false;
  return rssMb > renewalShare * plan.rssLimitMb && rssMb > renewalGrowth * worker.ready.rssMb;
}
