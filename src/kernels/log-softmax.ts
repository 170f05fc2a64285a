/** logSoftmax: y_j = (x_j − max) − log Σ exp(x_i − max), and its vector-Jacobian product dy_j − s_j·Σ dy. */
import { checkCotangent, resolveLanes } from '../contract/validate.ts';
import type { AxisOptions } from '../contract/subject.ts';
import { laneStart } from '../tensor/lanes.ts';
import { createTensor, tensorFormat, type Tensor } from '../tensor/tensor.ts';
import { compensatedSum, createLaneSums, normal, sumLane } from './lane-sums.ts';

/** The shape and format of `x`. Both differences have one sign: nothing cancels. */
export function logSoftmax(x: Tensor, { axis }: AxisOptions = {}): Tensor {
  const lanes = resolveLanes(x, axis);
  const y = createTensor(x.shape, tensorFormat(x));
  const sums = createLaneSums(lanes.length);
  const { length, stride } = lanes;
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = laneStart(lanes, lane);
    sumLane(sums, x.data, { start, stride, length });
    const { max, logSum, state } = sums;
    for (let k = 0, i = start; k < length; k++, i += stride) {
      y.data[i] = state === normal ? x.data[i]! - max - logSum : NaN;
    }
  }
  return y;
}

/** d/dx of Σ dy·logSoftmax(x). */
export function logSoftmaxBackward(x: Tensor, dy: Tensor, { axis }: AxisOptions = {}): Tensor {
  const lanes = resolveLanes(x, axis);
  checkCotangent(dy, { like: x, shape: x.shape });
  const dx = createTensor(x.shape, tensorFormat(x));
  const sums = createLaneSums(lanes.length);
  const { length, stride } = lanes;
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = laneStart(lanes, lane);
    sumLane(sums, x.data, { start, stride, length });
    const { powers, sum, state } = sums;
    const total = compensatedSum(dy.data, { start, stride, count: length });
    for (let k = 0, i = start; k < length; k++, i += stride) {
      dx.data[i] = state === normal ? dy.data[i]! - (powers[k]! / sum) * total : NaN;
    }
  }
  return dx;
}
