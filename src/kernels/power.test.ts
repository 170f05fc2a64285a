/** The bound of docs/numerics.md §18, held against exp in double-double. */
import { describe, expect, test } from 'vitest';
import { DoubleDouble } from '../float/double-double.ts';
import { ulpError } from '../float/ulp.ts';
import { softmax } from './softmax.ts';
import { powerOfMinus } from './power.ts';

const stepWidth = Math.LN2 / 1024;
const golden = (Math.sqrt(5) - 1) / 2;
/** Spread over 0 … max without a pattern. */
const spread = (count: number, max: number): number[] =>
  Array.from({ length: count }, (_, i) => ((i * golden) % 1) * max);

/** The error as a share of what §18 allows. */
function errorOfBound(a: number): number {
  const exact = new DoubleDouble(-a).exp();
  const relative = Math.abs(new DoubleDouble(powerOfMinus(a)).subtract(exact.hi, exact.lo).hi) / exact.hi;
  return relative / ((11 + 2 * a) * 2 ** -53);
}

describe('e^−a is within (11 + 2a)·2^−53', () => {
  test.each([
    ['at all sizes that matter to a sum', spread(20_000, 40)],
    ['over the whole range', spread(20_000, 680)],
    [
      'at each entry of the table, and half way between two',
      Array.from({ length: 2049 }, (_, i) => (i * stepWidth) / 2),
    ],
    [
      'at each power of two, and beside it',
      Array.from({ length: 980 }, (_, i) => [i, i + 1e-9, i - 1e-9])
        .flat()
        .map((i) => Math.abs(i) * Math.LN2),
    ],
    ['close to 0', Array.from({ length: 80 }, (_, i) => 2 ** -i)],
  ])('%s', (_, exponents) => {
    const worst = Math.max(...exponents.map(errorOfBound));

    expect(worst).toBeLessThanOrEqual(1);
    expect(worst).toBeGreaterThan(0); // an oracle that shared the kernel's arithmetic would see nothing
  });
});

test('e^0 is 1, of either zero, and nothing is larger', () => {
  expect(powerOfMinus(0)).toBe(1);
  expect(powerOfMinus(-0)).toBe(1);
  expect(powerOfMinus(2 ** -60)).toBe(1);
  expect(powerOfMinus(stepWidth / 2)).toBeLessThan(1);
});

test('it is 0 from 680 on, far below what float32 can see, and NaN for NaN', () => {
  expect(powerOfMinus(680)).toBeGreaterThan(0);
  expect(powerOfMinus(680 * (1 + 2 ** -52))).toBe(0);
  expect(powerOfMinus(Infinity)).toBe(0);
  expect(powerOfMinus(NaN)).toBeNaN();
});

test('a float32 share is within 0.501 ULP, down through the subnormal ones to 0', () => {
  const errors = spread(5_000, 110).map((gap) => {
    const x = Float32Array.of(0, -gap);
    const share = softmax({ shape: [2], data: x }).data[1]!;
    const power = Math.exp(x[1]!);
    return ulpError(share, { exact: power / (1 + power), format: 'float32' })!;
  });

  expect(Math.max(...errors)).toBeLessThanOrEqual(0.501);
  expect(softmax({ shape: [2], data: Float32Array.of(0, -103) }).data[1]).toBe(2 ** -149);
  expect(softmax({ shape: [2], data: Float32Array.of(0, -104) }).data[1]).toBe(0);
});
