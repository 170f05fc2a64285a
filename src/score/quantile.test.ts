import { expect, test } from 'vitest';
import { groupOf, quantile, statisticsOf } from './quantile.ts';

test('a survivor is later than any kill', () => {
  expect(quantile([7, null, 3], 0.5)).toBe(7);
  expect(quantile([7, null, null], 0.5)).toBe(null);
});

test('of ten seeds the median is the fifth and the 90th percentile the ninth', () => {
  const { median, percentile90, killedSeeds } = statisticsOf([10, 9, 8, 7, 6, 5, 4, 3, 2, null]);

  expect([median, percentile90, killedSeeds]).toEqual([6, 10, 9]);
});

test('a group counts those that are killed in every seed', () => {
  const group = groupOf('some', [statisticsOf([1, 2]), statisticsOf([5, null])]);

  expect(group).toEqual({ name: 'some', mutants: 2, killed: 1, median: 1, percentile90: 5 });
});

test('nothing has no quantile', () => {
  expect(() => quantile([], 0.5)).toThrow(RangeError);
});
