/**
 * Every touch of a value that is the subject's: an export, an argument after the call, a result, an error.
 * Any of them may be a getter, a proxy or a lie about itself, so each is read once, in here or within
 * `reading`, into data of our own. What such a value throws while it is read is never the harness's error.
 */
import type { Outcome } from '../case/outcome.ts';
import { isUnsupported } from '../contract/unsupported.ts';
import { halfFormats, type FloatArray, type NativeFormat, isHalf, type Format } from '../float/format.ts';
import type { AnyTensor } from '../tensor/tensor.ts';

/** What was read, or in one line what the subject threw meanwhile. */
export type Reading<T> = { readonly value: T } | { readonly threw: string };

/** Runs `touch`, which reads foreign values and nothing else. */
export function reading<T>(touch: () => T): Reading<T> {
  try {
    return { value: touch() };
  } catch (error) {
    return { threw: describeThrown(error) };
  }
}

const messageLengthMax = 500;

/** What somebody else's code threw, in at most 500 characters, whatever it is. */
export function describeThrown(thrown: unknown): string {
  try {
    const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    return text.slice(0, messageLengthMax);
  } catch {
    return 'something that cannot be printed';
  }
}

/** The outcome of a call that threw: one that declined the case, or one that failed. */
export function outcomeOfThrown(thrown: unknown): Outcome {
  const message = describeThrown(thrown);
  const declined = reading(() => isUnsupported(thrown));
  return 'value' in declined && declined.value
    ? { kind: 'unsupported', reason: message }
    : { kind: 'threw', message };
}

/** @throws what a getter of the value does: to be called within `reading`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

type TypedArray = AnyTensor['data'] | Uint16Array;
type Getter<T> = (array: ArrayBufferView) => T;

/**
 * What an array is, as the engine knows it: an array may have properties of its own that hide those of all
 * arrays, and an object that is no array may inherit from one. Held here, before a subject could change them.
 */
const ofAllArrays = Object.getPrototypeOf(Float32Array.prototype) as object;
const tagOf: (value: object) => string | undefined = getterOf(Symbol.toStringTag);
export const lengthOf: Getter<number> = getterOf('length');
const byteOffsetOf: Getter<number> = getterOf('byteOffset');
const byteLengthOf: Getter<number> = getterOf('byteLength');
const bufferOf: Getter<ArrayBufferLike> = getterOf('buffer');

function getterOf<F>(name: PropertyKey): F {
  const { get } = Object.getOwnPropertyDescriptor(ofAllArrays, name)!;
  return Function.prototype.call.bind(get!) as F;
}

/** What is truly an array that floats can be in; `bits` are those of halves. */
export type ForeignFloats =
  | { readonly format: NativeFormat | 'float16'; readonly data: FloatArray }
  | { readonly format: 'bits'; readonly data: Uint16Array };

/** Null for anything else. Of a Float16Array, which not every engine has, the elements are its values. */
export function foreignFloatsOf(data: unknown): ForeignFloats | null {
  if (typeof data !== 'object' || data === null) return null;
  switch (tagOf(data)) {
    case 'Float32Array':
      return { format: 'float32', data: data as FloatArray };
    case 'Float64Array':
      return { format: 'float64', data: data as FloatArray };
    case 'Float16Array':
      return { format: 'float16', data: data as FloatArray };
    case 'Uint16Array':
      return { format: 'bits', data: data as Uint16Array };
    default:
      return null;
  }
}

/** The format that a result says it has; of bits of halves its dtype, without which nobody knows it. */
export function saidFormat({ format }: ForeignFloats, dtype: unknown): string {
  if (dtype === undefined) return format === 'bits' ? 'a Uint16Array without a dtype' : format;
  const said = typeof dtype === 'string' ? dtype : typeof dtype;
  const isBits = format === 'bits';
  const isSo = isBits ? halfFormats.some((half) => half === said) : said === format;
  return isSo
    ? said
    : `a ${isBits ? 'Uint16Array' : format} with the dtype ${JSON.stringify(said.slice(0, 40))}`;
}

/** What a result of the format holds its numbers in, in words. */
export function dataText(format: Format): string {
  return isHalf(format) ? 'a Uint16Array of bits, with its dtype' : 'a Float32Array or Float64Array';
}

/** The buffers last: V8 makes a small array's buffer only when it is asked for. */
export function isOverlapping(a: TypedArray, b: TypedArray): boolean {
  const bytesOfA = byteLengthOf(a);
  const bytesOfB = byteLengthOf(b);
  if (bytesOfA === 0 || bytesOfB === 0) return false;
  const fromA = byteOffsetOf(a);
  const fromB = byteOffsetOf(b);
  return fromA < fromB + bytesOfB && fromB < fromA + bytesOfA && bufferOf(a) === bufferOf(b);
}

/** Whether a value is a list of just these sizes. To be called within `reading`. */
export function isListOf(sizes: readonly number[], list: unknown): boolean {
  if (!Array.isArray(list) || list.length !== sizes.length) return false;
  for (let i = 0; i < sizes.length; i++) if ((list as readonly unknown[])[i] !== sizes[i]) return false;
  return true;
}

/** Longer ones are none that the contract knows. */
const rankMax = 64;

/** A copy of what is a list of at most 64 entries; null for anything else. To be called within `reading`. */
export function copyOfList(list: unknown): readonly unknown[] | null {
  if (!Array.isArray(list)) return null;
  const { length } = list as readonly unknown[];
  const copy: unknown[] = [];
  for (let i = 0; i < length && i < rankMax; i++) copy.push((list as readonly unknown[])[i]);
  return length > rankMax ? null : copy;
}

/** How deep the data may be that a module exports beside its kernels, and how much of it there may be. */
const depthMax = 4;
const entriesMax = 1_000;

/**
 * A copy of exported data, each property read once: what a check has seen is then what is used. Functions,
 * symbols and what is too deep or too much stay as they are, for a check to refuse.
 * To be called within `reading`.
 */
export function copyOfData(data: unknown, depth: number = depthMax): unknown {
  if (typeof data !== 'object' || data === null || depth === 0) return data;
  const names = Object.keys(data);
  if (names.length > entriesMax) return data;
  const copy: Record<string, unknown> = {};
  for (const name of names) {
    const value = copyOfData((data as Record<string, unknown>)[name], depth - 1);
    Object.defineProperty(copy, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return Array.isArray(data) ? Object.values(copy) : copy;
}
