/**
 * softmax: y_j = exp(x_j − max) / Σ exp(x_i − max), and its vector-Jacobian product s·((dy − c) − Σ s·(dy −
 * c)), which is the same for every c.
 */
import { checkCotangent, resolveLanes } from '../contract/validate.ts';
import type { AxisOptions } from '../contract/subject.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import { isHalfTensor, type FloatTensor, type Tensor } from '../tensor/tensor.ts';
import type { FloatArray, NativeFormat } from '../float/format.ts';
import { gradientByLanes, type LaneGradientFill } from './by-lanes.ts';
import { decoded, encodedLike, outputFormat } from './halves.ts';
import { laneSumsFor, powersOfLane, roundedOff, withLost, type LaneSums } from './lane-sums.ts';
import { createOutput } from './output.ts';
import { fromRows, isInterleaved, rowsOf, toRows } from './rows.ts';
import type { LaneGradient, LaneKernel } from './signatures.ts';

/**
 * The softmax of each lane, in the shape and format of `x`. A lane with NaN or +∞, or of −∞ alone, is NaN,
 * since its sum is.
 */
export const softmax: LaneKernel = <T extends FloatTensor>(x: T, { axis }: AxisOptions = {}): T => {
  const lanes = resolveLanes(x, axis);
  return encodedLike(x, sharesOf(decoded(x), lanes, outputFormat(x)));
};

function sharesOf(x: Tensor, lanes: Lanes, format: NativeFormat): Tensor {
  if (isInterleaved(lanes))
    return fromRows(sharesOf(toRows(x, lanes), rowsOf(lanes), format), x.shape, lanes);
  const y = createOutput(x.shape, x.data.length, format);
  const { length, stride, count } = lanes;
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    powersOfLane(sums, x.data, start, stride, length);
    const { powers, sum } = sums;
    for (let k = 0, i = start; k < length; k++, i += stride) y.data[i] = powers[k]! / sum;
  }
  return y;
}

/**
 * The gradient with respect to `x` of Σ dy·softmax(x): each lane's dy times its Jacobian diag(s) − s·sᵀ,
 * without forming it. Where one class has at least half of its lane, c is its dy, and 0 elsewhere: of dy that
 * the class hardly shares with others, Σ s·dy would leave nothing but rounding (docs/numerics.md §18).
 */
export const softmaxBackward: LaneGradient = <T extends FloatTensor>(
  x: T,
  dy: T,
  { axis }: AxisOptions = {},
): T => {
  const lanes = resolveLanes(x, axis);
  checkCotangent(dy, { like: x, shape: x.shape });
  const fill = isHalfTensor(x) ? fillOfHalves : fillGradient;
  return encodedLike(x, gradientByLanes(decoded(x), decoded(dy), lanes, outputFormat(x), fill));
};

const fillGradient: LaneGradientFill = (dx, _x, dy, sums, start, stride, length) => {
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
