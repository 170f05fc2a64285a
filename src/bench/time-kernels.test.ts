import { expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { answerOf, CaseWork } from '../oracles/exact.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { ulpsMaxOf } from './time-kernels.ts';

/** The gradient of softmax at float32 logits, with the dy of each class. */
const gradientAt = (logits: readonly number[], dy: readonly number[]): Case => ({
  operation: 'softmax',
  direction: 'backward',
  format: 'float32',
  axis: 0,
  logits: { shape: [logits.length], data: Float32Array.from(logits) },
  cotangent: { shape: [dy.length], data: Float32Array.from(dy) },
  regimes: [],
  checks: [],
});
const floats = (data: ArrayLike<number>): { shape: number[]; data: Float32Array } => ({
  shape: [data.length],
  data: Float32Array.from(data),
});

test('ULPs are told of an answer that does not cancel as the kernel does', () => {
  const c = gradientAt([14, -14, -13], [0.75, -0.5, 0.25]);

  // mpmath, 400 bits
  const right = floats([1.8040644216278e-12, -8.6430001336406e-13, -9.3976440826373e-13]);
  const cancelled = floats(answerOf(c, defaultArithmetic).exact);

  expect(ulpsMaxOf(new CaseWork(c), right)).toBeLessThanOrEqual(0.51);
  expect(ulpsMaxOf(new CaseWork(c), cancelled)).toBeGreaterThan(100);
});

test('or not at all', () => {
  const c = gradientAt([80, -80, -79], [0.75, -0.5, 0.25]);

  expect(ulpsMaxOf(new CaseWork(c), floats([0, 0, 0]))).toBe(null);
});
