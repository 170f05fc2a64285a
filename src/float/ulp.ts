/**
 * Bits, ordinals and distances between floats, in ULPs.
 * Knows nothing of tolerances: see oracles/tolerance.ts.
 */
import { formatFacts, roundTo, type Format } from './format.ts';
import { powerOfTwo } from './power-of-two.ts';

const view = new DataView(new ArrayBuffer(8));

/**
 * The position of a finite or infinite value among all values of its format, counted from zero: neighbouring
 * floats differ by 1, −0 and +0 are both 0, and the sign of the value is the sign of the ordinal.
 * @throws RangeError for NaN, which has no place in the order.
 */
export function toOrdinal(value: number, format: Format): bigint {
  if (Number.isNaN(value)) throw new RangeError('NaN has no ordinal');
  const { bytes, write } = formatFacts(format);
  write(view, Math.abs(value));
  const magnitude = view.getBigUint64(0) >> unusedBits(bytes);
  return value < 0 ? -magnitude : magnitude;
}

/** The inverse of `toOrdinal`; ordinal 0 gives +0. */
export function fromOrdinal(ordinal: bigint, format: Format): number {
  const magnitude = ordinal < 0n ? -ordinal : ordinal;
  const { bytes, read } = formatFacts(format);
  view.setBigUint64(0, magnitude << unusedBits(bytes));
  const value = read(view);
  return ordinal < 0n ? -value : value;
}

/** Bits of the view that a number of so many bytes, which stands first in it, leaves over. */
function unusedBits(bytes: number): bigint {
  return BigInt(64 - 8 * bytes);
}

/** Steps from one float to the other along the format's values; 0 for −0 against +0, NaN if either is NaN. */
export function ulpDistance(a: number, b: number, format: Format): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  const distance = toOrdinal(a, format) - toOrdinal(b, format);
  return Number(distance < 0n ? -distance : distance);
}

/** The next value of the format towards +∞ (+∞ stays). */
export function nextUp(value: number, format: Format): number {
  return value === Infinity ? value : fromOrdinal(toOrdinal(value, format) + 1n, format);
}

/** The next value of the format towards −∞ (−∞ stays). */
export function nextDown(value: number, format: Format): number {
  return value === -Infinity ? value : fromOrdinal(toOrdinal(value, format) - 1n, format);
}

/**
 * The size of one ULP of the format at a finite real value: 2^(exponent − significandBits + 1), and the
 * smallest subnormal below the normal range, so that it is never 0.
 */
export function ulpSize(value: number, format: Format): number {
  const { smallestNormal, smallestSubnormal, significandBits } = formatFacts(format);
  const magnitude = Math.abs(value);
  if (magnitude < smallestNormal) return smallestSubnormal;
  return powerOfTwo(exponentOf(magnitude) - significandBits + 1);
}

/** floor(log2 |value|) for a finite, non-zero float64, read from its bits. */
export function exponentOf(value: number): number {
  view.setFloat64(0, value);
  const biased = (view.getUint32(0) >>> 20) & 0x7ff;
  if (biased !== 0) return biased - 1023;
  view.setFloat64(0, value * 2 ** 54);
  return ((view.getUint32(0) >>> 20) & 0x7ff) - 1023 - 54;
}

/**
 * |computed − exact| in ULPs of the format at `exact`, as a real number; null where a side is not finite, or
 * the quotient (a float64 far from a subnormal one). `exact` is a float64 carrying more digits than the
 * format, not a value of it.
 */
export function ulpError(
  computed: number,
  { exact, format }: { exact: number; format: Format },
): number | null {
  if (!Number.isFinite(computed) || !Number.isFinite(exact)) return null;
  const difference = Math.abs(computed / 2 - exact / 2) * 2; // halves: the difference itself may overflow
  const ulps = difference / ulpSize(exact, format);
  return Number.isFinite(ulps) ? ulps : null;
}

/**
 * `ulpError` as it is told to people: null, too, where what is due is 0 or below the normal numbers of the
 * format. There a ULP is a step that says nothing of how much of the value is right.
 */
export function toldUlps(
  computed: number,
  { exact, format }: { exact: number; format: Format },
): number | null {
  if (Math.abs(exact) < formatFacts(format).smallestNormal) return null;
  return ulpError(computed, { exact, format });
}

/** True where the value is one of the format's own values (NaN and infinities included). */
export function isRepresentable(value: number, format: Format): boolean {
  return Object.is(roundTo(format, value), value);
}
