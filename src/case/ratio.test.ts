import { describe, expect, test } from 'vitest';
import { largerRatio, ratioOf } from './ratio.ts';

const given = { oracle: 'exact', got: 1.5, exact: 1, allowed: 0.25 } as const;

describe('the ratio of a divergence', () => {
  test('is its error over what is allowed', () => {
    expect(ratioOf(given, 'float32')).toBe(2);
  });

  test('is infinite where a side is not finite, and there is none of conduct', () => {
    expect(ratioOf({ ...given, got: Number.NaN }, 'float32')).toBe('Infinity');
    expect(ratioOf({ ...given, got: -Infinity }, 'float32')).toBe('Infinity');
    expect(ratioOf({ ...given, exact: Infinity, allowed: null }, 'float32')).toBe('Infinity');
    expect(ratioOf({ oracle: 'conduct', got: null, exact: null, allowed: null }, 'float32')).toBeNull();
  });

  test('is finite where both sides are, also at the ends of the range and where nothing is allowed', () => {
    const far = { oracle: 'exact', got: -Number.MAX_VALUE, exact: Number.MAX_VALUE } as const;

    expect(ratioOf({ ...far, allowed: 2 ** 1000 }, 'float64')).toBe(2 ** 25 - 2 ** -28);
    expect(ratioOf({ ...far, allowed: 0 }, 'float64')).toBe(Number.MAX_VALUE);
    expect(ratioOf({ ...given, got: 2 ** -120, exact: 0, allowed: 0 }, 'float32')).toBe(2 ** 29);
  });

  test('is the number of steps of the format where no more than one is allowed, down to the smallest number', () => {
    const step = { float32: 2 ** -149, float64: 2 ** -1074 } as const;

    for (const format of ['float32', 'float64'] as const) {
      const of = (got: number, allowed: number): unknown =>
        ratioOf(
          { oracle: 'exact', got: got * step[format], exact: 0, allowed: allowed * step[format] },
          format,
        );
      expect([of(3, 0), of(3, 1), of(6, 1.5), of(6, 3)]).toEqual([3, 3, format === 'float32' ? 4 : 3, 2]);
    }
  });
});

test('of two ratios the larger one counts, and one that is not known says nothing', () => {
  expect(largerRatio(2, 3)).toBe(3);
  expect(largerRatio('Infinity', 3)).toBe('Infinity');
  expect(largerRatio(3, undefined)).toBe(3);
  expect(largerRatio(undefined, null)).toBeNull();
  expect(largerRatio(undefined, undefined)).toBeUndefined();
});
