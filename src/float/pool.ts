/**
 * Zeroed arrays out of larger buffers: an ArrayBuffer of its own costs V8 about a microsecond, which is most
 * of the time of a small case. A buffer is never used twice; it lives as long as one of its arrays. Views:
 * byteOffset is seldom 0.
 */
import { formatFacts, roundAll, type ElementFormat, type FloatArray, type Format } from './format.ts';

const chunkBytes = 1 << 16;
/** What is larger has a buffer of its own. */
const pooledBytesMax = chunkBytes >> 3;
const alignment = 8;

export interface Pool {
  float64(length: number): Float64Array;
  float32(length: number): Float32Array;
  floats(format: Format, length: number): FloatArray;
  int32(length: number): Int32Array;
  uint8(length: number): Uint8Array;
}

/** Arrays of different pools never share a buffer. */
export function createPool(): Pool {
  let chunk = new ArrayBuffer(chunkBytes);
  let next = 0;
  /** Offset of so many bytes in the current chunk, which is of no bytes where somebody gave it away. */
  const take = (bytes: number): number => {
    if (next + bytes > chunk.byteLength) {
      chunk = new ArrayBuffer(chunkBytes);
      next = 0;
    }
    const at = next;
    next = (at + bytes + alignment - 1) & -alignment;
    return at;
  };
  return {
    float64(length) {
      if (length * 8 > pooledBytesMax) return new Float64Array(length);
      const at = take(length * 8);
      return new Float64Array(chunk, at, length);
    },
    float32(length) {
      if (length * 4 > pooledBytesMax) return new Float32Array(length);
      const at = take(length * 4);
      return new Float32Array(chunk, at, length);
    },
    floats(format, length) {
      const { array } = formatFacts(format);
      const bytes = length * array.BYTES_PER_ELEMENT;
      if (bytes > pooledBytesMax) return new array(length);
      const at = take(bytes);
      // by its name, V8 makes it in half the time
      return array === Float32Array ? new Float32Array(chunk, at, length) : new array(chunk, at, length);
    },
    int32(length) {
      if (length * 4 > pooledBytesMax) return new Int32Array(length);
      const at = take(length * 4);
      return new Int32Array(chunk, at, length);
    },
    uint8(length) {
      if (length > pooledBytesMax) return new Uint8Array(length);
      const at = take(length);
      return new Uint8Array(chunk, at, length);
    },
  };
}

/** What a computation takes its arrays from. */
export type ArrayPool = Pick<Pool, 'float64' | 'int32' | 'uint8'>;

/** A pool whose arrays are all given back at once: what they are views of is used again. */
export interface RecycledPool extends ArrayPool {
  /** From now on every array that was taken may change. */
  recycle(): void;
}

const recycledChunkBytes = 1 << 18;
/** What is larger has a buffer of its own, so that little is held for ever. */
const recycledBytesMax = 1 << 20;

/**
 * What is kept for the next round. Nine of ten take half of that, and one of a hundred four times as much.
 */
const recycledBytesKept = 1 << 22;

/** How many of them, from the first on, are of so many bytes together. */
function countWithin(bytes: number, chunks: readonly ArrayBuffer[]): number {
  let [count, sum] = [0, 0];
  for (; count < chunks.length; count++) {
    sum += chunks[count]!.byteLength;
    if (sum > bytes) break;
  }
  return count;
}

/** For many large arrays that are soon gone: buffers of their own would cost more than what is in them. */
export function createRecycledPool(): RecycledPool {
  const chunks: ArrayBuffer[] = [];
  /** The chunk in use, the next byte of it, and how many chunks are not of zeros any more. */
  let [at, next, used] = [0, 0, 0];
  const take = (bytes: number): number => {
    while (at < chunks.length && next + bytes > chunks[at]!.byteLength) [at, next] = [at + 1, 0];
    if (at === chunks.length) chunks.push(new ArrayBuffer(Math.max(recycledChunkBytes, bytes)));
    const from = next;
    next = (from + bytes + alignment - 1) & -alignment;
    return from;
  };
  return {
    float64(length) {
      if (length * 8 > recycledBytesMax) return new Float64Array(length);
      const from = take(length * 8);
      const array = new Float64Array(chunks[at]!, from, length);
      return at < used ? array.fill(0) : array;
    },
    int32(length) {
      if (length * 4 > recycledBytesMax) return new Int32Array(length);
      const from = take(length * 4);
      const array = new Int32Array(chunks[at]!, from, length);
      return at < used ? array.fill(0) : array;
    },
    uint8(length) {
      if (length > recycledBytesMax) return new Uint8Array(length);
      const from = take(length);
      const array = new Uint8Array(chunks[at]!, from, length);
      return at < used ? array.fill(0) : array;
    },
    recycle() {
      used = Math.max(used, at + 1);
      chunks.length = countWithin(recycledBytesKept, chunks);
      used = Math.min(used, chunks.length);
      [at, next] = [0, 0];
    },
  };
}

/** The pool for what the harness computes and generates itself. */
export const pool: Pool = createPool();

/** Longer ones are not kept. */
const zerosKeptMax = 4096;
/** All views of one buffer: one of its own for each length comes to 67 MB once every length was asked for. */
const zeros: Float64Array[] = [];
const allZeros: Float64Array = new Float64Array(zerosKeptMax);

/** An array of zeros, for reading only: all who ask for the same length share one. */
export function zerosOf(length: number): Float64Array {
  if (length > zerosKeptMax) return new Float64Array(length);
  return (zeros[length] ??= allZeros.subarray(0, length));
}

export function pooledFloats(format: Format, length: number): FloatArray {
  return pool.floats(format, length);
}

/** The values rounded to the format. */
export function pooledFrom(format: Format, values: ArrayLike<number>): FloatArray {
  const data = pooledFloats(format, values.length);
  for (let i = 0; i < data.length; i++) data[i] = values[i]!;
  return roundAll(data, format);
}

/** A copy of `data`, which is of the format, in `from`. */
export function copyInto<D extends FloatArray | Int32Array>(from: Pool, data: D, format: ElementFormat): D {
  const { length } = data;
  const copy = format === 'int32' ? from.int32(length) : from.floats(format, length);
  copyValues(copy, data);
  return copy as D;
}

/** Puts the values of `from` into `to`, which is as long. A short array is copied faster one by one. */
export function copyValues(to: FloatArray | Int32Array, from: FloatArray | Int32Array): void {
  if (to.length > 64) to.set(from);
  else for (let i = 0; i < to.length; i++) to[i] = from[i]!;
}
