/** logSoftmax: y_j = (x_j − max) − log Σ exp(x_i − max), and its vector-Jacobian product dy_j − s_j·Σ dy. */
import { checkCotangent, resolveLanes } from '../contract/validate.ts';
import type { AxisOptions } from '../contract/subject.ts';
import type { NativeFormat } from '../float/format.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import { isHalfTensor, type FloatTensor, type Tensor } from '../tensor/tensor.ts';
import { gradientByLanes, type LaneGradientFill } from './by-lanes.ts';
import { decoded, encodedLike, outputFormat } from './halves.ts';
import { compensatedSum, laneSumsFor, sumLane } from './lane-sums.ts';
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
  const fill = isHalfTensor(x) ? fillOfHalves : fillGradient;
  return encodedLike(x, gradientByLanes(decoded(x), decoded(dy), lanes, outputFormat(x), fill));
};

const fillOfHalves: LaneGradientFill = (dx, x, dy, sums, start, stride, length) =>
  fillByShares(dx, x, { start, stride, length }, sums, { values: dy, from: start, step: stride, scale: -1 });

const fillGradient: LaneGradientFill = (dx, _x, dy, { powers, sum }, start, stride, length) => {
  const total = compensatedSum(dy, { start, stride, count: length });
  for (let k = 0, i = start; k < length; k++, i += stride) {
    dx[i] = dy[i]! - (powers[k]! / sum) * total;
  }
};
