/**
 * The formats that data can have, as a literal table of facts: a format is a row. Knows no tensor and no
 * softmax.
 */

import { smallCodec, type SmallLayout } from './small-format.ts';

/** The formats that JavaScript has typed arrays of wherever it runs. */
export type NativeFormat = 'float32' | 'float64';
/** The formats of 16 bits. */
export type HalfFormat = 'float16' | 'bfloat16';
/** A format that data can have: IEEE 754's, and bfloat16, which has its layout. */
export type Format = NativeFormat | HalfFormat;
/**
 * The typed arrays that hold the data of float tensors. Within the harness the values of a half are held in a
 * Float64Array, each of them one of the format's; bits they become where a kernel is called.
 */
export type FloatArray = Float32Array | Float64Array;
/** Where a kernel is called: the numbers of a half are handed over as their bits. */
export type FloatData = FloatArray | Uint16Array;
/** What the elements of a tensor are: floats of a format, or class indices. */
export type ElementFormat = Format | 'int32';

/** What is known of the numbers of a format. */
export interface FormatFacts {
  /** Half an ULP of 1: the largest relative error of one correctly rounded operation. */
  readonly unitRoundoff: number;
  readonly smallestSubnormal: number;
  readonly smallestNormal: number;
  readonly largestFinite: number;
  /** log(largestFinite), rounded to float64: exp of anything above overflows. */
  readonly logOfLargestFinite: number;
  /** log(smallestNormal): exp of anything below is subnormal or zero. */
  readonly logOfSmallestNormal: number;
  /** log(smallestSubnormal / 2): exp of anything below rounds to zero. */
  readonly logOfZero: number;
  readonly significandBits: number;
  /** The exponent of largestFinite: it is below 2^(exponentMax + 1). */
  readonly exponentMax: number;
  /** The number of significant decimal digits that tell any two of its numbers apart. */
  readonly decimalDigits: number;
  /** What a number takes where it is stored: in files, and where a kernel is called. */
  readonly bytes: 1 | 2 | 4 | 8;
  /** Rounds to nearest, ties to even, overflowing to ±∞. */
  readonly round: (value: number) => number;
  /** The number whose bits are the first of the view, and its inverse: big-endian. */
  readonly read: (view: DataView) => number;
  readonly write: (view: DataView, value: number) => void;
  /** What data is held in within the harness. */
  readonly array: FloatArrayConstructor;
  /** The arithmetic that exact answers to data of the format are worked out in, far finer than the format. */
  readonly exactPrecision: 'float64' | 'double-double';
}

interface FloatArrayConstructor {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): FloatArray;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): FloatArray;
  from(values: ArrayLike<number>): FloatArray;
}

const native: Readonly<Record<NativeFormat, FormatFacts>> = {
  float32: {
    unitRoundoff: 2 ** -24,
    smallestSubnormal: 2 ** -149,
    smallestNormal: 2 ** -126,
    largestFinite: (2 - 2 ** -23) * 2 ** 127,
    logOfLargestFinite: Math.log((2 - 2 ** -23) * 2 ** 127),
    logOfSmallestNormal: Math.log(2 ** -126),
    logOfZero: -150 * Math.LN2,
    significandBits: 24,
    exponentMax: 127,
    decimalDigits: 9,
    bytes: 4,
    array: Float32Array,
    round: Math.fround,
    read: (view) => view.getFloat32(0),
    write: (view, value) => view.setFloat32(0, value),
    exactPrecision: 'float64',
  },
  float64: {
    unitRoundoff: 2 ** -53,
    smallestSubnormal: 2 ** -1074,
    smallestNormal: 2 ** -1022,
    largestFinite: Number.MAX_VALUE,
    logOfLargestFinite: Math.log(Number.MAX_VALUE),
    logOfSmallestNormal: -1022 * Math.LN2,
    logOfZero: -1075 * Math.LN2,
    significandBits: 53,
    exponentMax: 1023,
    decimalDigits: 17,
    bytes: 8,
    array: Float64Array,
    round: (value) => value,
    read: (view) => view.getFloat64(0),
    write: (view, value) => view.setFloat64(0, value),
    exactPrecision: 'double-double',
  },
};

export interface HalfFacts extends FormatFacts {
  /** The number that 16 bits are, and the bits of the nearest number: see small-format.ts. */
  readonly decode: (bits: number) => number;
  readonly encode: (value: number) => number;
  readonly encodeAll: (values: Float64Array, bits: Uint16Array) => void;
  readonly decodeAll: (bits: Uint16Array, values: FloatArray) => void;
}

/** The facts of a format of at most 16 bits follow from its layout. */
export function smallFacts(layout: SmallLayout): HalfFacts {
  const { exponentBits, significandBits } = layout;
  const { decode, encode, encodeAll, decodeAll, round } = smallCodec(layout);
  const exponentMax = 2 ** (exponentBits - 1) - 1;
  const largestFinite = (2 - 2 ** (1 - significandBits)) * 2 ** exponentMax;
  const bytes = exponentBits + significandBits === 8 ? 1 : 2;
  return {
    unitRoundoff: 2 ** -significandBits,
    smallestSubnormal: 2 ** (2 - exponentMax - significandBits),
    smallestNormal: 2 ** (1 - exponentMax),
    largestFinite,
    logOfLargestFinite: Math.log(largestFinite),
    logOfSmallestNormal: (1 - exponentMax) * Math.LN2,
    logOfZero: (1 - exponentMax - significandBits) * Math.LN2,
    significandBits,
    exponentMax,
    decimalDigits: Math.ceil(1 + significandBits * Math.log10(2)),
    bytes,
    round,
    decode,
    encode,
    encodeAll,
    decodeAll,
    read: (view) => decode(bytes === 1 ? view.getUint8(0) : view.getUint16(0)),
    write: (view, value) =>
      bytes === 1 ? view.setUint8(0, encode(value)) : view.setUint16(0, encode(value)),
    array: Float64Array,
    exactPrecision: 'float64',
  };
}

const halves: Readonly<Record<HalfFormat, HalfFacts>> = {
  float16: smallFacts({ exponentBits: 5, significandBits: 11 }),
  bfloat16: smallFacts({ exponentBits: 8, significandBits: 8 }),
};

const table: Readonly<Record<Format, FormatFacts>> = { ...native, ...halves };

/** The formats that JavaScript has arrays of: what a campaign draws where nobody names others. */
export const nativeFormats: readonly NativeFormat[] = Object.keys(native) as NativeFormat[];
/** The formats of 16 bits. */
export const halfFormats: readonly HalfFormat[] = Object.keys(halves) as HalfFormat[];
/** All formats that a case can have: a format's place is its number in the protocol. */
export const formats: readonly Format[] = [...nativeFormats, ...halfFormats];

export function isHalf(format: ElementFormat): format is HalfFormat {
  return format === 'float16' || format === 'bfloat16';
}

/** Written out: a name that varies is slow to look up in a table, and this is asked of every tensor. */
export function formatFacts(format: Format): FormatFacts {
  if (format === 'float32') return native.float32;
  return format === 'float64' ? native.float64 : table[format];
}

export function halfFacts(format: HalfFormat): HalfFacts {
  return halves[format];
}

/**
 * The format by the array's class: for the edges, where data comes with no case that says it. Anywhere else
 * the format is handed along with the data (src/architecture.test.ts).
 */
export function formatOf(data: FloatArray): NativeFormat {
  return data instanceof Float32Array ? 'float32' : 'float64';
}

/** Whether it is data of some format, for who is handed anything. */
export function isFloatArray(data: unknown): data is FloatArray {
  return data instanceof Float32Array || data instanceof Float64Array;
}

/** What class indices are held in. */
export function isIndexArray(data: unknown): data is Int32Array {
  return data instanceof Int32Array;
}

/** Whether data of the format is held so, whatever its values. */
export function isHeldAs(format: Format, data: FloatArray): boolean {
  return data instanceof table[format].array;
}

export function createFloatArray(format: Format, length: number): FloatArray {
  return new table[format].array(length);
}

export function createArray(format: ElementFormat, length: number): FloatArray | Int32Array {
  return format === 'int32' ? new Int32Array(length) : createFloatArray(format, length);
}

/** Zeros, as a kernel is handed numbers of the format. */
export function createFloatData(format: Format, length: number): FloatData {
  return isHalf(format) ? new Uint16Array(length) : createFloatArray(format, length);
}

/** The number 1, as it stands in such data. */
export function oneIn(format: Format): number {
  return isHalf(format) ? halves[format].encode(1) : 1;
}

/** The values rounded to the format. */
export function floatArrayFrom(format: Format, values: ArrayLike<number>): FloatArray {
  return roundAll(table[format].array.from(values), format);
}

/**
 * Rounds the values where they stand, and gives the array back. What is written into the array of a native
 * format is rounded by that; the values of a half are not, and whoever computes them rounds them by this.
 */
export function roundAll<D extends FloatArray>(data: D, format: Format): D {
  if (!isHalf(format)) return data;
  const { round } = halves[format];
  for (let i = 0; i < data.length; i++) data[i] = round(data[i]!);
  return data;
}

/** Rounds to nearest, ties to even, overflowing to ±∞. */
export function roundTo(format: Format, value: number): number {
  return table[format].round(value);
}

/** The bits of values of a half, each of which becomes the nearest. */
export function encodedHalves(values: ArrayLike<number>, format: HalfFormat): Uint16Array<ArrayBuffer> {
  const { encode, encodeAll } = halves[format];
  const bits = new Uint16Array(values.length);
  if (values instanceof Float64Array) encodeAll(values, bits);
  else for (let i = 0; i < bits.length; i++) bits[i] = encode(values[i]!);
  return bits;
}

/** The values that the bits of a half are. */
export function decodedHalves(bits: ArrayLike<number>, format: HalfFormat): Float64Array<ArrayBuffer> {
  const { decode } = halves[format];
  const values = new Float64Array(bits.length);
  for (let i = 0; i < values.length; i++) values[i] = decode(bits[i]!);
  return values;
}
