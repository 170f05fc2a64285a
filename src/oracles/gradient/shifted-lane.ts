/**
 * One lane in float64, its maximum subtracted exactly and held constant:
 * where numerical derivatives are taken.
 */
import type { FloatArray } from '../../float/format.ts';
import { pool } from '../../float/pool.ts';
import { laneStart, type Lanes } from '../../tensor/lanes.ts';

/** Unit roundoff of the float64 that this oracle computes in. */
export const u64: number = 2 ** -53;

export interface ShiftedLane {
  readonly length: number;
  /** x_j − m = z_j + zLow_j exactly: zLow is what rounding z leaves out. */
  readonly z: Float64Array;
  readonly zLow: Float64Array;
  /**
   * e^(x_j − m), within 4·u64 relative or one smallest subnormal: 2 for exp, 1 for zLow, 1 for the product.
   */
  readonly e: Float64Array;
  /** S = Σ e_j ≥ 1 within 7·u64 relative: 4 of the terms, 2 of the compensated sum, 1 of adding 1. */
  readonly sum: number;
  /**
   * log S within 8·u64 relative: log1p of the sum without one maximum, whose 6·u64 can only shrink, since
   * r ÷ ((1 + r)·log1p(r)) ≤ 1; and 2 for log1p.
   */
  readonly logSum: number;
}

/** Null where a logit of the lane is not finite, or the lane is empty. */
export function shiftLane(x: FloatArray, lanes: Lanes, lane: number): ShiftedLane | null {
  const { length, stride } = lanes;
  const start = laneStart(lanes, lane);
  let maxAt = -1;
  for (let j = 0, at = start; j < length; j++, at += stride) {
    if (!Number.isFinite(x[at]!)) return null;
    if (maxAt < 0 || x[at]! > x[start + maxAt * stride]!) maxAt = j;
  }
  if (maxAt < 0) return null;

  const max = x[start + maxAt * stride]!;
  const z = pool.float64(length);
  const zLow = pool.float64(length);
  const e = pool.float64(length);
  for (let j = 0, at = start; j < length; j++, at += stride) {
    const high = x[at]! - max;
    z[j] = high;
    zLow[j] = differenceError(x[at]!, max, high);
    const power = Math.exp(high);
    e[j] = power + power * zLow[j]!;
  }
  const rest = sumWithout(e, maxAt);
  return { length, z, zLow, e, sum: 1 + rest, logSum: Math.log1p(rest) };
}

/** (a − b) − fl(a − b), exact wherever a − b does not overflow (Knuth's two-sum); else 0. */
function differenceError(a: number, b: number, difference: number): number {
  if (!Number.isFinite(difference)) return 0;
  const virtual = difference - a;
  return a - (difference - virtual) - (b + virtual);
}

/** Neumaier's compensated sum of all but one element. */
function sumWithout(values: Float64Array, skipped: number): number {
  let sum = 0;
  let compensation = 0;
  for (let i = 0; i < values.length; i++) {
    if (i === skipped) continue;
    const value = values[i]!;
    const next = sum + value;
    compensation += sum >= value ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + compensation;
}
