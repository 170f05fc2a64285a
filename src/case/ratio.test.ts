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
    expect(ratioOf({ ...given, got: 2 ** -120, exact: 0, allowed: 0 }, 'float32')).toBe(2 ** 28);
  });
});

test('of two ratios the larger one counts, and one that is not known says nothing', () => {
  expect(largerRatio(2, 3)).toBe(3);
  expect(largerRatio('Infinity', 3)).toBe('Infinity');
  expect(largerRatio(3, undefined)).toBe(3);
  expect(largerRatio(undefined, null)).toBeNull();
  expect(largerRatio(undefined, undefined)).toBeUndefined();
});
