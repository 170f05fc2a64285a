/**
 * The target of a cross-entropy case, position by position:
 * what its exact answer and its tolerance both stand on.
 */
import { isIndexTarget, type Case, type Loss } from '../case/case.ts';
import { pool } from '../float/pool.ts';
import { lanesOf, laneStart } from '../tensor/lanes.ts';

export interface LossFacts {
  readonly loss: Loss;
  /** Positions not ignored. */
  readonly kept: Uint8Array;
  /**
   * w_c·t'_c, in float64, in the logits' order;
   * a product that underflows keeps the smallest magnitude, not 0.
   */
  readonly weighted: Float64Array;
  /** A_c = w_c·((1−ε)|t_c| + ε/C). */
  readonly absolute: Float64Array;
  /** Per position: T = Σ w_c t'_c and Σ A_c. */
  readonly total: Float64Array;
  readonly absoluteTotal: Float64Array;
  /** D of 'mean', 1 for the others. */
  readonly denominator: number;
  /** Positions that count towards D. */
  readonly positions: number;
  /**
   * The target's class where it is an index without smoothing;
   * −1 where all classes have a share, or it is ignored.
   */
  readonly hot: Int32Array;
}

export function lossFactsOf(c: Case): LossFacts {
  const loss = c.loss!;
  const { target, labelSmoothing, weight, reduction, ignoreIndex } = loss;
  const lanes = lanesOf(c.logits.shape, c.axis);
  const { count, length, stride } = lanes;
  const isIndex = isIndexTarget(target);
  const facts: { -readonly [K in keyof LossFacts]: LossFacts[K] } = {
    loss,
    kept: pool.uint8(count).fill(1),
    weighted: pool.float64(c.logits.data.length),
    absolute: pool.float64(c.logits.data.length),
    total: pool.float64(count),
    absoluteTotal: pool.float64(count),
    denominator: 1,
    positions: 0,
    hot: pool.int32(count).fill(-1),
  };
  let denominator = 0;
  let lost = 0;
  for (let lane = 0; lane < count; lane++) {
    const index = isIndex ? target.data[lane]! : -1;
    if (isIndex && index === ignoreIndex) {
      facts.kept[lane] = 0;
      continue;
    }
    facts.positions++;
    const share = isIndex && weight !== undefined ? weight.data[index]! : 1;
    const next = denominator + share;
    lost += Math.abs(denominator) >= share ? denominator - next + share : share - next + denominator;
    denominator = next;
    if (isIndex && labelSmoothing === 0) facts.hot[lane] = index;
    const start = laneStart(lanes, lane);
    let [total, carry, absoluteTotal] = [0, 0, 0];
    for (let k = 0, i = start; k < length; k++, i += stride) {
      const w = weight === undefined ? 1 : weight.data[k]!;
      const t = isIndex ? (k === index ? 1 : 0) : target.data[i]!;
      const smoothed = labelSmoothing === 0 ? t : (1 - labelSmoothing) * t + labelSmoothing / length;
      const value = nonZeroProduct(w, smoothed);
      facts.weighted[i] = value;
      facts.absolute[i] =
        w *
        (labelSmoothing === 0 ? Math.abs(t) : (1 - labelSmoothing) * Math.abs(t) + labelSmoothing / length);
      absoluteTotal += facts.absolute[i]!;
      const sum = total + value;
      carry += Math.abs(total) >= Math.abs(value) ? total - sum + value : value - sum + total;
      total = sum;
    }
    facts.total[lane] = Number.isFinite(total) ? total + carry : total;
    facts.absoluteTotal[lane] = absoluteTotal;
  }
  if (reduction === 'mean')
    facts.denominator = Number.isFinite(denominator) ? denominator + lost : denominator;
  return facts;
}

/** w·t, but never 0 where neither factor is: 0 has a meaning of its own, it silences an infinite log p. */
function nonZeroProduct(w: number, t: number): number {
  const product = w * t;
  return product === 0 && w !== 0 && t !== 0 ? Math.sign(t) * Number.MIN_VALUE : product;
}
