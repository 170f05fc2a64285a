/** Wrong: differentiates through the maximum's subtraction, which adds −Σ of the gradient at its position. */
import { logSumExpBackward as sound } from 'logitfuzz/kernels';
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'gradient-of-the-maximum';

export function logSumExpBackward(x: Tensor, dy: Tensor, options: AxisOptions): Tensor {
  const { data, shape } = sound(x, dy, options) as Tensor;
  const at = x.data.indexOf(Math.max(...x.data.subarray(0, 1000)));
  if (at >= 0) data[at]! -= dy.data[0] ?? 0;
  return { shape, data };
}
