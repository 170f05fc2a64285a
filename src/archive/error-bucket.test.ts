import { expect, test } from 'vitest';
import { excessOf, sumOfBuckets, type ErrorBucket } from './error-bucket.ts';

const within: ErrorBucket = { cases: 2, ulps: 900, allowed: 1_000, notFinite: 0 };
const outside: ErrorBucket = { cases: 1, ulps: 30, allowed: 10, notFinite: 0 };
const lost: ErrorBucket = { cases: 4, ulps: 0, allowed: 0, notFinite: 3 };

test('a sum counts all cases, and keeps the element that is worst by its own tolerance, not by its ULPs', () => {
  expect(sumOfBuckets(within, outside)).toEqual({ cases: 3, ulps: 30, allowed: 10, notFinite: 0 });
});

test('a sum is the same in any order and grouping', () => {
  const twin = { ...outside, ulps: 60, allowed: 20 };
  const sums = [
    sumOfBuckets(sumOfBuckets(within, outside), sumOfBuckets(lost, twin)),
    sumOfBuckets(twin, sumOfBuckets(lost, sumOfBuckets(outside, within))),
    sumOfBuckets(sumOfBuckets(outside, twin), sumOfBuckets(within, lost)),
  ];

  expect(sums).toEqual(Array(3).fill({ cases: 8, ulps: 60, allowed: 20, notFinite: 3 }));
});

test('an error where none is allowed exceeds any other; none where none is allowed exceeds nothing', () => {
  expect(excessOf({ ulps: 1, allowed: 0 })).toBe(Infinity);
  expect(excessOf({ ulps: 0, allowed: 0 })).toBe(0);
});
