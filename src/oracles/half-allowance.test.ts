/** What the golden tolerances of halves cannot show, whose lanes are short. Worked out by hand. */
import { describe, expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { isAccepted } from '../float/acceptance.ts';
import { halfFacts, type HalfFormat } from '../float/format.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { halfAllowance, levelOf, type HalfLevel } from './half-allowance.ts';
import { halfAnswerOf } from './half-answer.ts';

function sumOf(format: HalfFormat, level: HalfLevel, tolerance: 'careful' | 'naive'): (n: number) => number {
  const { sum } = halfAllowance(tolerance, level, { format, arithmetic: defaultArithmetic });
  return sum;
}

function lane(operation: 'softmax' | 'logSumExp', data: Float64Array): Case {
  return {
    operation,
    direction: 'forward',
    format: 'float64',
    axis: -1,
    logits: { shape: [data.length], data },
    regimes: [],
    checks: [],
  };
}

test('by default inaccurate is outside careful fused, and wrong outside naive composed', () => {
  expect([levelOf('careful', {}), levelOf('naive', {})]).toEqual(['fused', 'composed']);
  for (const halves of ['fused', 'composed', 'storage'] as const)
    expect([levelOf('careful', { halves }), levelOf('naive', { halves })]).toEqual([halves, halves]);
});

describe('a sum of n terms is allowed, in units of u', () => {
  test.each([
    ['float16', 'composed', 'naive', 1, 0],
    ['float16', 'composed', 'naive', 4097, 1.5],
    ['float16', 'composed', 'careful', 1024, 1 + 26 / 8192],
    ['bfloat16', 'composed', 'naive', 65_537, 2],
    ['float16', 'storage', 'naive', 65_536, 272],
    ['bfloat16', 'storage', 'naive', 65_536, 48],
    ['bfloat16', 'storage', 'naive', 30, 29],
    ['bfloat16', 'storage', 'careful', 1024, 26],
    ['float16', 'fused', 'naive', 1024, 1023],
  ] as const)('%s, %s %s: of %d terms %d', (format, level, tolerance, n, expected) => {
    expect(sumOf(format, level, tolerance)(n)).toBe(expected);
  });
});

test.each([
  ['float16', 0.0077],
  ['bfloat16', 0.062],
] as const)('%s: a share of 4,096 equal ones may be off by a part of %d, and no more', (format, expected) => {
  // u·(E + d) + −log(1 − u·(E + c)) + u·log S
  const { naive, exact } = halfAnswerOf(lane('softmax', new Float64Array(4096)), format, defaultArithmetic);
  const relative =
    (naive[0]! - halfFacts(format).smallestSubnormal * Number(format === 'float16')) / exact[0]!;

  expect(Math.abs(relative / expected - 1)).toBeLessThan(0.01);
});

test.each([
  ['float16', 2048],
  ['bfloat16', 256],
] as const)('%s: a sum that is stuck at %d is wrong, where storage is declared too', (format, stuck) => {
  const c = lane('logSumExp', new Float64Array(2 * stuck));
  const judged = { exact: Math.log(2 * stuck), format };
  const got = halfFacts(format).round(Math.log(stuck));

  expect(
    isAccepted(got, { ...judged, tolerance: halfAnswerOf(c, format, defaultArithmetic).naive[0]! }),
  ).toBe(false);
  const { naive } = halfAnswerOf(c, format, { ...defaultArithmetic, halves: 'storage' });
  expect(isAccepted(got, { ...judged, tolerance: naive[0]! })).toBe(false);
  expect(isAccepted(halfFacts(format).round(Math.log(2 * stuck)), { ...judged, tolerance: naive[0]! })).toBe(
    true,
  );
});

test('beyond the exponents that a half holds, each power is lost or rounded to the smallest', () => {
  const data = new Float64Array(5_000).fill(-17.5);
  data[0] = 0;
  const { naive } = halfAnswerOf(lane('logSumExp', data), 'float16', defaultArithmetic);

  // R = 4,999·e^−17.5 = 1.26e-4; 1 + R would be 1 otherwise
  expect(naive[0]!).toBeGreaterThan(4_999 * Math.exp(-17.5) + 3 * 2 ** -11);
});
