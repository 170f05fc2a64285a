/** logSumExp: max + log Σ exp(x_i − max), and its vector-Jacobian product dy·s_j. */
import { checkCotangent, resolveLanes } from '../contract/validate.ts';
import type { AxisOptions } from '../contract/subject.ts';
import type { FloatArray, NativeFormat } from '../float/format.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import type { FloatTensor, Tensor } from '../tensor/tensor.ts';
import { decoded, encodedLike, outputFormat } from './halves.ts';
import { laneSumsFor, powersOfLane, sumLane } from './lane-sums.ts';
import { createOutput } from './output.ts';
import { fromRows, isInterleaved, rowsOf, toRows } from './rows.ts';
import type { LaneGradient, LaneKernel } from './signatures.ts';

/**
 * The logarithm of the sum of each lane's powers, in the shape of `x` without the axis: NaN for a NaN, else
 * +∞ for +∞, else −∞ for a lane that is empty or all −∞.
 */
export const logSumExp: LaneKernel = <T extends FloatTensor>(x: T, { axis }: AxisOptions = {}): T => {
  const lanes = resolveLanes(x, axis);
  return encodedLike(x, sumsOf(decoded(x), lanes, outputFormat(x)));
};

function sumsOf(x: Tensor, lanes: Lanes, format: NativeFormat): Tensor {
  if (isInterleaved(lanes)) return sumsOf(toRows(x, lanes), rowsOf(lanes), format);
  const y = createOutput(lanes.outerShape, lanes.count, format);
  const { length, stride, count } = lanes;
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    sumLane(sums, x.data, start, stride, length);
    const { max, rest } = sums;
    if (Math.abs(max) < Infinity) y.data[lane] = max + Math.log1p(rest);
    else y.data[lane] = hasNaN(x.data, start, stride, length) ? NaN : max;
  }
  return y;
}

function hasNaN(data: FloatArray, start: number, stride: number, length: number): boolean {
  for (let k = 0, i = start; k < length; k++, i += stride) if (Number.isNaN(data[i])) return true;
  return false;
}

/** The gradient with respect to `x` of Σ dy·logSumExp(x), in the shape of `x`. */
export const logSumExpBackward: LaneGradient = <T extends FloatTensor>(
  x: T,
  dy: T,
  { axis }: AxisOptions = {},
): T => {
  const lanes = resolveLanes(x, axis);
  checkCotangent(dy, { like: x, shape: lanes.outerShape });
  return encodedLike(x, gradientOf(decoded(x), decoded(dy), lanes, outputFormat(x)));
};

function gradientOf(x: Tensor, dy: Tensor, lanes: Lanes, format: NativeFormat): Tensor {
  if (isInterleaved(lanes))
    return fromRows(gradientOf(toRows(x, lanes), dy, rowsOf(lanes), format), x.shape, lanes);
  const dx = createOutput(x.shape, x.data.length, format);
  const { length, stride, count } = lanes;
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    powersOfLane(sums, x.data, start, stride, length);
    const { powers, sum } = sums;
    const dyLane = dy.data[lane]!;
    for (let k = 0, i = start; k < length; k++, i += stride) dx.data[i] = (powers[k]! / sum) * dyLane;
  }
  return dx;
}
