import { expect, test } from 'vitest';
import { productOf3 } from './product-of-3.ts';

const orders = ([a, b, c]: readonly [number, number, number]): number[] =>
  [
    [a, b, c],
    [a, c, b],
    [b, a, c],
    [b, c, a],
    [c, a, b],
    [c, b, a],
  ].map(([x, y, z]) => productOf3(x!, y!, z!));

test('a product that is a number does not overflow on the way, in any order', () => {
  expect(orders([2 ** 1000, -(2 ** 1000), 2 ** -1000])).toEqual(Array(6).fill(-(2 ** 1000)));
});

test('a product that is normal does not underflow on the way, in any order', () => {
  expect(orders([2 ** -1000, 2 ** -1000, 2 ** 1000])).toEqual(Array(6).fill(2 ** -1000));
  expect(orders([2 ** -1022, 3 * 2 ** -50, 2 ** 100])).toEqual(Array(6).fill(3 * 2 ** -972));
});

test('what overflows or underflows does', () => {
  expect(orders([2 ** 600, 2 ** 600, 2 ** -100])).toEqual(Array(6).fill(Infinity));
  expect(orders([2 ** -600, 2 ** -600, 2 ** 100])).toEqual(Array(6).fill(0));
});

test('0 times what is finite is 0, and times an infinity NaN', () => {
  expect(orders([0, 2 ** 1000, 2 ** 1000])).toEqual(Array(6).fill(0));
  expect(orders([0, 2, Infinity])).toEqual(Array(6).fill(NaN));
  expect(orders([2 ** -1000, 2 ** -1000, Infinity])).toEqual(Array(6).fill(Infinity));
});
