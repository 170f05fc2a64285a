/**
 * What every kernel needs of a lane: its maximum and the sum of exp(x − max), in float64 whatever the format.
 */
import { formatOf, type FloatArray } from '../float/format.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { powerOfMinus } from './power.ts';
import { copyIn, inBlocks, machineFor } from './simd/blocks.ts';

/**
 * Filled by `powersOfLane`. One for the whole module, with its arrays:
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
  /** exp(x_k − max) for k = 0 … length − 1. */
  powers: Float64Array;
  /** Room for as many terms of another sum. */
  terms: Float64Array;
}

const shared: LaneSums = {
  max: 0.5,
  maxAt: 0,
  rest: 0.5,
  sum: 0.5,
  powers: new Float64Array(1024),
  terms: new Float64Array(1024),
};

/** The shared sums, with room for lanes of `length`. */
export function laneSumsFor(length: number): LaneSums {
  if (shared.powers.length < length) {
    shared.powers = new Float64Array(length);
    shared.terms = new Float64Array(length);
  }
  return shared;
}

/**
 * The sums of the lane at start, start + stride, … Shifts by the maximum, so that exp never overflows; the
 * sum is as good as one rounding of it for float64 data, and far below a rounding of float32
 * (docs/numerics.md §18). An empty lane has rest = −1: a sum of 0.
 */
export function powersOfLane(
  sums: LaneSums,
  data: FloatArray,
  start: number,
  stride: number,
  length: number,
): void {
  const end = start + length * stride;
  findMaximum(sums, data, start, stride, end);
  if (formatOf(data) === 'float32') sumOfFloat32(sums, data as Float32Array, start, stride, length);
  else {
    sums.rest = compensatedSumOfPowers(sums, data as Float64Array, start, stride, end);
    sums.sum = 1 + sums.rest;
  }
  if (Math.abs(sums.max) < Infinity) return;
  sums.rest = length === 0 ? -1 : NaN;
  sums.sum = 1 + sums.rest;
}

/**
 * Calls `act` for each lane, in order, with its sums: the powers are not among them. `output` is what they
 * are for.
 */
export function forEachLane(
  { data }: Tensor,
  lanes: Lanes,
  output: FloatArray,
  act: (lane: number, sums: LaneSums) => void,
): void {
  const { length, stride, count } = lanes;
  const there = machineFor(data, output, lanes);
  if (there !== null) {
    inBlocks(there, lanes, (first, rows) => {
      copyIn(there.x, data, first * length, rows * length);
      there.sumRows(rows, length);
      for (let r = 0; r < rows; r++) {
        shared.max = there.maxima[r]!;
        shared.rest = there.rests[r]!;
        shared.sum = there.sums[r]!;
        act(first + r, shared);
      }
    });
    return;
  }
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    powersOfLane(sums, data, laneStart(lanes, lane), stride, length);
    act(lane, sums);
  }
}

/** Where in the data a lane is. */
export interface Place {
  readonly start: number;
  readonly stride: number;
  readonly length: number;
}

/** Writes factor·e_k/sum: into float32 by one factor for the whole lane, as simd/lanes.ts does it. */
export function writeShares(
  output: FloatArray,
  { start, stride, length }: Place,
  { powers, sum }: LaneSums,
  factor: number,
): void {
  if (formatOf(output) === 'float32') {
    const by = factor * (1 / sum);
    for (let k = 0, i = start; k < length; k++, i += stride) output[i] = powers[k]! * by;
  } else {
    for (let k = 0, i = start; k < length; k++, i += stride) output[i] = (powers[k]! / sum) * factor;
  }
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

function sumOfFloat32(
  sums: LaneSums,
  data: Float32Array,
  start: number,
  stride: number,
  length: number,
): void {
  const { powers, max } = sums;
  for (let k = 0, i = start; k < length; k++, i += stride) powers[k] = powerOfMinus(max - data[i]!);
  sums.sum = sumInFours(powers, length);
  sums.rest = sums.sum < 2 ? sumOfOthers(powers, length, (sums.maxAt - start) / stride) : sums.sum - 1;
}

/** Where the largest power, which is 1, is half of the sum or more, the rest is added up without it. */
function sumOfOthers(powers: Float64Array, length: number, largest: number): number {
  powers[largest] = 0;
  const rest = sumInFours(powers, length);
  powers[largest] = 1;
  return rest;
}

/** A partial sum has no more terms of each of the four: a long lane is added up of short ones. */
const termsInBlock = 128;

/**
 * The sum of the first `length` terms: every fourth of them by itself, and then the four, as
 * simd/lanes.ts does it.
 */
export function sumInFours(terms: Float64Array, length: number): number {
  const whole = length - (length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let k = 0; k < whole;) {
    const end = Math.min(k + 4 * termsInBlock, whole);
    let [blockA, blockB, blockC, blockD] = [0, 0, 0, 0];
    for (; k < end; k += 4) {
      blockA += terms[k]!;
      blockB += terms[k + 1]!;
      blockC += terms[k + 2]!;
      blockD += terms[k + 3]!;
    }
    a += blockA;
    b += blockB;
    c += blockC;
    d += blockD;
  }
  if (whole < length) a += terms[whole]!;
  if (whole + 1 < length) b += terms[whole + 1]!;
  if (whole + 2 < length) c += terms[whole + 2]!;
  return a + c + (b + d);
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
