import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formats, halfFacts, isHalf, type Format } from '../float/format.ts';
import { isRepresentable } from '../float/ulp.ts';
import { plainerNumbers, roundToBits, roundToMultiple, scaled } from './plainer-number.ts';
import { numberCost, significandBitsOf } from './simplicity.ts';

const valueOf = (format: Format): fc.Arbitrary<number> => {
  if (!isHalf(format)) return format === 'float32' ? fc.float() : fc.double();
  return fc.integer({ min: 0, max: 0xffff }).map(halfFacts(format).decode);
};

describe.each(formats)('for any %s', (format) => {
  test('every stand-in is finite, of the format, plainer, and never negative where that is not allowed', () => {
    fc.assert(
      fc.property(
        valueOf(format),
        fc.constantFrom<0 | 1>(0, 1),
        fc.boolean(),
        (value, favourite, isNegativeAllowed) => {
          for (const candidate of plainerNumbers(value, { format, favourite, isNegativeAllowed })) {
            expect(Number.isFinite(candidate) && isRepresentable(candidate, format)).toBe(true);
            expect(numberCost(candidate, favourite)).toBeLessThan(numberCost(value, favourite));
            expect(candidate >= 0 || isNegativeAllowed).toBe(true);
          }
        },
      ),
    );
  });

  test('the cost is a whole number of at least 0, and 0 for the favourite alone', () => {
    fc.assert(
      fc.property(valueOf(format), fc.constantFrom<0 | 1>(0, 1), (value, favourite) => {
        const cost = numberCost(value, favourite);
        expect(Number.isSafeInteger(cost) && cost >= 0).toBe(true);
        expect(cost === 0).toBe(Object.is(value, favourite));
      }),
    );
  });

  test('rounding to bits keeps at most so many, and is off by half a unit of the last at most', () => {
    fc.assert(
      fc.property(valueOf(format), fc.integer({ min: 1, max: 20 }), (value, bits) => {
        const rounded = roundToBits(value, { bits, format });
        fc.pre(Number.isFinite(rounded) && rounded !== 0);
        expect(significandBitsOf(rounded)).toBeLessThanOrEqual(bits);
        expect(Math.abs(rounded - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -bits);
      }),
    );
  });
});

test('the favourite comes first, then the plainest', () => {
  expect(plainerNumbers(-3, { format: 'float32', favourite: 0, isNegativeAllowed: true })).toEqual([
    0, 1, -1, 3, -4,
  ]);
  expect(plainerNumbers(-3, { format: 'float32', favourite: 1, isNegativeAllowed: true })[0]).toBe(1);
});

test('nothing is plainer than the favourite', () => {
  expect(plainerNumbers(0, { format: 'float64', favourite: 0, isNegativeAllowed: true })).toEqual([]);
  expect(plainerNumbers(1, { format: 'float64', favourite: 1, isNegativeAllowed: true })).toEqual([]);
});

test('NaN and infinities may become 0, 1 and −1', () => {
  expect(plainerNumbers(Number.NaN, { format: 'float32', favourite: 0, isNegativeAllowed: true })).toEqual([
    0, 1, -1,
  ]);
});

test.each([
  [1, 1],
  [3, 2],
  [0.75, 2],
  [2 ** -1074, 1],
  [3 * 2 ** -1074, 2],
  [2 ** -1030, 1],
  [Number.MAX_VALUE, 53],
  [-5, 3],
  [2 ** 53 - 1, 53],
])('%d has %i significant bits', (value, bits) => {
  expect(significandBitsOf(value)).toBe(bits);
});

test('rounding to a multiple reaches the ends of the format', () => {
  expect(roundToMultiple(Math.fround(3.4e38), { exponent: 127, format: 'float32' })).toBe(Infinity);
  expect(roundToMultiple(-0.3, { exponent: 0, format: 'float64' })).toBe(-0);
  expect(roundToMultiple(2 ** -1074, { exponent: -1080, format: 'float64' })).toBe(2 ** -1074);
});

test('scaling survives a factor that is no float64 itself', () => {
  expect(scaled(2 ** -1074, 1074, 'float64')).toBe(1);
  expect(scaled(2 ** 1023, -1023, 'float64')).toBe(1);
});
