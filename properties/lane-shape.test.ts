import { expect, test } from 'vitest';
import type { Case } from '../src/case/case.ts';
import { answerOf } from '../src/oracles/exact.ts';
import { noViolations } from '../src/oracles/violations.ts';
import { defaultArithmetic } from '../src/subjects/implementation.ts';
import { laneShapeLaws } from './laws/lane-shape.ts';

const c: Case = {
  operation: 'logSumExp',
  direction: 'forward',
  format: 'float32',
  axis: -1,
  logits: { shape: [1, 3], data: new Float32Array(3) },
  regimes: [],
  checks: [],
};

/** How often the law holds `value` against logSumExp of three zeros. */
function countOf(value: number): number {
  const law = laneShapeLaws.find(({ name }) => name === 'logSumExp is between max and max + ln n')!;
  const violations = noViolations();
  const output = { shape: [1], data: Float32Array.of(value) };
  law.about(c, 0)!.check({ case: c, output, answer: answerOf(c, defaultArithmetic) }, [], violations);
  return violations.count;
}

test.each([
  [Math.log(3), 0],
  [0, 0],
  [-1e-5, 1],
  [Math.log(3) + 1e-5, 1],
])('%d for the logSumExp of three zeros is outside of [0, ln 3] %d times', (value, count) => {
  expect(countOf(value)).toBe(count);
});

/** How often the law holds these values against logSoftmax of 0, 0 and 1. */
function countOfLogSoftmax(name: string, values: readonly number[]): number {
  const logits = { shape: [3], data: Float32Array.of(0, 0, 1) };
  const logSoftmax: Case = { ...c, operation: 'logSoftmax', logits };
  const law = laneShapeLaws.find((one) => one.name === name)!;
  const violations = noViolations();
  const output = { shape: [3], data: Float32Array.from(values) };
  const answer = answerOf(logSoftmax, defaultArithmetic);
  law.about(logSoftmax, 0)!.check({ case: logSoftmax, output, answer }, [], violations);
  return violations.count;
}

test.each([
  ['probabilities are in range', 1],
  ['order kept', 1],
  ['ties equal', 1],
] as const)('“%s” holds −∞ against who owes a finite logarithm, as it holds NaN', (name, count) => {
  expect(countOfLogSoftmax(name, [-1.6, -1.6, -0.6])).toBe(0);
  expect(countOfLogSoftmax(name, [-Infinity, -1.6, -0.6])).toBe(count);
  expect(countOfLogSoftmax(name, [NaN, -1.6, -0.6])).toBe(count);
});

test('ties of −∞ are held against who owes finite logarithms', () => {
  expect(countOfLogSoftmax('ties equal', [-Infinity, -Infinity, -0.6])).toBe(1);
});
