import { expect, test } from 'vitest';
import { when } from './when.ts';

test('a value is gone on with at once, without a promise', () => {
  expect(when(1, (value) => value + 2)).toBe(3);
});

test('a promise makes a promise of the whole, also where only a later step waits', async () => {
  const late = when(Promise.resolve(1), (value) => value + 2);
  const nested = when(1, (a) => when(Promise.resolve(2), (b) => a + b));

  expect([late, nested].every((result) => result instanceof Promise)).toBe(true);
  expect(await Promise.all([late, nested])).toEqual([3, 3]);
});

test('a rejected promise rejects the whole and the next step is not taken', async () => {
  const taken: number[] = [];

  const result = when(Promise.reject<number>(new Error('late')), (value) => taken.push(value));

  await expect(result).rejects.toThrow('late');
  expect(taken).toEqual([]);
});
