import { expect, test } from 'vitest';
import { formatFacts } from './format.ts';
import {
  exponentOf,
  fromOrdinal,
  nextDown,
  nextUp,
  toOrdinal,
  ulpDistance,
  ulpError,
  toldUlps,
  ulpSize,
} from './ulp.ts';

test('ulpDistance counts −0 and +0 as zero steps, and the steps across zero one by one', () => {
  expect(ulpDistance(-0, 0, 'float32')).toBe(0);
  expect(ulpDistance(-(2 ** -149), 2 ** -149, 'float32')).toBe(2);
  expect(ulpDistance(-5e-324, 5e-324, 'float64')).toBe(2);
  expect(ulpDistance(NaN, 1, 'float64')).toBeNaN();
});

test('an ordinal is turned back into its value, and NaN has none', () => {
  for (const value of [0, 1, -1.5, 2 ** -149, -(2 ** 127), Infinity, -Infinity])
    expect(fromOrdinal(toOrdinal(value, 'float32'), 'float32')).toBe(value);
  expect(() => toOrdinal(NaN, 'float32')).toThrow('NaN has no ordinal');
});

test('nextUp and nextDown are one step, and infinities stay', () => {
  expect(nextUp(1, 'float32')).toBe(1 + 2 ** -23);
  expect(nextDown(1, 'float64')).toBe(1 - 2 ** -53);
  expect(nextUp(Infinity, 'float32')).toBe(Infinity);
  expect(nextDown(-Infinity, 'float64')).toBe(-Infinity);
});

test.each([
  [1, 'float32', 2 ** -23],
  [1.999, 'float32', 2 ** -23],
  [0.999, 'float32', 2 ** -24],
  [1, 'float64', 2 ** -52],
  [0, 'float32', 2 ** -149],
  [2 ** -130, 'float32', 2 ** -149],
  [2 ** -126, 'float32', 2 ** -149],
  [-(2 ** -125), 'float32', 2 ** -148],
] as const)('an ULP of %d in %s is %d', (value, format, size) => {
  expect(ulpSize(value, format)).toBe(size);
});

test.each([1, 1.5, 2 ** -1022, 2 ** -1060, 3 * 2 ** -1074, -(2 ** 1000)])(
  'the exponent of %d is that of its bits',
  (value) => {
    const exponent = exponentOf(value);

    expect(Math.abs(value)).toBeGreaterThanOrEqual(2 ** exponent);
    expect(Math.abs(value)).toBeLessThan(2 ** (exponent + 1));
  },
);

test('ulpError is of the format at the exact value, and null where there is none', () => {
  expect(ulpError(1 + 2 ** -22, { exact: 1, format: 'float32' })).toBe(2);
  expect(ulpError(1 + 2 ** -50, { exact: 1, format: 'float64' })).toBe(4);
  expect(ulpError(NaN, { exact: 1, format: 'float64' })).toBeNull();
});

test('of what is due below the normal numbers, 0 among them, no ULPs are told', () => {
  const tiny = formatFacts('float32').smallestNormal;

  expect(toldUlps(1e-40, { exact: 0, format: 'float32' })).toBeNull();
  expect(toldUlps(1, { exact: -tiny / 2, format: 'float32' })).toBeNull();
  expect(toldUlps(tiny * 1.5, { exact: tiny, format: 'float32' })).toBe(2 ** 22);
});
