/**
 * What the exact oracle knows of each lane of a column's logits, in float64:
 * enough for the answers and their tolerances.
 */
import type { KernelName } from '../contract/subject.ts';
import type { ColumnLanes, FlatColumn } from './flat-column.ts';

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
  readonly lanes: ColumnLanes;
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
  /** log p_j = −a_j − log S; empty where the kernel has no use for it. */
  readonly logP: Float64Array;
}

const areLogarithmsOf: Readonly<Partial<Record<KernelName, true>>> = {
  logSoftmax: true,
  crossEntropy: true,
  crossEntropyTargetBackward: true,
};

/**
 * Relative error of p about (a_j + H_a + 7)·2^-53:
 * x_j − max is exact or rounded once, the sum is compensated.
 */
export function analyseLanes({ kernel, lanes, logits, pool }: FlatColumn): Analysis {
  const { count } = lanes;
  const analysis: Analysis = {
    lanes,
    state: pool.uint8(count),
    max: pool.float64(count),
    argmax: pool.int32(count),
    rest: pool.float64(count),
    logSum: pool.float64(count),
    meanGap: pool.float64(count),
    gap: pool.float64(logits.length),
    p: pool.float64(logits.length),
    logP: areLogarithmsOf[kernel] === true ? pool.float64(logits.length) : none,
  };
  for (let lane = 0; lane < count; lane++) {
    classify(analysis, lane, logits);
    if (analysis.state[lane] === regular) sumLane(analysis, lane, logits);
    else fillUndefined(analysis, lane);
  }
  return analysis;
}

const none = new Float64Array(0);

function classify({ lanes, state, max, argmax }: Analysis, lane: number, logits: Float64Array): void {
  const length = lanes.length[lane]!;
  const stride = lanes.stride[lane]!;
  let most = -Infinity;
  let at = 0;
  let sawNaN = false;
  for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
    const value = logits[i]!;
    if (value > most) {
      most = value;
      at = k;
    } else if (value !== value) {
      sawNaN = true;
    }
  }
  max[lane] = most;
  argmax[lane] = at;
  const unmasked = most === -Infinity && length > 0 ? allMasked : regular;
  state[lane] = sawNaN ? hasNaN : most === Infinity ? hasInfinity : unmasked;
}

function sumLane(analysis: Analysis, lane: number, logits: Float64Array): void {
  const { lanes, gap, p, logP } = analysis;
  const length = lanes.length[lane]!;
  const stride = lanes.stride[lane]!;
  const start = lanes.start[lane]!;
  const max = analysis.max[lane]!;
  const argmax = analysis.argmax[lane]!;
  let rest = 0;
  let lost = 0;
  for (let k = 0, i = start; k < length; k++, i += stride) {
    const a = max - logits[i]!;
    const power = Math.exp(-a);
    gap[i] = a;
    p[i] = power;
    if (k === argmax) continue;
    const total = rest + power;
    const added = total - rest; // Knuth's two-sum: what the sum lost of both, whichever is larger
    lost += rest - (total - added) + (power - added);
    rest = total;
  }
  rest += lost;
  const sum = 1 + rest;
  const logSum = Math.log1p(rest);
  let meanGap = 0;
  for (let k = 0, i = start; k < length; k++, i += stride) {
    const share = p[i]! / sum;
    p[i] = share;
    if (share > 0) meanGap += share * gap[i]!;
  }
  if (logP.length > 0) for (let k = 0, i = start; k < length; k++, i += stride) logP[i] = -gap[i]! - logSum;
  analysis.rest[lane] = rest;
  analysis.logSum[lane] = logSum;
  analysis.meanGap[lane] = meanGap;
}

function fillUndefined({ lanes, gap, p, logP }: Analysis, lane: number): void {
  const length = lanes.length[lane]!;
  const stride = lanes.stride[lane]!;
  for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
    gap[i] = 0;
    p[i] = NaN;
    if (logP.length > 0) logP[i] = NaN;
  }
}
