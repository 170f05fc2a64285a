/** logSumExp: max + log Σ exp(x_i − max), and its vector-Jacobian product dy·s_j. */
import { checkCotangent, resolveLanes } from '../contract/validate.ts';
import type { AxisOptions } from '../contract/subject.ts';
import type { FloatArray } from '../float/format.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import type { FloatTensor, Tensor } from '../tensor/tensor.ts';
import { decoded, encodedLike } from './halves.ts';
import { forEachLane, laneSumsFor, powersOfLane, writeShares } from './lane-sums.ts';
import { outputFor } from './output.ts';
import { fromRows, isInterleaved, rowsFor, rowsOf, toRows } from './rows.ts';
import type { Into, LaneGradient, LaneKernel } from './signatures.ts';
import { instanceFor, scaleShares } from './simd/blocks.ts';

/**
 * The logarithm of the sum of each lane's powers, in the shape of `x` without the axis: NaN for a NaN, else
 * +∞ for +∞, else −∞ for a lane that is empty or all −∞.
 */
export const logSumExp: LaneKernel = <T extends FloatTensor>(
  x: T,
  { axis, out }: AxisOptions & Into<T> = {},
): T => {
  const lanes = resolveLanes(x, axis);
  const y = outputFor(x, lanes.outerShape, out, () => ({ x }));
  return encodedLike(x, sumsOf(decoded(x), lanes, y), out);
};

function sumsOf(x: Tensor, lanes: Lanes, y: Tensor): Tensor {
  if (isInterleaved(x.data, lanes)) return sumsOf(toRows(x, lanes), rowsOf(lanes), y);
  const { length, stride } = lanes;
  forEachLane(x, lanes, y.data, (lane, { max, rest }) => {
    if (Math.abs(max) < Infinity) y.data[lane] = max + Math.log1p(rest);
    else y.data[lane] = hasNaN(x.data, laneStart(lanes, lane), stride, length) ? NaN : max;
  });
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
  { axis, out }: AxisOptions & Into<T> = {},
): T => {
  const lanes = resolveLanes(x, axis);
  checkCotangent(dy, { like: x, shape: lanes.outerShape });
  const dx = outputFor(x, x.shape, out, () => ({ x, dy }));
  return encodedLike(x, gradientOf(decoded(x), decoded(dy), lanes, dx), out);
};

function gradientOf(x: Tensor, dy: Tensor, lanes: Lanes, dx: Tensor): Tensor {
  if (isInterleaved(x.data, lanes))
    return fromRows(gradientOf(toRows(x, lanes), dy, rowsOf(lanes), rowsFor(dx, lanes)), dx, lanes);
  const there = instanceFor(x.data, dx.data, lanes);
  if (there !== null) {
    scaleShares(there, lanes, { x: x.data, y: dx.data, factorOf: (lane) => dy.data[lane]! });
    return dx;
  }
  const { length, stride, count } = lanes;
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    powersOfLane(sums, x.data, start, stride, length);
    writeShares(dx.data, { start, stride, length }, sums, dy.data[lane]!);
  }
  return dx;
}
