/** Wrong: a NaN among the logits counts as the smallest of them, so the lane looks healthy. */
import { softmax as sound } from 'logitfuzz/kernels';
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'nan-swallowed';

export function softmax(x: Tensor, options: AxisOptions): Tensor {
  const data = x.data.map((value) => (Number.isNaN(value) ? -Infinity : value)) as Tensor['data'];
  return sound({ shape: x.shape, data }, options) as Tensor;
}
