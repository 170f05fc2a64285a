/** logSumExp: max + log Σ exp(x_i − max), and its vector-Jacobian product dy·s_j. */
import { checkCotangent, resolveLanes } from '../contract/validate.ts';
import type { AxisOptions } from '../contract/subject.ts';
import type { FloatArray } from '../float/format.ts';
import { laneStart } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { laneSumsFor, powersOfLane, sumLane } from './lane-sums.ts';
import { createOutput } from './output.ts';
import { fromRows, isInterleaved, toRows } from './rows.ts';

/**
 * The logarithm of the sum of each lane's powers, in the shape of `x` without the axis: NaN for a NaN, else
 * +∞ for +∞, else −∞ for a lane that is empty or all −∞.
 */
export function logSumExp(x: Tensor, { axis }: AxisOptions = {}): Tensor {
  const lanes = resolveLanes(x, axis);
  if (isInterleaved(lanes)) return logSumExp(toRows(x, lanes));
  const y = createOutput(lanes.outerShape, lanes.count, x.data);
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
export function logSumExpBackward(x: Tensor, dy: Tensor, { axis }: AxisOptions = {}): Tensor {
  const lanes = resolveLanes(x, axis);
  checkCotangent(dy, { like: x, shape: lanes.outerShape });
  if (isInterleaved(lanes)) return fromRows(logSumExpBackward(toRows(x, lanes), dy), x.shape, lanes);
  const dx = createOutput(x.shape, x.data.length, x.data);
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
