/**
 * The formulas of docs/numerics.md §6 to §11, one rounding for each operation, in the order that is plainest.
 * Other sound orders are to be put in their place. A factor of 0 has been dealt with before.
 */
import type { Recipe, WorkedLane } from './recipe.ts';

export interface Formulas {
  /** s·(dy − Σ s·dy). */
  readonly softmaxGradient: (lane: WorkedLane, dy: Float64Array, recipe: Recipe) => Float64Array;
  /** dy − s·Σ dy. */
  readonly logSoftmaxGradient: (lane: WorkedLane, dy: Float64Array, recipe: Recipe) => Float64Array;
  /** dy·s. */
  readonly logSumExpGradient: (lane: WorkedLane, dy: number, recipe: Recipe) => Float64Array;
  /** −w·t'·log p. */
  readonly lossTerm: (factors: LossFactors, recipe: Recipe) => number;
  /** k·(p·Σ w·t' − w·t'). */
  readonly lossGradient: (lane: WorkedLane, of: WeightedTargets, recipe: Recipe) => Float64Array;
  /** −k·(1 − ε)·w·log p. */
  readonly targetGradient: (factors: TargetFactors, recipe: Recipe) => number;
}

export interface LossFactors {
  readonly w: number;
  readonly t: number;
  readonly logP: number;
}

export interface WeightedTargets {
  readonly weighted: Float64Array;
  readonly k: number;
}

export interface TargetFactors {
  readonly k: number;
  /** 1 − ε. */
  readonly keep: number;
  readonly w: number;
  readonly logP: number;
}

export const plainFormulas: Formulas = {
  softmaxGradient({ p }, dy, { round, dot }) {
    const mean = dot(p, dy);
    return p.map((share, k) => round(share * round(dy[k]! - mean)));
  },
  logSoftmaxGradient({ p }, dy, { sum, multiplyAdd }) {
    const total = sum(dy);
    return p.map((share, k) => multiplyAdd(-share, total, dy[k]!));
  },
  logSumExpGradient: ({ p }, dy, { round }) => p.map((share) => round(dy * share)),
  lossTerm: ({ w, t, logP }, { round }) => round(round(w * -logP) * t),
  lossGradient({ p }, { weighted, k }, { round, sum, multiplyAdd }) {
    const total = sum(weighted);
    return p.map((share, c) => round(k * multiplyAdd(share, total, -weighted[c]!)));
  },
  targetGradient: ({ k, keep, w, logP }, { round }) => round(k * round(round(keep * w) * -logP)),
};
