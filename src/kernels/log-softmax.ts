/** logSoftmax: y_j = (x_j − max) − log Σ exp(x_i − max), and its vector-Jacobian product dy_j − s_j·Σ dy. */
import { checkCotangent, resolveLanes } from '../contract/validate.ts';
import type { AxisOptions } from '../contract/subject.ts';
import { laneStart } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { compensatedSum, laneSumsFor, powersOfLane, sumLane } from './lane-sums.ts';
import { createOutput } from './output.ts';
import { fromRows, isInterleaved, toRows } from './rows.ts';

/**
 * The logarithm of each lane's softmax, in the shape and format of `x`. Both differences have one sign:
 * nothing cancels.
 */
export function logSoftmax(x: Tensor, { axis }: AxisOptions = {}): Tensor {
  const lanes = resolveLanes(x, axis);
  if (isInterleaved(lanes)) return fromRows(logSoftmax(toRows(x, lanes)), x.shape, lanes);
  const y = createOutput(x.shape, x.data.length, x.data);
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
export function logSoftmaxBackward(x: Tensor, dy: Tensor, { axis }: AxisOptions = {}): Tensor {
  const lanes = resolveLanes(x, axis);
  checkCotangent(dy, { like: x, shape: x.shape });
  if (isInterleaved(lanes))
    return fromRows(logSoftmaxBackward(toRows(x, lanes), toRows(dy, lanes, 'beside')), x.shape, lanes);
  const dx = createOutput(x.shape, x.data.length, x.data);
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
