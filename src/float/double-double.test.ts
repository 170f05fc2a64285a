/**
 * Double-double held against whole numbers, which BigInt has
 * exactly, and against digits from mpmath 1.4 at 60 digits.
 */
import { describe, expect, test } from 'vitest';
import { DoubleDouble, doubleDoubles, expAll, log1pAll, ScaledProduct, ScaledSum } from './double-double.ts';

interface Parts {
  readonly hi: number;
  readonly lo: number;
}

/** hi + lo as hexadecimal parts of the digits: what is left when both are taken from them, relative to hi. */
function errorAgainst({ hi, lo }: Parts, expected: Parts): number {
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
    expect(new DoubleDouble().setSum(a, b)).toMatchObject(expected);
  });

  test('a product of two 53-bit integers is exact in two parts', () => {
    const [a, b] = [9007199254740881, 9007199254740847];
    const { hi, lo } = new DoubleDouble().setProduct(a, b);

    expect(BigInt(hi) + BigInt(lo)).toBe(BigInt(a) * BigInt(b));
  });

  test('above the limit of the splitter too', () => {
    const { hi, lo } = new DoubleDouble().setProduct(2 ** 1000 * (1 + 2 ** -52), 1 + 2 ** -52);

    expect(hi).toBe(2 ** 1000 * (1 + 2 ** -51));
    expect(lo).toBe(2 ** 896);
  });
});

describe('106 bits', () => {
  const a = { hi: big, lo: 5 };
  const b = { hi: 2 ** 58 + 2 ** 6, lo: 7 };

  test('products and quotients', () => {
    const exact = (BigInt(big) + 5n) * (BigInt(2 ** 58 + 2 ** 6) + 7n);
    const { hi, lo } = new DoubleDouble(a.hi, a.lo).multiply(b.hi, b.lo);
    const difference = BigInt(hi) + BigInt(lo) - exact;
    const back = new DoubleDouble(hi, lo).divide(b.hi, b.lo);

    expect(Number(difference < 0n ? -difference : difference) / Number(exact)).toBeLessThan(2 ** -102);
    expect(errorAgainst(back, a)).toBeLessThan(2 ** -102);
  });

  test('a product reaches its result though its factors on the way would not', () => {
    const product = new ScaledProduct()
      .times(2 ** -900)
      .times(2 ** -900)
      .times(2 ** 900)
      .times(2 ** 900);

    expect(product.into(new DoubleDouble()).hi).toBe(1);
    expect(product.start().times(0).times(-Infinity).into(new DoubleDouble()).hi).toBeNaN();
  });

  test('of a sum reaches beyond float64 on the way, and keeps what is small', () => {
    const sum = new ScaledSum();
    sum.add(1, 0, 2000);
    sum.add(3, 0, 0);
    sum.add(-1, 0, 2000);

    expect(sum.into(new DoubleDouble()).hi).toBe(0); // 3 is beyond the 106 bits of 2^2000
    sum.start().add(1, 2 ** -60, -5);
    sum.add(1.5, 0, 40);
    sum.divide(2 ** 41);

    expect(sum.into(new DoubleDouble())).toMatchObject({ hi: 0.75 + 2 ** -46, lo: 2 ** -106 });
    sum.start().add(-1, 0, 2000);

    expect(sum.exponent).toBe(2000);
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
    expect(errorAgainst(new DoubleDouble(x).exp(), { hi, lo })).toBeLessThan(2 ** -98);
  });

  test.each(logarithms)('log(1 + %d)', (x, hi, lo) => {
    expect(errorAgainst(new DoubleDouble(x).log1p(), { hi, lo })).toBeLessThan(2 ** -98);
  });

  test('log1p of a very small number is not log of 1 more', () => {
    const { hi, lo } = new DoubleDouble(2 ** -80).log1p();

    expect(hi).toBe(2 ** -80);
    expect(lo).toBe(-(2 ** -161));
  });

  test('e to what overflows is ∞, to what underflows 0', () => {
    expect(new DoubleDouble(710).exp().hi).toBe(Infinity);
    expect(new DoubleDouble(-746).exp().hi).toBe(0);
  });

  test('many at once, in several blocks, are each what it is alone', () => {
    const special = [0, -0, NaN, Infinity, -Infinity, 710, -746, 2 ** -1074, -700.5];
    const exponents = Array.from({ length: 150 }, (_, i) => special[i % 15] ?? 40 * Math.sin(i));
    const all = doubleDoubles(150);
    all.hi.set(exponents);

    expAll(all, 150);

    const alone = exponents.map((x) => new DoubleDouble(x).exp());
    expect([...all.hi]).toEqual(alone.map(({ hi }) => hi));
    expect([...all.lo]).toEqual(alone.map(({ lo }) => lo));
  });

  test('logarithms of many at once, too', () => {
    const special = [0, 0.124, 0.125, Infinity, NaN, 2 ** -90, -0.1, 1e300];
    const numbers = Array.from({ length: 150 }, (_, i) => special[i % 17] ?? 9 * Math.abs(Math.sin(i)));
    const all = doubleDoubles(150);
    all.hi.set(numbers);

    log1pAll(all, 150);

    const alone = numbers.map((x) => new DoubleDouble(x).log1p());
    expect([...all.hi]).toEqual(alone.map(({ hi }) => hi));
    expect([...all.lo]).toEqual(alone.map(({ lo }) => lo));
  });
});
