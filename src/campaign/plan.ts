/** What a campaign is to do: all its choices, made. Plain data. */
import type { CaseJson } from '../case/case-json.ts';
import type { WorkerSetup } from './protocol.ts';

export interface Shard {
  /** 1-based. */
  readonly number: number;
  readonly of: number;
}

export interface CampaignPlan extends WorkerSetup {
  readonly command: 'fuzz' | 'gate';
  /** Judged before anything is generated. */
  readonly corpus: readonly CaseJson[];
  /** Cases of the whole campaign, all shards together; null for no bound. */
  readonly runs: number | null;
  readonly timeMs: number | null;
  readonly workers: number;
  readonly shard: Shard;
  readonly caseTimeoutMs: number;
  /** Stop once the subject has so many findings; null for no bound. */
  readonly maxFindings: number | null;
  /** The reports root. */
  readonly out: string;
  readonly strict: boolean;
}

/** A stretch of the campaign's indices: from, from + step, … below `to`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly shrink: boolean;
}

/** Hands out a shard's indices in order, in stretches of about the size asked for; null when they are used up. */
export function stretchesOf(runs: number | null, shard: Shard): { next(count: number): Stretch | null } {
  const step = shard.of;
  const end = runs ?? Number.MAX_SAFE_INTEGER;
  let from = shard.number - 1;
  return {
    next(count) {
      if (from >= end) return null;
      const to = Math.min(end, from + count * step);
      const stretch = { from, to, step, shrink: true };
      from += Math.ceil((to - from) / step) * step;
      return stretch;
    },
  };
}

/** What is left of a stretch around the index at which its worker was lost, in order; [] where nothing is. */
export function aroundLoss(stretch: Stretch, index: number): readonly Stretch[] {
  const before = { ...stretch, to: index };
  const after = { ...stretch, from: index + stretch.step };
  return [before, after].filter(({ from, to }) => from < to);
}
