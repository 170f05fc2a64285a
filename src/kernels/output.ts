/** The tensors that kernels return. */
import { createFloatArray, formatFacts, type NativeFormat } from '../float/format.ts';
import { createPool } from '../float/pool.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A pool of outputs only. A view costs a tenth of a buffer of its own. */
const outputs = createPool();
/**
 * V8 keeps so small an array on its heap: it costs nothing,
 * and a loss that is kept must not keep a pool's buffer.
 */
const ownBytesMax = 64;

/**
 * `size` zeroes of the format. A small array is a view into a larger buffer, no two of which overlap.
 */
export function createOutput(shape: readonly number[], size: number, format: NativeFormat): Tensor {
  if (size * formatFacts(format).bytes <= ownBytesMax)
    return { shape: [...shape], data: createFloatArray(format, size) };
  return { shape: [...shape], data: outputs.floats(format, size) };
}
