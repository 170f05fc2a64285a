import { expect, test } from 'vitest';
import {
  analyticTruncationBound,
  extrapolate,
  levels,
  roundingBound,
  truncationBound,
} from './richardson.ts';

const h = 0.25;

/** D(h), D(h/2), D(h/4) of f at 0. */
function differencesOf(f: (t: number) => number): number[] {
  return Array.from({ length: levels }, (_, level) => {
    const step = h / 2 ** level;
    return (f(step) - f(-step)) / (2 * step);
  });
}

test('a polynomial of degree 6 is differentiated with no truncation at all', () => {
  const derivative = extrapolate(differencesOf((t) => 3 * t - 5 * t ** 3 + 7 * t ** 5 + t ** 6));

  expect(Math.abs(derivative - 3)).toBeLessThan(roundingBound(8 * 2 ** -53, h));
});

test('of t⁷, whose seventh derivative is 5040, the error is at most the truncation bound, and half of it at least', () => {
  const error = Math.abs(extrapolate(differencesOf((t) => t ** 7)));

  expect(error).toBeLessThanOrEqual(truncationBound(5040, h));
  expect(error).toBeGreaterThan(truncationBound(5040, h) / 2);
});

test('of 1/(1 − t/2), at most 2 on the unit disc, the error is at most the bound for analytic functions', () => {
  const step = 2 ** -5;
  const differences = [0, 1, 2].map((level) => {
    const s = step / 2 ** level;
    return (1 / (1 - s / 2) - 1 / (1 + s / 2)) / (2 * s);
  });

  expect(Math.abs(extrapolate(differences) - 0.5)).toBeLessThan(analyticTruncationBound(2, step));
});

test('errors of δ in each value make at most the rounding bound, and can make all of it', () => {
  const delta = 2 ** -20;
  const alternating = [delta, -delta, delta].map((error, level) => (2 ** level * error) / h);

  expect(Math.abs(extrapolate(alternating))).toBeLessThanOrEqual(roundingBound(delta, h));
  expect(Math.abs(extrapolate(alternating))).toBeGreaterThan(0.99 * roundingBound(delta, h));
});
