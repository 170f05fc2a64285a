/** The tensors that kernels return: new ones, or the one that the caller gave as `out`. */
import { checkSameFormat, checkTensor } from '../contract/validate.ts';
import { createFloatArray, formatFacts, type NativeFormat } from '../float/format.ts';
import { createPool } from '../float/pool.ts';
import {
  isHalfTensor,
  isSameShape,
  sizeOf,
  type AnyTensor,
  type FloatTensor,
  type Tensor,
} from '../tensor/tensor.ts';
import { outputFormat } from './halves.ts';

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

/** The arguments of a kernel by their names. */
export type Arguments = Readonly<Record<string, AnyTensor | FloatTensor | undefined>>;

/**
 * What a kernel writes its result to, in the format that it is worked out in: `out` itself where it has that.
 * @throws TypeError or RangeError unless `out`, where it is given, is a tensor of the logits' format and of
 * the result's shape, whose memory is in none of the arguments.
 */
export function outputFor(
  logits: FloatTensor,
  shape: readonly number[],
  out: FloatTensor | undefined,
  given: () => Arguments,
): Tensor {
  if (out === undefined) return createOutput(shape, sizeOf(shape), outputFormat(logits));
  checkOut(out, logits, shape, given());
  return isHalfTensor(out) ? createOutput(shape, sizeOf(shape), outputFormat(logits)) : out;
}

function checkOut(out: FloatTensor, logits: FloatTensor, shape: readonly number[], given: Arguments): void {
  checkTensor('out', out);
  checkSameFormat('out', out, logits);
  if (!isSameShape(out.shape, shape))
    throw new RangeError(`out has shape [${out.shape.join(', ')}], and the output has [${shape.join(', ')}]`);
  for (const [name, argument] of Object.entries(given)) {
    if (argument !== undefined && overlaps(out.data, argument.data))
      throw new RangeError(`out shares memory with ${name}: it has to have memory of its own`);
  }
}

function overlaps(a: ArrayBufferView, b: ArrayBufferView): boolean {
  if (a.buffer !== b.buffer) return false;
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}
