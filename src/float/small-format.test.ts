/**
 * Formats of at most 16 bits against fractions of whole numbers, which BigInt has exactly, over every pattern
 * and every midpoint; and against what NumPy and ml_dtypes say (golden/halves.py).
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { measuredText } from './decimal.ts';
import { halfFacts, halfFormats, roundTo, smallFacts, type HalfFacts, type HalfFormat } from './format.ts';
import { fromOrdinal, isRepresentable, nextDown, nextUp, toOrdinal, ulpDistance, ulpSize } from './ulp.ts';

const patterns = Array.from({ length: 65_536 }, (_, bits) => bits);

/** The finite magnitudes in ascending order, and the power of two above them. */
function magnitudesOf(facts: HalfFacts): number[] {
  const values: number[] = [];
  for (let bits = 0; facts.decode(bits) < Infinity; bits++) values.push(facts.decode(bits));
  return [...values, 2 ** (facts.exponentMax + 1)];
}

/** Midpoints of neighbours, each between the values that `below` and `above` have next to it; then −. */
function aroundMidpoints(facts: HalfFacts, format: 'float32' | 'float64'): number[] {
  const ends = magnitudesOf(facts);
  const around = ends.slice(1).flatMap((end, i) => {
    const middle = (ends[i]! + end) / 2;
    return [nextDown(middle, format), middle, nextUp(middle, format)];
  });
  return [...around, ...around.map((value) => -value)];
}

/** A float64 as a whole number of 2^-1074. */
function whole(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const exponent = bits >> 52n;
  const significand = bits & 0xf_ffff_ffff_ffffn;
  return exponent === 0n ? significand : (significand + (1n << 52n)) << (exponent - 1n);
}

/** The bits of the nearest magnitude by search and whole numbers: nothing is rounded anywhere. */
function nearestBits(value: number, wholes: readonly bigint[]): number {
  const target = whole(value);
  let [low, high] = [0, wholes.length - 1];
  if (target >= wholes[high]!) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (wholes[middle]! <= target) low = middle;
    else high = middle;
  }
  const [toLow, toHigh] = [target - wholes[low]!, wholes[high]! - target];
  if (toLow === toHigh) return low % 2 === 0 ? low : high;
  return toLow < toHigh ? low : high;
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function bytesOf({ buffer }: Uint16Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer);
}

interface Words {
  readonly values: string;
  readonly float64?: string;
  readonly float32: string;
  readonly count: number;
}

const golden = JSON.parse(readFileSync(new URL('golden/halves.json', import.meta.url), 'utf8')) as Readonly<
  Record<HalfFormat, Words>
>;

describe.each(halfFormats)('%s', (format) => {
  const facts = halfFacts(format);
  const { decode, encode } = facts;
  const isNotNaN = (bits: number): boolean => !Number.isNaN(decode(bits));

  test('every pattern is decoded and encoded back, NaN payloads, infinities and −0 too', () => {
    expect(patterns.filter((bits) => encode(decode(bits)) !== bits)).toEqual([]);
  });

  test('what rounds to even, up and down at each midpoint is what whole numbers say', () => {
    const wholes = magnitudesOf(facts).map(whole);
    const wrong = aroundMidpoints(facts, 'float64').filter((value) => {
      const bits = nearestBits(value, wholes);
      return (
        encode(value) !== bits + (value < 0 ? 0x8000 : 0) || roundTo(format, value) !== decode(encode(value))
      );
    });

    expect(wrong).toEqual([]);
  });

  test('so do values anywhere in float64', () => {
    const wholes = magnitudesOf(facts).map(whole);
    const values = Array.from(
      { length: 5_000 },
      (_, i) => (1 + ((i * 0.618_033_988_75) % 1)) * 2 ** ((i % 400) - 200),
    );

    expect(values.filter((value) => encode(value) !== nearestBits(value, wholes))).toEqual([]);
  });

  test('all values, and what midpoints and their neighbours round to, are those of NumPy', () => {
    const { values, count, ...words } = golden[format];
    const decoded = Float64Array.from(patterns.filter(isNotNaN), decode);
    expect(digestOf(bytesOf(decoded))).toBe(values);

    for (const wider of Object.keys(words) as ('float32' | 'float64')[]) {
      const inputs = aroundMidpoints(facts, wider);
      expect(inputs.length).toBe(count);
      expect(digestOf(bytesOf(Uint16Array.from(inputs, encode)))).toBe(golden[format][wider]);
    }
  });

  test('ordinals are the bits, and neighbours one apart, over all patterns', () => {
    const wrong = patterns.filter(isNotNaN).filter((bits) => {
      const value = decode(bits);
      const ordinal = BigInt(bits & 0x7fff) * (bits >= 0x8000 ? -1n : 1n);
      const isLast = value === Infinity;
      return !(
        toOrdinal(value, format) === ordinal &&
        fromOrdinal(ordinal, format) === (value === 0 ? 0 : value) &&
        isRepresentable(value, format) &&
        (isLast || nextDown(nextUp(value, format), format) === value) &&
        (isLast || ulpDistance(value, nextUp(value, format), format) === 1)
      );
    });

    expect(wrong).toEqual([]);
  });

  test('an ULP is the step to the next, and what lies between is of no format', () => {
    const values = magnitudesOf(facts).slice(0, -2);

    expect(values.filter((value) => ulpSize(value, format) !== nextUp(value, format) - value)).toEqual([]);
    expect(values.filter((value) => isRepresentable(value + ulpSize(value, format) / 4, format))).toEqual([]);
  });

  test('the fewest digits read back to the same number', () => {
    const values = patterns.filter((bits) => bits % 7 === 0 && isNotNaN(bits)).map(decode);

    expect(
      values.filter((value) => !Object.is(roundTo(format, Number(measuredText(value, format))), value)),
    ).toEqual([]);
  });
});

test.each([
  ['float16', 1 + 2 ** -11 + 2 ** -40, 1 + 2 ** -10],
  ['float16', 1 + 2 ** -11, 1],
  ['float16', 65_519.999, 65_504],
  ['float16', 65_520, Infinity],
  ['float16', -65_520, -Infinity],
  ['float16', 2 ** -25, 0],
  ['float16', 2 ** -25 + 2 ** -60, 2 ** -24],
  ['float16', -(2 ** -26), -0],
  ['bfloat16', 1 + 2 ** -8 + 2 ** -40, 1 + 2 ** -7],
  ['bfloat16', (2 - 2 ** -8) * 2 ** 127, Infinity],
  ['bfloat16', 2 ** -134, 0],
  ['bfloat16', 3 * 2 ** -134, 2 ** -132],
] as const)('%s: %d is rounded once, to %d', (format, value, expected) => {
  expect(Object.is(roundTo(format, value), expected)).toBe(true);
});

test('a NaN whose payload has only low bits stays a NaN, with its sign', () => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, 0xfff8_0000_0000_0001n);

  expect(halfFacts('bfloat16').encode(view.getFloat64(0))).toBe(0xffc0);
  expect(halfFacts('float16').encode(view.getFloat64(0))).toBe(0xfe00);
});

test('a format of 8 bits with infinities is a row too', () => {
  const { decode, encode, largestFinite, smallestSubnormal, bytes } = smallFacts({
    exponentBits: 5,
    significandBits: 3,
  });

  expect({ largestFinite, smallestSubnormal, bytes }).toEqual({
    largestFinite: 57_344,
    smallestSubnormal: 2 ** -16,
    bytes: 1,
  });
  expect(
    Array.from({ length: 256 }, (_, bits) => bits).filter((bits) => encode(decode(bits)) !== bits),
  ).toEqual([]);
});
