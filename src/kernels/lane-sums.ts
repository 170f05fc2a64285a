/** What every kernel needs of a lane: its maximum and the sum of exp(x − max), in float64 whatever the format. */
import type { FloatArray } from '../float/format.ts';

export const normal = 0;
/** A NaN or +∞ is in the lane. */
export const undefinedLane = 1;
/** Every entry is −∞. */
export const masked = 2;

/** Filled by `sumLane`; one for the whole module, so that a lane costs no allocation. */
export interface LaneSums {
  /** exp(x_k − max) for k = 0 … length − 1. */
  powers: Float64Array;
  /** normal, undefinedLane or masked; the sums hold only for normal. */
  state: number;
  max: number;
  /** Where the maximum first stands in the lane. */
  argmax: number;
  /** Σ_k exp(x_k − max) without the one at argmax: the sum is 1 + rest, its logarithm log1p(rest). */
  rest: number;
  sum: number;
  logSum: number;
  hasNaN: boolean;
}

let shared: Float64Array = new Float64Array(1024);

/** `powers` is the module's own, at least `length` long, until the next call: a kernel is done before another begins. */
export function createLaneSums(length: number): LaneSums {
  if (shared.length < length) shared = new Float64Array(length);
  return {
    powers: shared,
    state: normal,
    max: 0,
    argmax: 0,
    rest: 0,
    sum: 0,
    logSum: 0,
    hasNaN: false,
  };
}

/**
 * Shifts by the maximum, so that exp never overflows, and adds with Neumaier's compensation, so that the sum is as good
 * as one rounding of it. An empty lane is normal with rest = −1: a sum of 0.
 */
export function sumLane(
  sums: LaneSums,
  data: FloatArray,
  { start, stride, length }: { start: number; stride: number; length: number },
): void {
  findMaximum(sums, data, start, stride, length);
  if (sums.state !== normal) return;
  const { powers, max, argmax } = sums;
  let rest = 0;
  let lost = 0;
  for (let k = 0, i = start; k < length; k++, i += stride) {
    const power = Math.exp(data[i]! - max);
    powers[k] = power;
    if (k === argmax) continue;
    const total = rest + power;
    lost += rest >= power ? rest - total + power : power - total + rest;
    rest = total;
  }
  sums.rest = length === 0 ? -1 : rest + lost;
  sums.sum = 1 + sums.rest;
  sums.logSum = Math.log1p(sums.rest);
}

function findMaximum(sums: LaneSums, data: FloatArray, start: number, stride: number, length: number): void {
  let max = -Infinity;
  let argmax = 0;
  let hasNaN = false;
  for (let k = 0, i = start; k < length; k++, i += stride) {
    const value = data[i]!;
    if (value > max) {
      max = value;
      argmax = k;
    } else if (value !== value) {
      hasNaN = true;
    }
  }
  sums.max = max;
  sums.argmax = argmax;
  sums.hasNaN = hasNaN;
  if (hasNaN || max === Infinity) sums.state = undefinedLane;
  else sums.state = max === -Infinity && length > 0 ? masked : normal;
}

/** Neumaier's compensated sum of `count` values. */
export function compensatedSum(
  values: ArrayLike<number>,
  { start, stride, count }: { start: number; stride: number; count: number },
): number {
  let sum = 0;
  let lost = 0;
  for (let k = 0, i = start; k < count; k++, i += stride) {
    const value = values[i]!;
    const total = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
    sum = total;
  }
  return Number.isFinite(sum) ? sum + lost : sum; // an overflow leaves ∞ − ∞ in the compensation
}
