/**
 * What every kernel needs of a lane: its maximum and the sum of exp(x − max), in float64 whatever the format.
 */
import { formatOf, type FloatArray } from '../float/format.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { powerOfMinus } from './power.ts';
import { copyIn, inBlocks, instanceFor } from './simd/blocks.ts';

/**
 * Filled by `powersOfLane`. One for the whole module, with its arrays:
 * a lane costs no allocation, and a kernel is done before another begins.
 */
export interface LaneSums {
  max: number;
  /** Where in the data the maximum first stands. */
  maxAt: number;
  /**
   * Σ_k exp(x_k − max) without the one at maxAt: the sum is 1 + rest, its logarithm log1p(rest). Of float32
   * data it is there after `addRest`.
   */
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
  if (formatOf(data) === 'float32') sums.sum = sumOfPowers(sums, data as Float32Array, start, stride, length);
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
  const there = instanceFor(data, output, lanes);
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
    const start = laneStart(lanes, lane);
    powersOfLane(sums, data, start, stride, length);
    addRest(sums, data, { start, stride, length });
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

/** A partial sum has no more terms of each of the four: a long lane is added up of short ones. */
const blockLength = 4 * 128;

/** Keeps the powers, and adds them up as `sumInFours` does. */
function sumOfPowers(
  { powers, max }: LaneSums,
  data: Float32Array,
  start: number,
  stride: number,
  length: number,
): number {
  if (length <= blockLength) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0, i = start; k < length; k++, i += stride) {
      const power = powerOfMinus(max - data[i]!);
      powers[k] = power;
      const next = a + power;
      a = b;
      b = c;
      c = d;
      d = next;
    }
    return a + c + (b + d);
  }
  for (let k = 0, i = start; k < length; k++, i += stride) powers[k] = powerOfMinus(max - data[i]!);
  return sumInFours(powers, length);
}

/**
 * The sum of the first `length` terms: every fourth of them by itself, and then the four, as simd/lanes.ts
 * does it. The four change places with each term.
 */
export function sumInFours(terms: Float64Array, length: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let k = 0; k < length;) {
    const end = k + blockLength < length - (length % 4) ? k + blockLength : length;
    let blockA = 0;
    let blockB = 0;
    let blockC = 0;
    let blockD = 0;
    for (; k < end; k++) {
      const next = blockA + terms[k]!;
      blockA = blockB;
      blockB = blockC;
      blockC = blockD;
      blockD = next;
    }
    for (let rest = end; rest % 4 !== 0; rest++) {
      const first = blockA;
      blockA = blockB;
      blockB = blockC;
      blockC = blockD;
      blockD = first;
    }
    a += blockA;
    b += blockB;
    c += blockC;
    d += blockD;
  }
  return a + c + (b + d);
}

/**
 * Adds the rest to the sums of a lane, whose powers are kept: where the largest power, which is 1, has half
 * of the sum or more, by adding up the others.
 */
export function addRest(sums: LaneSums, data: FloatArray, { start, stride, length }: Place): void {
  const { powers, sum, maxAt } = sums;
  if (formatOf(data) === 'float64') return;
  if (sum < 2 && length > 0) {
    const largest = (maxAt - start) / stride;
    powers[largest] = 0;
    sums.rest = sumInFours(powers, length);
    powers[largest] = 1;
  } else sums.rest = sum - 1;
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
