/** logSoftmax: y_j = (x_j − max) − log Σ exp(x_i − max), and its vector-Jacobian product dy_j − s_j·Σ dy. */
import { checkCotangent, resolveLanes } from '../contract/validate.ts';
import type { AxisOptions } from '../contract/subject.ts';
import type { NativeFormat } from '../float/format.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import { isHalfTensor, type FloatTensor, type Tensor } from '../tensor/tensor.ts';
import { decoded, encodedLike, outputFormat } from './halves.ts';
import { compensatedSum, laneSumsFor, powersOfLane, sumLane } from './lane-sums.ts';
import { createOutput } from './output.ts';
import { fromRows, isInterleaved, rowsOf, toRows } from './rows.ts';
import { fillByShares } from './shares.ts';
import type { LaneGradient, LaneKernel } from './signatures.ts';

/**
 * The logarithm of each lane's softmax, in the shape and format of `x`. Both differences have one sign:
 * nothing cancels.
 */
export const logSoftmax: LaneKernel = <T extends FloatTensor>(x: T, { axis }: AxisOptions = {}): T => {
  const lanes = resolveLanes(x, axis);
  return encodedLike(x, logarithmsOf(decoded(x), lanes, outputFormat(x)));
};

function logarithmsOf(x: Tensor, lanes: Lanes, format: NativeFormat): Tensor {
  if (isInterleaved(lanes))
    return fromRows(logarithmsOf(toRows(x, lanes), rowsOf(lanes), format), x.shape, lanes);
  const y = createOutput(x.shape, x.data.length, format);
  const { length, stride, count } = lanes;
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    sumLane(sums, x.data, start, stride, length);
    const { max } = sums;
    const logSum = Math.log1p(sums.rest);
    for (let k = 0, i = start; k < length; k++, i += stride) y.data[i] = x.data[i]! - max - logSum;
  }
  return y;
}

/** The gradient with respect to `x` of Σ dy·logSoftmax(x). */
export const logSoftmaxBackward: LaneGradient = <T extends FloatTensor>(
  x: T,
  dy: T,
  { axis }: AxisOptions = {},
): T => {
  const lanes = resolveLanes(x, axis);
  checkCotangent(dy, { like: x, shape: x.shape });
  const gradient = isHalfTensor(x) ? gradientOfHalves : gradientOf;
  return encodedLike(x, gradient(decoded(x), decoded(dy), lanes, outputFormat(x)));
};

function gradientOfHalves(x: Tensor, dy: Tensor, lanes: Lanes, format: NativeFormat): Tensor {
  if (isInterleaved(lanes)) {
    const [rows, dyRows] = [toRows(x, lanes), toRows(dy, lanes, 'beside')];
    return fromRows(gradientOfHalves(rows, dyRows, rowsOf(lanes), format), x.shape, lanes);
  }
  const dx = createOutput(x.shape, x.data.length, format);
  const { length, stride, count } = lanes;
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    powersOfLane(sums, x.data, start, stride, length);
    const terms = { values: dy.data, from: start, step: stride, scale: -1 };
    fillByShares(dx.data, x.data, { start, stride, length }, sums, terms);
  }
  return dx;
}

function gradientOf(x: Tensor, dy: Tensor, lanes: Lanes, format: NativeFormat): Tensor {
  if (isInterleaved(lanes)) {
    const [rows, dyRows] = [toRows(x, lanes), toRows(dy, lanes, 'beside')];
    return fromRows(gradientOf(rows, dyRows, rowsOf(lanes), format), x.shape, lanes);
  }
  const dx = createOutput(x.shape, x.data.length, format);
  const { length, stride, count } = lanes;
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    powersOfLane(sums, x.data, start, stride, length);
    const { powers, sum } = sums;
    const total = compensatedSum(dy.data, { start, stride, count: length });
    for (let k = 0, i = start; k < length; k++, i += stride) {
      dx.data[i] = dy.data[i]! - (powers[k]! / sum) * total;
    }
  }
  return dx;
}
