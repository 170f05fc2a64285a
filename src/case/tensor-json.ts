/** Tensors in JSON: their bytes, so that nothing is lost, not even a NaN's payload. */
import { endianness } from 'node:os';
import { z } from 'zod';
import { UsageError } from '../contract/failure.ts';
import {
  decodedHalves,
  encodedHalves,
  formatFacts,
  formats,
  isHalf,
  type ElementFormat,
} from '../float/format.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { abbreviated, parseData } from './parse-data.ts';

type Data = Float32Array | Float64Array | Int32Array;

export interface TensorJson {
  readonly format: ElementFormat;
  readonly shape: readonly number[];
  /** The elements, row-major and little-endian. */
  readonly base64: string;
}

/** Far above what is generated (10^5); no answer to a case within them is too large for memory. */
export const largestTensor: { readonly rank: number; readonly elements: number } = {
  rank: 32,
  elements: 2 ** 24,
};

export const tensorSchema: z.ZodType<TensorJson> = z.strictObject({
  format: z.enum([...formats, 'int32']),
  shape: z.array(z.int().min(0).max(largestTensor.elements)).max(largestTensor.rank),
  base64: z.string(),
});

/** `format` is what the elements are of. */
export function tensorToJson(tensor: Tensor<Data>, format: ElementFormat): TensorJson {
  const data = isHalf(format) ? encodedHalves(tensor.data, format) : tensor.data;
  const { buffer, byteOffset, byteLength } = data;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return {
    format,
    shape: [...tensor.shape],
    base64: toLittleEndian(bytes, bytesPerElement(format)).toString('base64'),
  };
}

/**
 * Allocates in proportion to the base64 that is there, never to the shape that is claimed.
 * @throws UsageError naming what is wrong; `name` is the tensor's place in the data, for the message.
 */
export function tensorFromJson(value: unknown, { name }: { name: string }): Tensor<Data> {
  const { format, shape, base64 } = parseData(tensorSchema, value, { name });
  const elements = elementsOf(shape, name);
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) {
    throw new UsageError(
      `${name}.base64: ${abbreviated(base64)} (${base64.length} characters) is not whole base64`,
    );
  }
  const bytesDue = elements * bytesPerElement(format);
  if (bytes.length !== bytesDue) {
    const wanted = `${bytesDue} bytes of ${format} [${shape.join(', ')}]`;
    throw new UsageError(`${name}.base64 holds ${bytes.length} bytes, not the ${wanted}`);
  }
  // Copied, since a small Buffer is a view into a shared pool at any alignment.
  const { buffer } = Uint8Array.from(toLittleEndian(bytes, bytesPerElement(format)));
  return { shape, data: viewOf(format, buffer) };
}

/** Sizes of 0 count as 1 against the limit: [2^24, 0] has no elements, but an answer to it may have 2^24. */
function elementsOf(shape: readonly number[], name: string): number {
  const extent = shape.reduce((product, size) => product * Math.max(1, size), 1);
  if (extent > largestTensor.elements) {
    throw new UsageError(
      `${name}.shape [${shape.join(', ')}] has more than ${largestTensor.elements} elements`,
    );
  }
  return shape.includes(0) ? 0 : extent;
}

function bytesPerElement(format: ElementFormat): number {
  return format === 'int32' ? 4 : formatFacts(format).bytes;
}

function viewOf(format: ElementFormat, buffer: ArrayBuffer): Data {
  switch (format) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'float16':
    case 'bfloat16':
      return decodedHalves(new Uint16Array(buffer), format);
  }
}

/**
 * Its own inverse; the bytes themselves where the machine is little-endian, a swapped copy where it is not.
 */
function toLittleEndian(bytes: Buffer, size: number): Buffer {
  if (endianness() === 'LE') return bytes;
  const copy = Buffer.from(bytes);
  return size === 8 ? copy.swap64() : size === 4 ? copy.swap32() : copy.swap16();
}
