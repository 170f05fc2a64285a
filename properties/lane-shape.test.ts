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
