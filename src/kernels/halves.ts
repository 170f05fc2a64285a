/**
 * Tensors of 16 bits around kernels that know none: their numbers are decoded to float32, which has them all,
 * once; what is worked out of them is kept in float64, and rounded to the format once.
 */
import type { NativeFormat } from '../float/format.ts';
import { toHalfTensor } from '../tensor/half-tensor.ts';
import { floatsOf, isHalfTensor, tensorFormat, type FloatTensor, type Tensor } from '../tensor/tensor.ts';

/** The tensor with its numbers in an array of floats: itself where they are. */
export function decoded(tensor: FloatTensor): Tensor {
  return isHalfTensor(tensor) ? { shape: tensor.shape, data: floatsOf(tensor) } : tensor;
}

/** What the output of a kernel is worked out in. */
export function outputFormat(logits: FloatTensor): NativeFormat {
  return isHalfTensor(logits) ? 'float64' : tensorFormat(logits);
}

/**
 * The output in the format of the logits: rounded here where that is a half, into `out` where there is one.
 */
export function encodedLike<T extends FloatTensor>(logits: T, output: Tensor, out?: T): T {
  if (!isHalfTensor(logits)) return output as FloatTensor as T;
  const halves = toHalfTensor(output, logits.dtype);
  if (out === undefined) return halves as FloatTensor as T;
  (out.data as Uint16Array).set(halves.data);
  return out;
}
