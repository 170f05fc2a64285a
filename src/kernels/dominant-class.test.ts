/**
 * The gradient of a softmax in which one class has nearly all: what is left to the others must not be
 * rounding.
 */
import { expect, test } from 'vitest';
import { ulpError } from '../float/ulp.ts';
import type { Format } from '../float/format.ts';
import { softmaxBackward } from './softmax.ts';

// mpmath, 400 bits: p·(dy − Σ p·dy) of the logits [40, −40, −38.5] and dy [0.75, −0.5, 0.25]
const exact = [6.300455604052412e-35, -2.256064234806769e-35, -4.0443913692456425e-35];

test.each<[Format, typeof Float32Array | typeof Float64Array, number]>([
  ['float32', Float32Array, 0.501],
  ['float64', Float64Array, 4],
])('%s: every element to the last digits, in every order of the classes', (format, array, ulpsMax) => {
  for (const order of [
    [0, 1, 2],
    [1, 0, 2],
    [2, 1, 0],
  ]) {
    const ordered = (values: readonly number[]): { shape: number[]; data: Float32Array | Float64Array } => ({
      shape: [3],
      data: array.from(order.map((k) => values[k]!)),
    });

    const { data } = softmaxBackward(ordered([40, -40, -38.5]), ordered([0.75, -0.5, 0.25]));

    const ulps = order.map((k, i) => ulpError(data[i]!, { exact: exact[k]!, format })!);
    expect(Math.max(...ulps)).toBeLessThanOrEqual(ulpsMax);
  }
});

test('what all classes are told alike changes nothing: the gradient is 0', () => {
  const { data } = softmaxBackward(
    { shape: [3], data: Float64Array.of(5, 1, -7) },
    { shape: [3], data: Float64Array.of(0.1, 0.1, 0.1) },
  );

  expect([...data].map(Math.abs)).toEqual([0, 0, 0]);
});

test('a difference of two dy that overflows is no one else’s', () => {
  const { data } = softmaxBackward(
    { shape: [3], data: Float64Array.of(0, -50, -60) },
    { shape: [3], data: Float64Array.of(1.5e308, -1.5e308, 1) },
  );

  expect(Number.isFinite(data[0])).toBe(true);
  expect(ulpError(data[2]!, { exact: -1.313476614404478e282, format: 'float64' })).toBeLessThan(4);
});
