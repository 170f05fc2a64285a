/**
 * What every kernel needs of a lane: its maximum and the sum of exp(x − max), in float64 whatever the format.
 */
import { formatOf, type FloatArray } from '../float/format.ts';
import { powerOfMinus } from './power.ts';

/**
 * Filled by `sumLane`. One for the whole module, with its `powers`:
 * a lane costs no allocation, and a kernel is done before another begins.
 */
export interface LaneSums {
  max: number;
  /** Where in the data the maximum first stands. */
  maxAt: number;
  /** Σ_k exp(x_k − max) without the one at maxAt: the sum is 1 + rest, its logarithm log1p(rest). */
  rest: number;
  /** NaN, as rest is, in a lane with NaN or +∞, or with nothing but −∞. */
  sum: number;
  /** exp(x_k − max) for k = 0 … length − 1, where they are kept. */
  powers: Float64Array;
}

const shared: LaneSums = { max: 0.5, maxAt: 0, rest: 0.5, sum: 0.5, powers: new Float64Array(1024) };

/** The shared sums, with room for lanes of `length`. */
export function laneSumsFor(length: number): LaneSums {
  if (shared.powers.length < length) shared.powers = new Float64Array(length);
  return shared;
}

/**
 * All but the powers, of the lane at start, start + stride, … Shifts by the maximum, so that exp never
 * overflows; the sum is as good as one rounding of it for float64 data, and far below a rounding of float32
 * (docs/numerics.md §18). An empty lane has rest = −1: a sum of 0.
 */
export function sumLane(
  sums: LaneSums,
  data: FloatArray,
  start: number,
  stride: number,
  length: number,
): void {
  measureLane(sums, data, start, stride, length, sumOfPowers);
}

/** The same, with the powers. */
export function powersOfLane(
  sums: LaneSums,
  data: FloatArray,
  start: number,
  stride: number,
  length: number,
): void {
  measureLane(sums, data, start, stride, length, keepPowers);
}

/**
 * `sumOfFloat32` adds up the powers of float32 data, and may keep them;
 * those of float64 data are kept anyway.
 */
function measureLane(
  sums: LaneSums,
  data: FloatArray,
  start: number,
  stride: number,
  length: number,
  sumOfFloat32: typeof sumOfPowers,
): void {
  const end = start + length * stride;
  findMaximum(sums, data, start, stride, end);
  if (formatOf(data) === 'float32') sums.rest = sumOfFloat32(sums, data as Float32Array, start, stride, end);
  else sums.rest = compensatedSumOfPowers(sums, data as Float64Array, start, stride, end);
  if (Math.abs(sums.max) === Infinity) sums.rest = length === 0 ? -1 : NaN;
  sums.sum = 1 + sums.rest;
}

function findMaximum(sums: LaneSums, data: FloatArray, start: number, stride: number, end: number): void {
  let max = -Infinity;
  let maxAt = start;
  for (let i = start; i < end; i += stride) {
    const value = data[i]!;
    if (value > max) {
      max = value;
      maxAt = i;
    }
  }
  sums.max = max;
  sums.maxAt = maxAt;
}

/** A partial sum has no more terms: a long lane is added up of short ones. */
const blockLength = 128;

function sumOfPowers(sums: LaneSums, data: Float32Array, start: number, stride: number, end: number): number {
  const { max, maxAt } = sums;
  let sum = 0;
  for (let i = start; i < end;) {
    const blockEnd = Math.min(i + blockLength * stride, end);
    let block = 0;
    for (; i < blockEnd; i += stride) if (i !== maxAt) block += powerOfMinus(max - data[i]!);
    sum += block;
  }
  return sum;
}

function keepPowers(sums: LaneSums, data: Float32Array, start: number, stride: number, end: number): number {
  const { powers, max, maxAt } = sums;
  let sum = 0;
  for (let i = start, k = 0; i < end;) {
    const blockEnd = Math.min(i + blockLength * stride, end);
    let block = 0;
    for (; i < blockEnd; i += stride, k++) {
      const power = powerOfMinus(max - data[i]!);
      powers[k] = power;
      if (i !== maxAt) block += power;
    }
    sum += block;
  }
  return sum;
}

function compensatedSumOfPowers(
  sums: LaneSums,
  data: Float64Array,
  start: number,
  stride: number,
  end: number,
): number {
  const { powers, max, maxAt } = sums;
  let sum = 0;
  let lost = 0;
  for (let i = start, k = 0; i < end; i += stride, k++) {
    const power = Math.exp(data[i]! - max);
    powers[k] = power;
    if (i === maxAt) continue;
    const total = sum + power;
    lost += roundedOff(total, sum, power);
    sum = total;
  }
  return sum + lost;
}

/** What `total` = a + b rounded off: exact, but NaN where it overflowed. */
export function roundedOff(total: number, a: number, b: number): number {
  const back = total - a;
  return a - (total - back) + (b - back);
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
    lost += roundedOff(total, sum, value);
    sum = total;
  }
  return withLost(sum, lost);
}

/** An overflow leaves ∞ − ∞ in the compensation. */
export function withLost(sum: number, lost: number): number {
  return Number.isFinite(lost) ? sum + lost : sum;
}
