import { expect, test } from 'vitest';
import type { Answer } from '../src/oracles/answer.ts';
import { noViolations } from '../src/oracles/violations.ts';
import { addAnswer, claimAtMost, claimEqual, claimSame, combination, oneAnswer } from './combination.ts';
import type { LawAnswer } from './law.ts';

/** One value with 1 and 4 allowed. */
function lawAnswer(value: number, { exact = value, mayOverflow = 0 } = {}): LawAnswer {
  const answer: Answer = {
    shape: [1],
    format: 'float32',
    exact: Float64Array.of(exact),
    exactLow: new Float64Array(1),
    uncertainty: new Float64Array(1),
    careful: Float64Array.of(1),
    naive: Float64Array.of(4),
    mayOverflow: Uint8Array.of(mayOverflow),
  };
  const logits = { shape: [1], data: Float32Array.of(0) };
  const base = { operation: 'logSumExp', direction: 'forward', format: 'float32', axis: -1 } as const;
  return {
    case: { ...base, logits, regimes: [], checks: [] },
    output: { shape: [1], data: Float32Array.of(value) },
    answer,
  };
}

function equalTo(a: LawAnswer, expected: number): 'agree' | 'inaccurate' | 'wrong' {
  const violations = noViolations();
  claimEqual(violations, 0, oneAnswer(a, 0), combination(expected));
  return violations.worst === null ? 'agree' : violations.worst.isWrong ? 'wrong' : 'inaccurate';
}

test('a value is allowed its tolerance, and half an ULP for the rounding of its ends', () => {
  const half = 2 ** -24 * 1024;

  expect(equalTo(lawAnswer(1024), 1025)).toBe('agree');
  expect(equalTo(lawAnswer(1024), 1025 + 0.9 * half)).toBe('agree');
  expect(equalTo(lawAnswer(1024), 1025 + 1.1 * half)).toBe('inaccurate');
  expect(equalTo(lawAnswer(1024), 1028)).toBe('inaccurate');
  expect(equalTo(lawAnswer(1024), 1028 + 1.1 * half)).toBe('wrong');
});

test('a factor multiplies value and allowance, and allowances add up', () => {
  const sum = oneAnswer(lawAnswer(8), 0, -2);
  addAnswer(sum, lawAnswer(1), 0);

  expect(sum.sum + sum.compensation).toBe(-15);
  expect(sum.careful).toBeGreaterThan(3);
  expect(sum.careful).toBeLessThan(3.00001);
  expect(sum.naive).toBeGreaterThan(12);
  expect(sum.naive).toBeLessThan(12.00001);
});

test('no claim is made of what may overflow, or where no finite value is expected', () => {
  expect(equalTo(lawAnswer(8, { mayOverflow: 1 }), 100)).toBe('agree');
  expect(equalTo(lawAnswer(8, { exact: Infinity }), 100)).toBe('agree');
  expect(equalTo(lawAnswer(NaN, { exact: 8 }), 8)).toBe('wrong');
});

test('at most is broken the one way only', () => {
  const [low, high] = [noViolations(), noViolations()];
  claimAtMost(low, 0, oneAnswer(lawAnswer(0), 0), combination(9));
  claimAtMost(high, 0, oneAnswer(lawAnswer(9), 0), combination(0));

  expect([low.count, high.count]).toEqual([0, 1]);
});

test('the exact answer is worked out where a claim hangs on it, and not where the two values are one', () => {
  let asked = 0;
  const lazily = (value: number): LawAnswer => {
    const { answer, ...rest } = lawAnswer(value);
    return {
      ...rest,
      get answer() {
        asked++;
        return answer;
      },
    };
  };

  claimSame(noViolations(), lazily(3), lazily(3));
  claimSame(noViolations(), lazily(3), lazily(1.5), { factor: 2 });
  expect(asked).toBe(0);

  const violations = noViolations();
  claimSame(violations, lazily(3), lazily(9));
  expect(violations.count).toBe(1);
  expect(asked).toBeGreaterThan(0);
});
