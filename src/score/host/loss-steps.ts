/** What the host's cross-entropy does with one position, step by step: see lane-steps.ts. */
import type { ResolvedOptions } from '../../contract/validate.ts';
import { createFloatArray, formatOf, type FloatArray } from '../../float/format.ts';
import { laneStart } from '../../tensor/lanes.ts';
import { compensatedSum } from './lane-steps.ts';

export interface Loss extends ResolvedOptions {
  /** The logits' shape. */
  readonly shape: readonly number[];
  /** The logits. */
  readonly data: FloatArray;
}

export interface LossSteps {
  isIgnored(loss: Loss, lane: number): boolean;
  /** t_k of a position: 1 and 0 for a class index. */
  target(loss: Loss, lane: number, k: number): number;
  /** t' = (1 − ε)·t + ε/C. */
  smoothed(t: number, loss: Loss): number;
  /** w_k·t'_k, for a position whose t'_k is `t`. */
  share(t: number, loss: Loss, lane: number, k: number): number;
  /** −Σ shares·log p, where 0·−∞ is 0. */
  positionLoss(shares: Float64Array, logP: FloatArray, loss: Loss, lane: number): number;
  /** D of 'mean'. */
  denominator(loss: Loss): number;
  /** The output's one value for 'sum' and 'mean', of the losses of all positions, 0 where ignored. */
  reduce(losses: Float64Array, denominator: number, loss: Loss): number;
  /** k of a position: dy, or dy/D for 'mean'; NaN where D is 0. */
  scale(dy: FloatArray, denominator: number, loss: Loss, lane: number): number;
  /** k·(p·Σ shares − shares). */
  logitGradient(p: FloatArray, shares: Float64Array, k: number, loss: Loss, lane: number): FloatArray;
  /** −k·(1 − ε)·w_c·log p_c at class c, where a factor of 0 gives 0. */
  targetGradient(k: number, logP: number, loss: Loss, lane: number, c: number): number;
}

export const soundLossSteps: LossSteps = {
  isIgnored: ({ indices, ignoreIndex }, lane) =>
    indices !== null && ignoreIndex !== null && indices[lane] === ignoreIndex,
  target({ indices, probabilities, lanes }, lane, k) {
    if (indices !== null) return indices[lane] === k ? 1 : 0;
    return probabilities![laneStart(lanes, lane) + k * lanes.stride]!;
  },
  smoothed: (t, { labelSmoothing, lanes }) =>
    labelSmoothing === 0 ? t : (1 - labelSmoothing) * t + labelSmoothing / lanes.length,
  share: (t, { weight }, _lane, k) => (weight === null ? t : weight[k]! * t),
  positionLoss: (shares, logP) =>
    -compensatedSum(shares.map((share, k) => (share === 0 && logP[k] === -Infinity ? 0 : share * logP[k]!))),
  denominator: (loss) => denominatorOf(loss, soundLossSteps.isIgnored),
  reduce(losses, denominator, { reduction }) {
    const total = compensatedSum(losses);
    if (reduction === 'sum') return total;
    return denominator === 0 ? NaN : total / denominator;
  },
  scale(dy, denominator, { reduction }, lane) {
    if (reduction === 'none') return dy[lane]!;
    if (reduction === 'sum') return dy[0]!;
    return denominator === 0 ? NaN : dy[0]! / denominator;
  },
  logitGradient(p, shares, k) {
    const total = compensatedSum(shares);
    return p.map((share, c) => k * (share * total - shares[c]!)) as FloatArray;
  },
  targetGradient(k, logP, { weight, labelSmoothing }, _lane, c) {
    const w = (1 - labelSmoothing) * (weight === null ? 1 : weight[c]!);
    if (k === 0 || w === 0) return Number.isNaN(logP) ? NaN : 0;
    return -(k * logP) * w;
  },
};

/** Positions for probabilities; Σ w_y over those not ignored for indices. */
export function denominatorOf(loss: Loss, isIgnored: LossSteps['isIgnored']): number {
  const { indices, weight, lanes } = loss;
  if (indices === null) return lanes.count;
  const weights = Float64Array.from(indices, (y, lane) =>
    isIgnored(loss, lane) ? 0 : weight === null ? 1 : weight[y]!,
  );
  return compensatedSum(weights);
}

/** A lane of zeros in the logits' format. */
export function emptyLane({ data, lanes }: Loss): FloatArray {
  return createFloatArray(formatOf(data), lanes.length);
}
