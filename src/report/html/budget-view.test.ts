import { expect, test } from 'vitest';
import { shareText } from './budget.tsx';
import { budgetView } from './budget-view.ts';

const terms = [
  { name: 'small', value: 1 },
  { name: 'large', value: 3 },
  { name: 'none', value: 0 },
];

test('the largest term first, each with its share of what is allowed, and what of it was used', () => {
  const view = budgetView({ terms, allowed: 4, error: 6 });

  expect(view.terms.map(({ name, share }) => [name, share])).toEqual([
    ['large', 0.75],
    ['small', 0.25],
  ]);
  expect([view.allowed, view.error, view.used]).toEqual(['4', '6', 1.5]);
});

test.each([
  [{ allowed: 4, error: NaN }, 'not finite'],
  [{ allowed: 4, error: Infinity }, 'not finite'],
  [{ allowed: 4, error: null }, ''],
  [{ allowed: null, error: 6 }, ''],
])('%j: nothing is drawn over it', (given, error) => {
  const view = budgetView({ terms, ...given });

  expect([view.error, view.used]).toEqual([error, null]);
});

test.each([
  [0, '0 %'],
  [0.001, '< 1 %'],
  [1.624, '162 %'],
  [123_456, '123,000 ×'],
  [1.8e12, '1.8e+12 ×'],
])('a share of %d is told as %s', (share, text) => {
  expect(shareText(share)).toBe(text);
});
