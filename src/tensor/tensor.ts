/** Dense row-major tensors: a shape and its data. No arithmetic. */
import {
  createFloatArray,
  formatOf,
  halfFacts,
  isHalf,
  isIndexArray,
  type FloatArray,
  type FloatData,
  type Format,
  type HalfFormat,
  type NativeFormat,
} from '../float/format.ts';

/** Dense, row-major. Rank 0 has shape [] and one element. `data` may be a view into a larger buffer. */
export interface Tensor<D extends Float32Array | Float64Array | Int32Array = Float32Array | Float64Array> {
  readonly shape: readonly number[];
  readonly data: D;
}

/**
 * A tensor of numbers of 16 bits, as kernels are given and return them: dense, row-major, the bits of each
 * number in an unsigned integer, as WebAssembly, WebGPU, ONNX Runtime and DLPack hold them.
 */
export interface HalfTensor {
  readonly shape: readonly number[];
  readonly data: Uint16Array;
  readonly dtype: HalfFormat;
}
/** A tensor of floats of any format. */
export type FloatTensor = Tensor | HalfTensor;

/** A tensor of class indices. */
export type IndexTensor = Tensor<Int32Array>;
export type AnyTensor = Tensor<Float32Array | Float64Array | Int32Array>;

/** The product of the sizes, one of 0 counting as 1: how large a shape is also where it has no element. */
export function extentOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * Math.max(size, 1), 1);
}

/** The number of elements: the product of the sizes, 1 for rank 0. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i]!; // an iterator would be made on the heap
  return size;
}

export function createTensor(shape: readonly number[], format: Format): Tensor {
  return { shape: [...shape], data: createFloatArray(format, sizeOf(shape)) };
}

/** The format of a tensor's data. For the edges only: see formatOf. */
export function tensorFormat(tensor: Tensor): NativeFormat;
export function tensorFormat(tensor: FloatTensor): Format;
export function tensorFormat(tensor: FloatTensor): Format {
  return isHalfTensor(tensor) ? tensor.dtype : formatOf(tensor.data);
}

/** Whether its elements are numbers of 16 bits. */
export function isHalfTensor(tensor: FloatTensor): tensor is HalfTensor {
  return tensor.data instanceof Uint16Array;
}

/** The values: of a half decoded to float32, which has them all; else the data itself. */
export function floatsOf(tensor: FloatTensor): FloatArray {
  if (!isHalfTensor(tensor)) return tensor.data;
  const values = new Float32Array(tensor.data.length);
  halfFacts(tensor.dtype).decodeAll(tensor.data, values);
  return values;
}

/** The tensor of a kernel's own: of halves the data are bits, and their dtype is said. */
export function floatTensor(shape: readonly number[], data: FloatData, format: Format): FloatTensor {
  return isHalf(format)
    ? { shape, data: data as Uint16Array, dtype: format }
    : { shape, data: data as FloatArray };
}

/** Whether its elements are class indices, and not floats. */
export function isIndexTensor(tensor: AnyTensor | HalfTensor): tensor is IndexTensor {
  return isIndexArray(tensor.data);
}

export function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Multi-index of a flat row-major position, for messages: `[2, 0]`; [] for rank 0. */
export function toMultiIndex(flat: number, shape: readonly number[]): number[] {
  const index: number[] = shape.map(() => 0);
  let rest = flat;
  for (let i = shape.length - 1; i >= 0; i--) {
    const extent = shape[i]!;
    index[i] = rest % extent;
    rest = Math.floor(rest / extent);
  }
  return index;
}
