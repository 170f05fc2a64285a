/**
 * softmax: y_j = exp(x_j − max) / Σ exp(x_i − max), and its vector-Jacobian product s·((dy − c) − Σ s·(dy −
 * c)), which is the same for every c.
 */
import { checkCotangent, resolveLanes } from '../contract/validate.ts';
import type { AxisOptions } from '../contract/subject.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import { tensorFormat, type FloatTensor, type Tensor } from '../tensor/tensor.ts';
import type { FloatArray, Format } from '../float/format.ts';
import { gradientByLanes, type LaneGradientFill } from './by-lanes.ts';
import { decoded, encodedLike } from './halves.ts';
import {
  laneSumsFor,
  powersOfLane,
  roundedOff,
  sumInFours,
  withLost,
  writeShares,
  type LaneSums,
} from './lane-sums.ts';
import { outputFor } from './output.ts';
import { fromRows, isInterleaved, rowsFor, rowsOf, toRows } from './rows.ts';
import type { Into, LaneGradient, LaneKernel } from './signatures.ts';
import { instanceFor, scaleShares } from './simd/blocks.ts';
import type { KernelInstance } from './simd/instance.ts';

/**
 * The softmax of each lane, in the shape and format of `x`. A lane with NaN or +∞, or of −∞ alone, is NaN,
 * since its sum is.
 */
export const softmax: LaneKernel = <T extends FloatTensor>(
  x: T,
  { axis, out }: AxisOptions & Into<T> = {},
): T => {
  const lanes = resolveLanes(x, axis);
  const y = outputFor(x, x.shape, out, () => ({ x }));
  return encodedLike(x, sharesOf(decoded(x), lanes, y), out);
};

function sharesOf(x: Tensor, lanes: Lanes, y: Tensor): Tensor {
  if (isInterleaved(x.data, lanes))
    return fromRows(sharesOf(toRows(x, lanes), rowsOf(lanes), rowsFor(y, lanes)), y, lanes);
  const there = instanceFor(x.data, y.data, lanes);
  if (there !== null) {
    scaleShares(there, lanes, { x: x.data, y: y.data, factorOf: null });
    return y;
  }
  const { length, stride, count } = lanes;
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    powersOfLane(sums, x.data, start, stride, length);
    writeShares(y.data, { start, stride, length }, sums, 1);
  }
  return y;
}

/**
 * The gradient with respect to `x` of Σ dy·softmax(x): each lane's dy times its Jacobian diag(s) − s·sᵀ,
 * without forming it. c is the dy of the lane's largest class (of float64 data where that has at least half
 * of its lane, and 0 elsewhere): of dy that the class hardly shares with others, Σ s·dy would leave nothing
 * but rounding (docs/numerics.md §18).
 */
export const softmaxBackward: LaneGradient = <T extends FloatTensor>(
  x: T,
  dy: T,
  { axis, out }: AxisOptions & Into<T> = {},
): T => {
  const lanes = resolveLanes(x, axis);
  checkCotangent(dy, { like: x, shape: x.shape });
  const dx = outputFor(x, x.shape, out, () => ({ x, dy }));
  const fill = fills[tensorFormat(x)];
  const forms = { fill, byInstance };
  return encodedLike(x, gradientByLanes(decoded(x), decoded(dy), lanes, dx, forms), out);
};

function byInstance(there: KernelInstance, rows: number, length: number): void {
  there.softmaxGradientRows(rows, length);
}

/** The steps of simd/lanes.ts. A difference overflows only where a dy is infinite. */
const fillOfFloat32: LaneGradientFill = (dx, _x, dy, sums, start, stride, length) => {
  const { powers, sum } = sums;
  const inverse = 1 / sum;
  let shift = dy[sums.maxAt]!;
  let dot = sumOfProducts(sums, dy, shift, start, stride, length) / sum;
  if (!Number.isFinite(dot)) {
    shift = 0;
    dot = sumOfProducts(sums, dy, shift, start, stride, length) / sum;
  }
  for (let k = 0, i = start; k < length; k++, i += stride) {
    dx[i] = powers[k]! * inverse * (dy[i]! - shift - dot);
  }
};

/** Σ e_k·(dy_k − shift) of a lane. */
function sumOfProducts(
  { powers, terms }: LaneSums,
  dy: FloatArray,
  shift: number,
  start: number,
  stride: number,
  length: number,
): number {
  for (let k = 0, i = start; k < length; k++, i += stride) terms[k] = powers[k]! * (dy[i]! - shift);
  return sumInFours(terms, length);
}

const fillOfFloat64: LaneGradientFill = (dx, _x, dy, sums, start, stride, length) => {
  const { powers, sum } = sums;
  let shift = sum <= 2 ? dy[sums.maxAt]! : 0;
  let dot = sharedOut(sums, dy, shift, start, stride, length);
  if (shift !== 0 && !Number.isFinite(dot)) {
    shift = 0; // of dy near the largest number, a difference may overflow
    dot = sharedOut(sums, dy, shift, start, stride, length);
  }
  for (let k = 0, i = start; k < length; k++, i += stride) {
    dx[i] = (powers[k]! / sum) * (dy[i]! - shift - dot);
  }
};

/**
 * The same of halves, which have the range of float64: e_k·((dy_k − c)·S − Σ e·(dy − c))/S², with the dy of
 * the largest class for c whatever share it has. Where all e are equal, the products are exact, and what
 * cancels leaves nothing.
 */
const fillOfHalves: LaneGradientFill = (dx, _x, dy, sums, start, stride, length) => {
  const { powers, sum } = sums;
  const shift = dy[sums.maxAt]!;
  let dot = 0;
  let lost = 0;
  for (let k = 0, i = start; k < length; k++, i += stride) {
    const term = powers[k]! * (dy[i]! - shift);
    const total = dot + term;
    lost += roundedOff(total, dot, term);
    dot = total;
  }
  dot += lost;
  for (let k = 0, i = start; k < length; k++, i += stride) {
    dx[i] = ((powers[k]! / sum) * ((dy[i]! - shift) * sum - dot)) / sum;
  }
};

const fills: Readonly<Record<Format, LaneGradientFill>> = {
  float32: fillOfFloat32,
  float64: fillOfFloat64,
  float16: fillOfHalves,
  bfloat16: fillOfHalves,
};

/** Σ s_k·(dy_k − shift) of a lane, compensated. */
function sharedOut(
  { powers, sum }: LaneSums,
  dy: FloatArray,
  shift: number,
  start: number,
  stride: number,
  length: number,
): number {
  let dot = 0;
  let lost = 0;
  for (let k = 0, i = start; k < length; k++, i += stride) {
    const term = (powers[k]! / sum) * (dy[i]! - shift);
    const total = dot + term;
    lost += roundedOff(total, dot, term);
    dot = total;
  }
  return withLost(dot, lost);
}
