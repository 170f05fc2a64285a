/**
 * What the exact oracle knows of each lane of a case's logits, in float64:
 * enough for the answer and its tolerance.
 */
import type { Case } from '../case/case.ts';
import { pool } from '../float/pool.ts';
import { lanesOf, laneStart, type Lanes } from '../tensor/lanes.ts';

/**
 * regular: the formulas apply. undefined: NaN or +∞ is in it, or every entry is −∞;
 * then so is almost every answer.
 */
export const regular = 0;
export const hasNaN = 1;
export const hasInfinity = 2;
export const allMasked = 3;

/** Per-element arrays are in the logits' order, per-lane ones in the lanes'. */
export interface Analysis {
  readonly lanes: Lanes;
  readonly state: Uint8Array;
  readonly max: Float64Array;
  /** First position of the maximum in the lane. */
  readonly argmax: Int32Array;
  /** Σ e^(−a_i) without the one of argmax: S = 1 + rest. */
  readonly rest: Float64Array;
  readonly logSum: Float64Array;
  /** H_a = Σ p_i a_i. */
  readonly meanGap: Float64Array;
  /** a_j = max − x_j ≥ 0; +∞ where it overflows. */
  readonly gap: Float64Array;
  readonly p: Float64Array;
  /** log p_j = −a_j − log S. */
  readonly logP: Float64Array;
}

/**
 * Relative error of p about (a_j + H_a + 7)·2^-53:
 * x_j − max is exact or rounded once, the sum is compensated.
 */
export function analyseLanes(c: Pick<Case, 'logits' | 'axis'>): Analysis {
  const { data } = c.logits;
  const lanes = lanesOf(c.logits.shape, c.axis);
  const { count, length, stride } = lanes;
  const analysis: Analysis = {
    lanes,
    state: pool.uint8(count),
    max: pool.float64(count),
    argmax: pool.int32(count),
    rest: pool.float64(count),
    logSum: pool.float64(count),
    meanGap: pool.float64(count),
    gap: pool.float64(data.length),
    p: pool.float64(data.length),
    logP: pool.float64(data.length),
  };
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    classify(analysis, lane, data, start);
    if (analysis.state[lane] === regular) sumLane(analysis, lane, data, start);
    else fillUndefined(analysis, { start, length, stride });
  }
  return analysis;
}

function classify(analysis: Analysis, lane: number, data: ArrayLike<number>, start: number): void {
  const { length, stride } = analysis.lanes;
  let max = -Infinity;
  let argmax = 0;
  let sawNaN = false;
  for (let k = 0, i = start; k < length; k++, i += stride) {
    const value = data[i]!;
    if (value > max) {
      max = value;
      argmax = k;
    } else if (value !== value) {
      sawNaN = true;
    }
  }
  analysis.max[lane] = max;
  analysis.argmax[lane] = argmax;
  const unmasked = max === -Infinity && length > 0 ? allMasked : regular;
  analysis.state[lane] = sawNaN ? hasNaN : max === Infinity ? hasInfinity : unmasked;
}

function sumLane(analysis: Analysis, lane: number, data: ArrayLike<number>, start: number): void {
  const { lanes, gap, p, logP } = analysis;
  const { length, stride } = lanes;
  const max = analysis.max[lane]!;
  const argmax = analysis.argmax[lane]!;
  let rest = 0;
  let lost = 0;
  for (let k = 0, i = start; k < length; k++, i += stride) {
    const a = max - data[i]!;
    const power = Math.exp(-a);
    gap[i] = a;
    p[i] = power;
    if (k === argmax) continue;
    const total = rest + power;
    lost += rest >= power ? rest - total + power : power - total + rest;
    rest = total;
  }
  rest += lost;
  const sum = 1 + rest;
  const logSum = Math.log1p(rest);
  let meanGap = 0;
  for (let k = 0, i = start; k < length; k++, i += stride) {
    const share = p[i]! / sum;
    p[i] = share;
    logP[i] = -gap[i]! - logSum;
    if (share > 0) meanGap += share * gap[i]!;
  }
  analysis.rest[lane] = rest;
  analysis.logSum[lane] = logSum;
  analysis.meanGap[lane] = meanGap;
}

function fillUndefined(
  { gap, p, logP }: Analysis,
  { start, length, stride }: { start: number; length: number; stride: number },
): void {
  for (let k = 0, i = start; k < length; k++, i += stride) {
    gap[i] = 0;
    p[i] = NaN;
    logP[i] = NaN;
  }
}
