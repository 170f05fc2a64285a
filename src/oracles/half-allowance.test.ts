/** What the golden tolerances of halves cannot show, whose lanes are short. Worked out by hand. */
import { describe, expect, test } from 'vitest';
import type { Case, Loss } from '../case/case.ts';
import { isAccepted } from '../float/acceptance.ts';
import { halfFacts, type HalfFormat } from '../float/format.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { answerFormat } from '../case/answer-format.ts';
import type { AssumedArithmetic, HalfLevel } from '../contract/subject.ts';
import type { Answer } from './answer.ts';
import { answerOf } from './exact.ts';
import { halfAllowance, levelOf } from './half-allowance.ts';

/** For a case whose values a half holds. */
function halfAnswerOf(c: Case, format: HalfFormat, arithmetic: AssumedArithmetic): Answer {
  return answerOf({ ...c, format }, arithmetic);
}

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
  const c = { operation: 'softmax', direction: 'forward' } as const;
  const levels = (declared: Parameters<typeof levelOf>[2]): string[] =>
    (['careful', 'naive'] as const).map((tolerance) => levelOf(c, tolerance, declared));

  expect(levels({})).toEqual(['fused', 'composed']);
  for (const halves of ['fused', 'composed', 'storage'] as const)
    expect(levels({ halves })).toEqual([halves, halves]);
});

test('a loss in float32 is judged as such, and nothing else of the same module', () => {
  const declared = { halves: 'storage', lossDtype: 'float32' } as const;
  const told = (direction: 'forward' | 'backward'): string[] => {
    const c = { operation: 'crossEntropy', direction, format: 'float16' } as const;
    return [levelOf(c, 'naive', declared), answerFormat(c, declared)];
  };

  expect([told('forward'), told('backward')]).toEqual([
    ['fused', 'float32'],
    ['storage', 'float16'],
  ]);
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

describe('what overflows on the way', () => {
  function lossOf(logits: readonly number[], loss: Partial<Loss>): Case {
    const shape = [logits.length / 2, 2];
    const target = { shape: [shape[0]!], data: new Int32Array(shape[0]!) };
    return {
      ...lane('softmax', Float64Array.from(logits)),
      operation: 'crossEntropy',
      logits: { shape, data: Float64Array.from(logits) },
      loss: { reduction: 'mean', labelSmoothing: 0, target, ...loss },
    };
  }
  const weight = (w: number): { weight: Loss['weight'] & object } => ({
    weight: { shape: [2], data: Float64Array.of(w, w) },
  });
  const manyLosses = lossOf(
    Array.from({ length: 20 }, (_, i) => (i % 2) * 5000),
    {},
  );

  test.each([
    ['a sum of losses is no excuse by default', manyLosses, undefined, 0],
    ['but where storage is declared', manyLosses, 'storage', 1],
    ['a product of w and ℓ is one', lossOf([0, 5000], { ...weight(8), reduction: 'sum' }), undefined, 1],
    [
      'and none where float32 inside is declared',
      lossOf([0, 5000], { ...weight(8), reduction: 'sum' }),
      'fused',
      0,
    ],
    ['1/D is one', lossOf([0, 1], weight(2 ** -20)), undefined, 1],
  ] as const)('%s', (_, c, halves, expected) => {
    const arithmetic = { ...defaultArithmetic, ...(halves === undefined ? {} : { halves }) };

    expect([...halfAnswerOf(c, 'float16', arithmetic).mayOverflow]).toEqual([expected]);
  });

  test('differences of two cotangents are excused, their sum is not', () => {
    const gradient = (...dy: readonly number[]): Case => ({
      ...lane('softmax', new Float64Array(dy.length)),
      direction: 'backward',
      cotangent: { shape: [dy.length], data: Float64Array.from(dy) },
    });
    const marks = (c: Case): number => halfAnswerOf(c, 'float16', defaultArithmetic).mayOverflow[0]!;

    expect([marks(gradient(30_000, -30_000)), marks(gradient(30_000, 30_000, 30_000))]).toEqual([1, 0]);
  });

  test('a stored sum of 40,000 classes may be infinite, and 1 over it 0, only where storage is declared', () => {
    const c = lane('softmax', new Float64Array(40_000));
    const storage = { ...defaultArithmetic, halves: 'storage' } as const;

    expect(halfAnswerOf(c, 'float16', storage).naive[0]).toBe(Infinity);
    expect(halfAnswerOf(c, 'float16', defaultArithmetic).naive[0]).toBeLessThan(Infinity);
    expect(halfAnswerOf(c, 'bfloat16', storage).naive[0]).toBeLessThan(Infinity);
  });

  test('nor is anybody judged by what is divided by a stored D of 60,000, but where a position is ignored', () => {
    const c = lossOf([0, 1, 0, 1, 0, 1], { ...weight(30_000), ignoreIndex: 1 });
    const target = { shape: [3], data: Int32Array.of(0, 1, 0) };
    const backward: Case = {
      ...c,
      direction: 'backward',
      loss: { ...c.loss!, target },
      cotangent: { shape: [], data: Float64Array.of(1) },
    };
    const storage = { ...defaultArithmetic, halves: 'storage' } as const;
    const isJudged = (of: Case, arithmetic: AssumedArithmetic): readonly boolean[] =>
      Array.from(halfAnswerOf(of, 'float16', arithmetic).naive, (bound) => bound < Infinity);

    expect(isJudged(backward, storage)).toEqual([false, false, true, true, false, false]);
    expect(isJudged({ ...backward, direction: 'forward' }, storage)).toEqual([false]);
    expect(isJudged(backward, defaultArithmetic)).not.toContain(false);
  });
});

test.each([
  [2 ** -20, Infinity],
  [2 ** -3, 0],
] as const)(
  'a masked class whose weight of %d may come to 0 beside 2^-10 silences its infinity',
  (w, tolerance) => {
    const shape = [1, 2];
    const c: Case = {
      ...lane('softmax', Float64Array.of(0, -Infinity)),
      operation: 'crossEntropy',
      logits: { shape, data: Float64Array.of(0, -Infinity) },
      loss: {
        reduction: 'sum',
        labelSmoothing: 0,
        target: { shape, data: Float64Array.of(1, 2 ** -10) },
        weight: { shape: [2], data: Float64Array.of(1, w) },
      },
    };

    expect([...halfAnswerOf(c, 'float16', defaultArithmetic).naive]).toEqual([tolerance]);
  },
);
