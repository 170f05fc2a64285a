/** What each tolerance of others lets pass and refuses, by numbers that can be worked out by hand. */
import { expect, test } from 'vitest';
import { fixedTolerances } from './other-tolerances.ts';

function acceptedBy(
  got: readonly number[],
  expected: readonly number[],
  width: number = expected.length,
): readonly string[] {
  const comparison = { got: Float32Array.from(got), expected: Float32Array.from(expected), width };
  return fixedTolerances.filter((tolerance) => tolerance.accepts(comparison)).map(({ name }) => name);
}

test('all accept the answer itself, NaN and infinities among it', () => {
  const values = [0.5, 0, NaN, Infinity, -Infinity];

  expect(acceptedBy(values, values)).toEqual(['tfjs', 'torch', 'ONNX', 'WebNN', 'JAX']);
});

test('all zeros pass for a flat softmax of 5,000 classes, by all that have an absolute part of 1e-3', () => {
  const expected = Array.from({ length: 5_000 }, () => 2e-4);
  const zeros = expected.map(() => 0);

  expect(acceptedBy(zeros, expected)).toEqual(['tfjs', 'JAX']); // JAX: 1e-6 × 5,000
});

test('a relative error of 5e-4 at 1 passes for those of 1e-3', () => {
  expect(acceptedBy([1.0005], [1])).toEqual(['tfjs', 'ONNX']);
});

test('WebNN counts ULPs: three for each class, and three', () => {
  const atUlps = (ulps: number): number => 1 + ulps * 2 ** -23;

  expect(acceptedBy([atUlps(33)], [1], 10)).toContain('WebNN');
  expect(acceptedBy([atUlps(34)], [1], 10)).not.toContain('WebNN');
});

test('tfjs takes an infinity for NaN; the others do not', () => {
  expect(acceptedBy([Infinity], [NaN])).toEqual(['tfjs']);
});

test('an answer of another length is refused by all', () => {
  expect(acceptedBy([1], [1, 1])).toEqual([]);
});
