/** What a campaign is to do: all its choices, made, and the order of its indices. Plain data. */
import type { WorkerSetup } from '../worker/protocol.ts';
import { blockOf, normalMode, type Range } from '../examine/range.ts';

export interface CampaignPlan extends WorkerSetup {
  readonly command: 'fuzz' | 'gate';
  readonly timeMs: number | null;
  readonly workers: number;
  readonly caseTimeoutMs: number;
  /** Resident memory of a worker process, typed arrays and native memory included. */
  readonly rssLimitMb: number;
  /** Stop once the subject has so many findings; null for no bound. */
  readonly maxFindings: number | null;
  /** The reports root. */
  readonly out: string;
  readonly strict: boolean;
  /** True where what a reference of the user's own gets wrong fails too. */
  readonly strictReferences?: true;
}

/** The committed cases: a case's index is its place less their number. Null where there is none. */
export function corpusRange({ corpus }: CampaignPlan): Range | null {
  if (corpus.length === 0) return null;
  return { from: -corpus.length, to: 0, step: 1, mode: normalMode };
}

/** Whether a range from outside is of the corpus, or of one block of the run. */
export function isOfPlan(
  { from, to, step }: Pick<Range, 'from' | 'to' | 'step'>,
  { runs, corpus }: CampaignPlan,
): boolean {
  if (from < 0) return step === 1 && -corpus.length <= from && from < to && to <= 0;
  const block = from < (runs ?? Number.MAX_SAFE_INTEGER) ? blockOf(from, runs) : null;
  return block !== null && step === block.step && from < to && to <= block.to;
}
