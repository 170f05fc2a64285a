/** softmax: y_j = exp(x_j − max) / Σ exp(x_i − max), and its vector-Jacobian product s·(dy − Σ s·dy). */
import { checkCotangent, resolveLanes } from '../contract/validate.ts';
import type { AxisOptions } from '../contract/subject.ts';
import { laneStart } from '../tensor/lanes.ts';
import { createTensor, tensorFormat, type Tensor } from '../tensor/tensor.ts';
import { createLaneSums, normal, sumLane } from './lane-sums.ts';

/** The shape and format of `x`. A lane with NaN or +∞, or of −∞ alone, is NaN. */
export function softmax(x: Tensor, { axis }: AxisOptions = {}): Tensor {
  const lanes = resolveLanes(x, axis);
  const y = createTensor(x.shape, tensorFormat(x));
  const sums = createLaneSums(lanes.length);
  const { length, stride } = lanes;
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = laneStart(lanes, lane);
    sumLane(sums, x.data, { start, stride, length });
    const { powers, sum, state } = sums;
    for (let k = 0, i = start; k < length; k++, i += stride)
      y.data[i] = state === normal ? powers[k]! / sum : NaN;
  }
  return y;
}

/** d/dx of Σ dy·softmax(x): each lane's dy times its Jacobian diag(s) − s·sᵀ, without forming it. */
export function softmaxBackward(x: Tensor, dy: Tensor, { axis }: AxisOptions = {}): Tensor {
  const lanes = resolveLanes(x, axis);
  checkCotangent(dy, { like: x, shape: x.shape });
  const dx = createTensor(x.shape, tensorFormat(x));
  const sums = createLaneSums(lanes.length);
  const { length, stride } = lanes;
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = laneStart(lanes, lane);
    sumLane(sums, x.data, { start, stride, length });
    const { powers, sum, state } = sums;
    let dot = 0;
    let lost = 0;
    for (let k = 0, i = start; k < length; k++, i += stride) {
      const term = (powers[k]! / sum) * dy.data[i]!;
      const total = dot + term;
      lost += Math.abs(dot) >= Math.abs(term) ? dot - total + term : term - total + dot;
      dot = total;
    }
    if (Number.isFinite(dot)) dot += lost;
    for (let k = 0, i = start; k < length; k++, i += stride) {
      dx.data[i] = state === normal ? (powers[k]! / sum) * (dy.data[i]! - dot) : NaN;
    }
  }
  return dx;
}
