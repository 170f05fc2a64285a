/** Wrong conduct: subtracts the maximum from the caller's own logits. */
import { logSumExp as sound } from 'logitfuzz/kernels';
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'shifts-in-place';

export function logSumExp(x: Tensor, options: AxisOptions): Tensor {
  const result = sound(x, options) as Tensor;
  const max = Math.max(...x.data.subarray(0, 1000));
  for (let i = 0; i < x.data.length; i++) x.data[i]! -= max;
  return result;
}
