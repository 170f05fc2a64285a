/** Wrong: 'mean' over class indices divides by the number of positions, not by the sum of their weights. */
import { crossEntropy as sound } from 'logitfuzz/kernels';
import type { CrossEntropyOptions, Target, Tensor } from 'logitfuzz';

export const name = 'mean-over-positions';

export function crossEntropy(logits: Tensor, target: Target, options: CrossEntropyOptions): Tensor {
  if ((options.reduction ?? 'mean') !== 'mean') return sound(logits, target, options) as Tensor;
  const each = sound(logits, target, { ...options, reduction: 'none' }) as Tensor;
  const total = sound(logits, target, { ...options, reduction: 'sum' }) as Tensor;
  return { shape: [], data: total.data.map((sum) => sum / each.data.length) as Tensor['data'] };
}
