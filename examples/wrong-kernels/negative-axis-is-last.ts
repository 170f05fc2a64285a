/** Wrong: takes every negative axis for the last one. */
import { logSoftmaxBackward as sound } from 'logitfuzz/kernels';
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'negative-axis-is-last';

export function logSoftmaxBackward(x: Tensor, dy: Tensor, { axis = -1 }: AxisOptions): Tensor {
  return sound(x, dy, { axis: axis < 0 ? -1 : axis }) as Tensor;
}
