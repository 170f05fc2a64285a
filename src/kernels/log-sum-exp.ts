/** logSumExp: max + log Σ exp(x_i − max), and its vector-Jacobian product dy·s_j. */
import { checkCotangent, resolveLanes } from '../contract/validate.ts';
import type { AxisOptions } from '../contract/subject.ts';
import { laneStart } from '../tensor/lanes.ts';
import { createTensor, tensorFormat, type Tensor } from '../tensor/tensor.ts';
import { createLaneSums, masked, normal, sumLane, type LaneSums } from './lane-sums.ts';

/** The shape of `x` without the axis. NaN for a NaN, else +∞ for +∞, else −∞ for a lane that is empty or all −∞. */
export function logSumExp(x: Tensor, { axis }: AxisOptions = {}): Tensor {
  const lanes = resolveLanes(x, axis);
  const y = createTensor(lanes.outerShape, tensorFormat(x));
  const sums = createLaneSums(lanes.length);
  const { length, stride } = lanes;
  for (let lane = 0; lane < lanes.count; lane++) {
    sumLane(sums, x.data, { start: laneStart(lanes, lane), stride, length });
    y.data[lane] = length === 0 ? -Infinity : valueOf(sums);
  }
  return y;
}

function valueOf({ state, hasNaN, max, logSum }: LaneSums): number {
  if (state === normal) return max + logSum;
  if (state === masked) return -Infinity;
  return hasNaN ? NaN : Infinity;
}

/** d/dx of Σ dy·logSumExp(x), the shape of `x`. */
export function logSumExpBackward(x: Tensor, dy: Tensor, { axis }: AxisOptions = {}): Tensor {
  const lanes = resolveLanes(x, axis);
  checkCotangent(dy, { like: x, shape: lanes.outerShape });
  const dx = createTensor(x.shape, tensorFormat(x));
  const sums = createLaneSums(lanes.length);
  const { length, stride } = lanes;
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = laneStart(lanes, lane);
    sumLane(sums, x.data, { start, stride, length });
    const { powers, sum, state } = sums;
    for (let k = 0, i = start; k < length; k++, i += stride) {
      dx.data[i] = state === normal ? (powers[k]! / sum) * dy.data[lane]! : NaN;
    }
  }
  return dx;
}
