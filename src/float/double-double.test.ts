/**
 * Double-double held against whole numbers, which BigInt has
 * exactly, and against digits from mpmath 1.4 at 60 digits.
 */
import { describe, expect, test } from 'vitest';
import * as dd from './double-double.ts';
import type { DoubleDouble } from './double-double.ts';

/** hi + lo as hexadecimal parts of the digits: what is left when both are taken from them, relative to hi. */
function errorAgainst({ hi, lo }: DoubleDouble, expected: DoubleDouble): number {
  return Math.abs((hi - expected.hi + (lo - expected.lo)) / expected.hi);
}

const big = 2 ** 60 + 2 ** 8;

describe('error-free transformations', () => {
  test.each([
    [1, 2 ** -60, { hi: 1, lo: 2 ** -60 }],
    [2 ** -60, 1, { hi: 1, lo: 2 ** -60 }],
    [-(2 ** 80), 3, { hi: -(2 ** 80), lo: 3 }],
    [3, -(2 ** 80), { hi: -(2 ** 80), lo: 3 }],
  ])('%d + %d is exact in two parts, whichever is larger', (a, b, expected) => {
    expect(dd.twoSum(a, b)).toEqual(expected);
  });

  test('a product of two 53-bit integers is exact in two parts', () => {
    const [a, b] = [9007199254740881, 9007199254740847];
    const { hi, lo } = dd.twoProduct(a, b);

    expect(BigInt(hi) + BigInt(lo)).toBe(BigInt(a) * BigInt(b));
  });

  test('above the limit of the splitter too', () => {
    const { hi, lo } = dd.twoProduct(2 ** 1000 * (1 + 2 ** -52), 1 + 2 ** -52);

    expect(hi).toBe(2 ** 1000 * (1 + 2 ** -51));
    expect(lo).toBe(2 ** 896);
  });
});

describe('106 bits', () => {
  const a = { hi: big, lo: 5 };
  const b = { hi: 2 ** 58 + 2 ** 6, lo: 7 };

  test('products and quotients', () => {
    const exact = (BigInt(big) + 5n) * (BigInt(2 ** 58 + 2 ** 6) + 7n);
    const { hi, lo } = dd.multiply(a, b);
    const difference = BigInt(hi) + BigInt(lo) - exact;
    const back = dd.divide({ hi, lo }, b);

    expect(Number(difference < 0n ? -difference : difference) / Number(exact)).toBeLessThan(2 ** -102);
    expect(errorAgainst(back, a)).toBeLessThan(2 ** -102);
  });

  test('a product reaches its result though its factors on the way would not', () => {
    const { hi } = dd.product([dd.from(2 ** -900), dd.from(2 ** -900), dd.from(2 ** 900), dd.from(2 ** 900)]);

    expect(hi).toBe(1);
    expect(dd.product([dd.zero, dd.from(-Infinity)]).hi).toBeNaN();
  });
});

// mpmath: hi = float(x), lo = float(x − hi)
const powers = [
  [1, 2.718281828459045, 1.4456468917292502e-16],
  [-0.3, 0.7408182206817179, -1.805530505953e-18],
  [-40.7, 2.1096702884774952e-18, -1.6353531610937543e-34],
] as const;
const logarithms = [
  [1e-3, 0.0009995003330835331, 3.8971025988294614e-20],
  [0.12, 0.11332868530700317, -5.609786574748233e-19],
  [6, 1.9459101490553132, 7.323586207904907e-17],
] as const;

describe('exp, log and log1p against mpmath', () => {
  test.each(powers)('e^%d', (x, hi, lo) => {
    expect(errorAgainst(dd.exp(dd.from(x)), { hi, lo })).toBeLessThan(2 ** -98);
  });

  test.each(logarithms)('log(1 + %d)', (x, hi, lo) => {
    expect(errorAgainst(dd.log1p(dd.from(x)), { hi, lo })).toBeLessThan(2 ** -98);
  });

  test('log1p of a very small number is not log of 1 more', () => {
    const { hi, lo } = dd.log1p(dd.from(2 ** -80));

    expect(hi).toBe(2 ** -80);
    expect(lo).toBe(-(2 ** -161));
  });

  test('e to what overflows is ∞, to what underflows 0', () => {
    expect(dd.exp(dd.from(710)).hi).toBe(Infinity);
    expect(dd.exp(dd.from(-746)).hi).toBe(0);
  });
});
