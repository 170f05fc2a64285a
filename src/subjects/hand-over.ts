/**
 * The memory that a subject is handed: copies between words that no call may write to. None of it holds
 * anything of the harness, so that a subject which writes where it should not spoils nothing but its own.
 */
import { formatFacts, halfFacts, isHalf, type ElementFormat, type FloatArray } from '../float/format.ts';
import { copyValues } from '../float/pool.ts';

type Data = FloatArray | Int32Array;
/** What a kernel is handed: the numbers of a half as their bits. */
export type HandedData = Data | Uint16Array;

/** An array that is handed over, and the words around it in its buffer. */
export interface HandedArray {
  readonly data: HandedData;
  readonly words: Uint32Array;
  /** Words from `start` to `from`, and from `to` to `end`, are guards. */
  readonly start: number;
  readonly from: number;
  readonly to: number;
  readonly end: number;
}

/** A NaN as a float32 and in a float64, and no class: whoever reads it shows it. */
const guard = 0x7ff5a5a5;
/** The second half of its bytes. */
const guardOfHalf = new Uint16Array(Uint32Array.of(guard).buffer)[1]!;

const chunkBytes = 1 << 16;
/** What is larger has a buffer of its own, without anything around it. */
const pooledBytesMax = chunkBytes >> 3;
/** Words on either side of an array, at least. */
const guardWords = 2;
/** Words behind a view in a buffer of its own: as many as the widest vector of floats has, and more. */
const wordsBehind = 32;

const noWords = new Uint32Array(0);

let chunk = guardedWords(chunkBytes >> 2);
let next = guardWords;

function guardedWords(length: number): Uint32Array<ArrayBuffer> {
  return new Uint32Array(length).fill(guard);
}

/** A copy of `original`, which is of the format. */
export function handOver(original: Data, format: ElementFormat): HandedArray {
  const { length } = original;
  const bytes = length * bytesOf(format);
  if (bytes > pooledBytesMax) {
    const room = { buffer: new ArrayBuffer(bytes), words: noWords, start: 0, from: 0, end: 0 };
    return fill(room, original, format);
  }
  const taken = (bytes + 3) >> 2;
  // The next array begins at a multiple of 8 bytes, and there is at least a guard between.
  const after = (next + taken + guardWords + 1) & -2;
  if (after > chunk.length) {
    chunk = guardedWords(chunkBytes >> 2); // full, or taken away by a subject
    next = guardWords;
    return handOver(original, format);
  }
  const from = next;
  const words = chunk;
  next = after;
  const room = { buffer: words.buffer, words, start: from - guardWords, from, end: after };
  // Whoever wrote outside of its own arrays, and was not seen to, is not this one.
  for (let i = room.start; i < from; i++) words[i] = guard;
  for (let i = from + taken - 1; i < after; i++) words[i] = guard;
  return fill(room, original, format);
}

/** A copy that is a view from element `at` on of a buffer of its own, with guards before and behind. */
export function handOverView(original: Data, format: ElementFormat, at: number): HandedArray {
  const from = (at * bytesOf(format) + 3) >> 2;
  const taken = (original.length * bytesOf(format) + 3) >> 2;
  const words = guardedWords(from + taken + wordsBehind);
  return fill({ buffer: words.buffer, words, start: 0, from, end: words.length }, original, format);
}

function bytesOf(format: ElementFormat): number {
  return format === 'int32' ? 4 : formatFacts(format).bytes;
}

interface Room {
  readonly buffer: ArrayBuffer;
  readonly words: Uint32Array;
  readonly start: number;
  readonly from: number;
  readonly end: number;
}

function fill({ buffer, words, start, from, end }: Room, original: Data, format: ElementFormat): HandedArray {
  const { length } = original;
  if (isHalf(format)) {
    const { encode } = halfFacts(format);
    const bits = new Uint16Array(buffer, 4 * from, length);
    for (let i = 0; i < length; i++) bits[i] = encode(original[i]!);
    return { data: bits, words, start, from, to: from + ((length + 1) >> 1), end };
  }
  if (format === 'int32') {
    const indices = new Int32Array(buffer, 4 * from, length);
    for (let i = 0; i < length; i++) indices[i] = original[i]!;
    return { data: indices, words, start, from, to: from + length, end };
  }
  if (format === 'float32') {
    const data = new Float32Array(buffer, 4 * from, length);
    copyValues(data, original);
    return { data, words, start, from, to: from + length, end };
  }
  const data = new Float64Array(buffer, 4 * from, length);
  copyValues(data, original);
  return { data, words, start, from, to: from + 2 * length, end };
}

/** Whether a guard holds something else than it did. What was taken away as a whole is not looked at. */
export function isWrittenAround({ data, words, start, from, to, end }: HandedArray): boolean {
  if (words.length === 0) return false;
  // Half of a word is left over of an odd number of elements of 16 bits.
  if ((data.byteLength & 2) !== 0 && new Uint16Array(words.buffer, 4 * to - 2, 1)[0] !== guardOfHalf)
    return true;
  for (let i = start; i < from; i++) if (words[i] !== guard) return true;
  for (let i = to; i < end; i++) if (words[i] !== guard) return true;
  return false;
}
