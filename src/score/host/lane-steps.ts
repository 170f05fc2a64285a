/**
 * What the host's kernels do with one lane, step by step, so that a mutant is one step done otherwise. A lane
 * is an array of the data's own format: whatever a step stores in one is rounded. Special values are left to
 * IEEE arithmetic.
 */
import { createFloatArray, formatOf, type FloatArray } from '../../float/format.ts';
import { laneStart, lanesOf, type Lanes } from '../../tensor/lanes.ts';

/** Where a lane is: nothing that a sound step needs, and what narrow mistakes depend on. */
export interface Place {
  readonly shape: readonly number[];
  readonly lanes: Lanes;
  readonly lane: number;
  /** All of the logits. */
  readonly data: FloatArray;
}

/** A lane of logits and what every kernel needs of it. */
export interface LaneParts {
  readonly place: Place;
  readonly x: FloatArray;
  /** NaN where one of x is. */
  readonly max: number;
  /** x − max, and exp of it: 0 at the maximum, and 1. */
  readonly shifted: FloatArray;
  readonly powers: FloatArray;
  readonly sum: number;
  readonly logSum: number;
}

export interface LaneSteps {
  lanes(shape: readonly number[], axis: number): Lanes;
  /** Flat position of element k of a lane. */
  position(lanes: Lanes, lane: number, k: number): number;
  max(x: FloatArray, place: Place): number;
  shift(x: number, max: number): number;
  exp(z: number, place: Place): number;
  /** The sum of the powers. */
  sum(powers: FloatArray, place: Place): number;
  log(sum: number, place: Place): number;
  softmax(parts: LaneParts): FloatArray;
  logSoftmax(parts: LaneParts): FloatArray;
  logSumExp(parts: LaneParts): number;
  /** s·(dy − Σ s·dy), s = softmax of the lane. */
  softmaxVjp(s: FloatArray, dy: FloatArray, parts: LaneParts): FloatArray;
  /** dy − s·Σ dy. */
  logSoftmaxVjp(s: FloatArray, dy: FloatArray, parts: LaneParts): FloatArray;
  /** dy·s. */
  logSumExpVjp(s: FloatArray, dy: number, parts: LaneParts): FloatArray;
}

export const soundLaneSteps: LaneSteps = {
  lanes: lanesOf,
  position: (lanes, lane, k) => laneStart(lanes, lane) + k * lanes.stride,
  max: maximum,
  shift: (x, max) => x - max,
  exp: Math.exp,
  sum: compensatedSum,
  log: Math.log,
  softmax: ({ powers, sum }) => powers.map((power) => power / sum) as FloatArray,
  logSoftmax: ({ shifted, logSum }) => shifted.map((z) => z - logSum) as FloatArray,
  logSumExp: ({ max, logSum }) => (Math.abs(max) === Infinity ? max : max + logSum),
  softmaxVjp(s, dy) {
    const dot = dotProduct(s, dy);
    return s.map((share, k) => share * (dy[k]! - dot)) as FloatArray;
  },
  logSoftmaxVjp(s, dy) {
    const total = compensatedSum(dy);
    return s.map((share, k) => dy[k]! - share * total) as FloatArray;
  },
  logSumExpVjp: (s, dy) => s.map((share) => share * dy) as FloatArray,
};

/** −∞ of no elements. */
export function maximum(x: FloatArray): number {
  let max = -Infinity;
  for (const value of x) {
    if (value !== value) return NaN;
    if (value > max) max = value;
  }
  return max;
}

/** Neumaier's sum, in float64. */
export function compensatedSum(terms: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let k = 0; k < terms.length; k++) {
    const term = terms[k]!;
    const total = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - total + term : term - total + sum;
    sum = total;
  }
  return Number.isFinite(sum) ? sum + lost : sum; // an overflow leaves ∞ − ∞ in the compensation
}

export function dotProduct(a: FloatArray, b: FloatArray): number {
  return compensatedSum(Float64Array.from(a, (value, k) => value * b[k]!));
}

/** The lane's elements of a tensor of the logits' shape. */
export function gather(steps: LaneSteps, data: FloatArray, lanes: Lanes, lane: number): FloatArray {
  const values = createFloatArray(formatOf(data), lanes.length);
  for (let k = 0; k < values.length; k++) values[k] = data[steps.position(lanes, lane, k)]!;
  return values;
}

export function scatter(
  steps: LaneSteps,
  data: FloatArray,
  { lanes, lane }: Place,
  values: FloatArray,
): void {
  for (let k = 0; k < values.length; k++) data[steps.position(lanes, lane, k)] = values[k]!;
}

export function analyse(steps: LaneSteps, place: Place): LaneParts {
  const x = gather(steps, place.data, place.lanes, place.lane);
  const max = steps.max(x, place);
  const shifted = x.map((value) => steps.shift(value, max)) as FloatArray;
  const powers = shifted.map((z) => steps.exp(z, place)) as FloatArray;
  const sum = steps.sum(powers, place);
  return { place, x, max, shifted, powers, sum, logSum: steps.log(sum, place) };
}
