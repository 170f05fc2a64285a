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

const lane = { logits: [14, -14, -13], dy: [0.75, -0.5, 0.25] };

/** The lane's loss at its first class, whose probability is all but 1. */
const lossAt = (direction: Case['direction']): Case => ({
  ...gradientAt(lane.logits, lane.dy),
  operation: 'crossEntropy',
  direction,
  cotangent: { shape: [], data: Float32Array.of(0.75) },
  loss: {
    target: direction === 'targetBackward' ? floats([1, 0, 0]) : { shape: [], data: Int32Array.of(0) },
    reduction: 'none',
    labelSmoothing: 0,
  },
});

const forwardOf = (operation: 'softmax' | 'logSoftmax' | 'logSumExp'): Case => {
  const { cotangent: _, ...c } = gradientAt(lane.logits, lane.dy);
  return { ...c, operation, direction: 'forward' };
};

// mpmath, 400 bits
test.each<[string, Case, readonly number[]]>([
  ['softmax', forwardOf('softmax'), [0.99999999999743, 6.9144001069224e-13, 1.8795288165343e-12]],
  ['logSoftmax', forwardOf('logSoftmax'), [-2.5709688272298e-12, -28.000000000003, -27.000000000003]],
  ['logSumExp', forwardOf('logSumExp'), [14.000000000003]],
  [
    'the gradient of logSoftmax',
    { ...gradientAt(lane.logits, lane.dy), operation: 'logSoftmax' },
    [0.25000000000129, -0.50000000000035, 0.24999999999906],
  ],
  [
    'the gradient of logSumExp',
    { ...lossAt('backward'), operation: 'logSumExp', loss: undefined } as unknown as Case,
    [0.74999999999807, 5.1858000801918e-13, 1.4096466124007e-12],
  ],
  ['crossEntropy', lossAt('forward'), [2.5709688272298e-12]],
  [
    'the gradient of crossEntropy',
    lossAt('backward'),
    [-1.9282266204199e-12, 5.1858000801918e-13, 1.4096466124007e-12],
  ],
  [
    'its gradient to the target',
    lossAt('targetBackward'),
    [1.9282266204223e-12, 21.000000000002, 20.250000000002],
  ],
])('ULPs of %s are told where one class dominates the lane', (_, c, right) => {
  const off = right.map((value) => value * (1 + 2 ** -21));

  expect(ulpsMaxOf(new CaseWork(c), floats(right))).toBeLessThanOrEqual(0.51);
  expect(ulpsMaxOf(new CaseWork(c), floats(off))).toBeGreaterThan(2);
});

test('or not at all', () => {
  const c = gradientAt([80, -80, -79], [0.75, -0.5, 0.25]);

  expect(ulpsMaxOf(new CaseWork(c), floats([0, 0, 0]))).toBe(null);
});
