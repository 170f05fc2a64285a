/**
 * What the golden tolerances cannot show, whose lanes are short
 * and whose arithmetic is the default one. Worked out by hand.
 */
import { describe, expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { answerOf, explainTolerance } from './exact.ts';

const u = 2 ** -24;

function flat(
  width: number,
  operation: 'softmax' | 'logSumExp',
  format: 'float32' | 'float64' = 'float32',
): Case {
  const data = format === 'float32' ? new Float32Array(width) : new Float64Array(width);
  return {
    operation,
    direction: 'forward',
    format,
    axis: -1,
    logits: { shape: [width], data },
    regimes: [],
    checks: [],
  };
}

function termOf(
  c: Case,
  name: string,
  severity: 'careful' | 'naive',
  arithmetic = defaultArithmetic,
): number {
  return explainTolerance(c, arithmetic, 0)[severity].find((term) => term.name === name)!.value;
}

describe('a sum', () => {
  test.each([
    [1, 0, 0],
    [2, 1, 1],
    [16, 15, 15],
    [21, 20, 20],
    [22, 21, 21],
    [1024, 26, 1023],
    [1025, 27, 1024],
    [4096, 28, 4095],
  ])('of %d terms is allowed %d roundings if careful, %d if naive', (width, careful, naive) => {
    const c = flat(width, 'softmax');

    expect(termOf(c, 'the sum', 'careful') * width).toBe(careful * u);
    expect(termOf(c, 'the sum', 'naive') * width).toBe(naive * u);
  });
});

describe('what a kernel declares of its arithmetic', () => {
  test.each([
    [0.5, 2, 4],
    [1.5, 3, 4],
    [3, 6, 6],
  ])(
    'exp within %d ULPs counts twice that in units of u: %d if careful, %d if naive',
    (expUlps, careful, naive) => {
      const c = flat(1, 'softmax');
      const arithmetic = { ...defaultArithmetic, expUlps };

      expect(termOf(c, 'exp of the class and of the sum', 'careful', arithmetic)).toBe(2 * careful * u);
      expect(termOf(c, 'exp of the class and of the sum', 'naive', arithmetic)).toBe(2 * naive * u);
    },
  );

  test('log likewise', () => {
    const c = flat(2, 'logSumExp');
    const arithmetic = { ...defaultArithmetic, logUlps: 3 };

    expect(termOf(c, 'log', 'careful', arithmetic)).toBe(3 * termOf(c, 'log', 'careful'));
  });
});

describe('the uncertainty of the answer itself', () => {
  test.each([
    ['float32', 2 ** -53 * (2 + 3 + 2 * Math.log(4) + Math.log(4))],
    ['float64', 2 ** -101 * (8 + 3 + 8 * Math.log(4) + Math.log(4))],
  ] as const)('of logSumExp over 4 equal logits, asked in %s', (format, expected) => {
    const { uncertainty } = answerOf(flat(4, 'logSumExp', format), defaultArithmetic);

    expect(Math.abs(uncertainty[0]! / expected - 1)).toBeLessThan(1e-12);
  });
});
