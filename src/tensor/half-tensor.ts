/** Tensors of 16 bits as kernels are given them, made of numbers. Computes nothing. */
import { encodedHalves, type HalfFormat } from '../float/format.ts';
import type { HalfTensor } from './tensor.ts';

/** The numbers of a tensor as bits of the format: each becomes the nearest, of two the even one. */
export function toHalfTensor(
  { shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  dtype: HalfFormat,
): HalfTensor {
  return { shape, data: encodedHalves(data, dtype), dtype };
}
