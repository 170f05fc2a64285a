import { describe, expect, test } from 'vitest';
import { nextUp } from '../float/ulp.ts';
import { softmax } from '../kernels/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import './index.ts';
import { kernelCase } from './kernel-case.ts';

const even = kernelCase({ operation: 'softmax', logits: [3, 3] });
const of = (...values: number[]): Tensor => ({ shape: [values.length], data: Float32Array.from(values) });

describe('toMatchExact', () => {
  test('passes the exact answer, and a sound kernel', () => {
    expect(of(0.5, 0.5)).toMatchExact(even, { strict: true });
    expect(softmax(even.logits)).toMatchExact(even);
  });

  test('passes one ULP beside it', () => {
    expect(of(nextUp(0.5, 'float32'), 0.5)).toMatchExact(even, { strict: true });
  });

  test('names the worst element, what it got, what was due, and each rounding that was allowed', () => {
    expect(() => expect(of(0.5, 0.25)).toMatchExact(even)).toThrow(
      /softmax\/float32 \[2\] axis -1 is wrong at \[1\]\n\n {2}got {6}0\.25\n {2}exact {4}0\.5\n {2}error {4}0\.25, 579895 times the allowed error\n {2}allowed {2}\S+, for\n/,
    );
    expect(() => expect(of(0.5, 0.25)).toMatchExact(even)).toThrow('exp of the class and of the sum');
  });

  test('zeros are no softmax of 5,000 classes, though each is within 1e-3', () => {
    const wide = kernelCase({ operation: 'softmax', logits: Array.from({ length: 5_000 }, () => 1) });

    expect(of(...Array.from({ length: 5_000 }, () => 0))).not.toMatchExact(wide);
  });

  test('strict is for a careful algorithm: a sum of 4,096 that is off by 200 roundings is inaccurate', () => {
    const wide = kernelCase({ operation: 'softmax', logits: Array.from({ length: 4_096 }, () => 0) });
    const answer = of(...Array.from({ length: 4_096 }, () => (1 + 200 * 2 ** -24) / 4_096));

    expect(answer).toMatchExact(wide);
    expect(() => expect(answer).toMatchExact(wide, { strict: true })).toThrow('is inaccurate');
  });

  test.each([
    [of(1), 'the shape is [1], not [2]'],
    [{ shape: [2], data: Float64Array.of(0.5, 0.5) }, 'the format is float64, not float32'],
    [{ shape: [2], data: Float32Array.of(0.5) }, 'there are 1 elements, not 2'],
    [[0.5, 0.5], 'an array is no tensor'],
    [Promise.resolve(of(0.5, 0.5)), 'await it first'],
  ])('%j: %s', (received, sentence) => {
    expect(() => expect(received).toMatchExact(even)).toThrow(sentence);
  });

  test('.not says what it got: an answer that is right', () => {
    expect(() => expect(of(0.5, 0.5)).not.toMatchExact(even)).toThrow('within its tolerance, and should not');
  });
});

describe('toBeWithinTolerance', () => {
  test.each([[[0.5, 0.5]], [Float32Array.of(0.5, 0.5)], [{ shape: [1, 2], data: [0.5, 0.5] }]])(
    'takes values from whatever holds them: %j',
    (received) => {
      expect(received).toBeWithinTolerance(even);
    },
  );

  test('takes a number alone', () => {
    const loss = kernelCase({ operation: 'crossEntropy', logits: [0, -1000], target: 1 });

    expect(1000).toBeWithinTolerance(loss);
    expect(Infinity).not.toBeWithinTolerance(loss);
  });

  test.each([
    [[0.5], 'there are 1 values, not 2'],
    [[0.1, 0.9], 'is no float32'],
    ['half', 'string holds no numbers'],
    [[0.5, '0.5'], 'an array holds no numbers'],
  ])('%j: %s', (received, sentence) => {
    expect(() => expect(received).toBeWithinTolerance(even)).toThrow(sentence);
  });
});

test('a case that decides nothing is an error: the test could not fail', () => {
  const big = 1.7e308;
  const overflowing = kernelCase({
    operation: 'crossEntropy',
    format: 'float64',
    reduction: 'none',
    logits: [[0, 0]],
    target: [[big, -big]],
  });

  expect(() => expect([Infinity]).toBeWithinTolerance(overflowing)).toThrow('decides nothing');
  expect(() => expect([Infinity]).not.toBeWithinTolerance(overflowing)).toThrow('decides nothing');
});
