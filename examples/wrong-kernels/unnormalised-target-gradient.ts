/** Wrong: p − y holds only for targets that sum to 1; for others p must be multiplied by their sum. */
import { crossEntropyBackward as sound, softmax } from 'logitfuzz/kernels';
import type { CrossEntropyOptions, Target, Tensor } from 'logitfuzz';

export const name = 'unnormalised-target-gradient';

export function crossEntropyBackward(
  logits: Tensor,
  target: Target,
  dy: Tensor,
  options: CrossEntropyOptions,
): Tensor {
  const isPlain = options.weight === undefined && (options.labelSmoothing ?? 0) === 0;
  if (target.data instanceof Int32Array || options.reduction !== 'sum' || !isPlain) {
    return sound(logits, target, dy, options) as Tensor;
  }
  const { data: p, shape } = softmax(logits, options) as Tensor;
  return { shape, data: p.map((value, i) => (value - target.data[i]!) * dy.data[0]!) as Tensor['data'] };
}
