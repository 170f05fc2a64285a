/** The IEEE 754 formats that data can have, and their constants. Knows no tensor and no softmax. */

/** An IEEE 754 format that data can have. */
export type Format = 'float32' | 'float64';
/** The typed arrays that hold the data of float tensors. */
export type FloatArray = Float32Array | Float64Array;

/** What the elements of a tensor are: floats of a format, or class indices. */
export type ElementFormat = Format | 'int32';

/** All formats, the narrowest first. */
export const formats: readonly Format[] = ['float32', 'float64'];

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
  readonly bytes: 4 | 8;
}

const float32Facts: FormatFacts = {
  unitRoundoff: 2 ** -24,
  smallestSubnormal: 2 ** -149,
  smallestNormal: 2 ** -126,
  largestFinite: (2 - 2 ** -23) * 2 ** 127,
  logOfLargestFinite: Math.log((2 - 2 ** -23) * 2 ** 127),
  logOfSmallestNormal: Math.log(2 ** -126),
  logOfZero: -150 * Math.LN2,
  significandBits: 24,
  bytes: 4,
};

const float64Facts: FormatFacts = {
  unitRoundoff: 2 ** -53,
  smallestSubnormal: 2 ** -1074,
  smallestNormal: 2 ** -1022,
  largestFinite: Number.MAX_VALUE,
  logOfLargestFinite: Math.log(Number.MAX_VALUE),
  logOfSmallestNormal: -1022 * Math.LN2,
  logOfZero: -1075 * Math.LN2,
  significandBits: 53,
  bytes: 8,
};

export function formatFacts(format: Format): FormatFacts {
  return format === 'float32' ? float32Facts : float64Facts;
}

/**
 * The format by the array's class: for the edges, where data comes with no case that says it. Anywhere else
 * the format is handed along with the data (src/architecture.test.ts).
 */
export function formatOf(data: FloatArray): Format {
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

/** Whether data of the format is held so. */
export function isHeldAs(format: Format, data: FloatArray): boolean {
  return data instanceof (format === 'float32' ? Float32Array : Float64Array);
}

export function createFloatArray(format: Format, length: number): FloatArray {
  return format === 'float32' ? new Float32Array(length) : new Float64Array(length);
}

export function createArray(format: ElementFormat, length: number): FloatArray | Int32Array {
  return format === 'int32' ? new Int32Array(length) : createFloatArray(format, length);
}

export function floatArrayFrom(format: Format, values: ArrayLike<number>): FloatArray {
  return format === 'float32' ? Float32Array.from(values) : Float64Array.from(values);
}

/** Rounds to nearest, ties to even, overflowing to ±∞. */
export function roundTo(format: Format, value: number): number {
  return format === 'float32' ? Math.fround(value) : value;
}
