import { describe, expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { operations } from '../contract/subject.ts';
import { formatFacts, type Format } from '../float/format.ts';
import { nextUp } from '../float/ulp.ts';
import { generateCase } from '../generate/generate-case.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import type { Answer } from './answer.ts';
import { answerOf, CaseWork } from './exact.ts';
import { judgeValues } from './judge-values.ts';
import { isAccepted } from '../float/acceptance.ts';

const c: Case = {
  operation: 'logSumExp',
  direction: 'forward',
  format: 'float32',
  axis: -1,
  logits: { shape: [1, 1], data: Float32Array.of(0) },
  regimes: [],
  checks: [],
};

interface Bounds {
  readonly mayOverflow?: 0 | 1;
  readonly careful?: number;
  readonly naive?: number;
}

/** What is said of one value where `exact` is due, careful 1 and naive 4 allowed. */
function verdictOn(got: number, exact: number, bounds: Bounds = {}): string {
  const { divergence, inconclusiveElements } = judgementOn(got, exact, bounds);
  return divergence?.severity ?? (inconclusiveElements > 0 ? 'inconclusive' : 'agree');
}

function judgementOn(
  got: number,
  exact: number,
  { mayOverflow = 0, careful = 1, naive = 4 }: Bounds,
): ReturnType<typeof judgeValues> {
  const one = Float64Array.of(0);
  const answer: Answer = {
    shape: [1],
    format: 'float32',
    exact: Float64Array.of(exact),
    exactLow: one,
    uncertainty: one,
    careful: Float64Array.of(careful),
    naive: Float64Array.of(naive),
    mayOverflow: Uint8Array.of(mayOverflow),
  };
  const tensor = { shape: [1], data: Float32Array.of(got) };
  return judgeValues(new CaseWork(c), tensor, answer, defaultArithmetic);
}

test.each([
  ['a few steps', 0.5 + 7 * 2 ** -24, 0.5, 2 ** -23, '7 ULPs > 2 allowed: got 0.5000004, exact 0.5 at [0]'],
  ['far off', 0.1, 0.5, 2 ** -23, '3355443 times the allowed error: got 0.1, exact 0.5 ± 1.192e-7 at [0]'],
  ['for nothing', 0.1, 0, 2 ** -23, '838861 times the allowed error: got 0.1, exact 0 ± 1.192e-7 at [0]'],
  ['NaN', Number.NaN, 0.5, 2 ** -23, 'got NaN, exact 0.5 ± 1.192e-7 at [0]'],
])('its sentence tells how far off an answer is: %s', (_what, got, exact, bound, sentence) => {
  const { divergence } = judgementOn(got, exact, { careful: bound, naive: bound });

  expect(divergence?.detail).toBe(sentence);
});

test.each([
  [101, 100, 'agree'],
  [101.01, 100, 'inaccurate'],
  [98.99, 100, 'inaccurate'],
  [104, 100, 'inaccurate'],
  [104.01, 100, 'wrong'],
  [95.99, 100, 'wrong'],
  [NaN, 100, 'wrong'],
  [Infinity, 100, 'wrong'],
  [NaN, NaN, 'agree'],
  [0, NaN, 'wrong'],
  [Infinity, Infinity, 'agree'],
  [-Infinity, Infinity, 'wrong'],
  [NaN, -Infinity, 'wrong'],
  [3e38, Infinity, 'wrong'],
  [-0, 0, 'agree'],
  [2 ** -27, -1, 'inaccurate'],
])('%d where %d ± 1 (4 if naive) is due: %s', (got, exact, verdict) => {
  expect(verdictOn(got, exact)).toBe(verdict);
});

describe('where a step may overflow', () => {
  test.each([
    [NaN, 100, 'inconclusive'],
    [Infinity, 100, 'inconclusive'],
    [105, 100, 'wrong'],
    [NaN, Infinity, 'inconclusive'],
    [-Infinity, Infinity, 'wrong'],
    [3e38, Infinity, 'wrong'],
    [1, NaN, 'wrong'],
  ])('%d where %d is due: %s', (got, exact, verdict) => {
    expect(verdictOn(got, exact, { mayOverflow: 1 })).toBe(verdict);
  });
});

test('where the tolerance itself overflowed nobody is judged, but for a NaN', () => {
  const none = { careful: Infinity, naive: Infinity };

  expect(verdictOn(7, 100, none)).toBe('inconclusive');
  expect(verdictOn(NaN, 100, none)).toBe('wrong');
});

test('the ends are rounded to the format, also to ∞', () => {
  const largest = formatFacts('float32').largestFinite;
  const exact = 1 + 2 ** -25;

  expect(isAccepted(1, { exact, tolerance: 2 ** -26, format: 'float32' })).toBe(true);
  expect(isAccepted(nextUp(1, 'float32'), { exact, tolerance: 2 ** -30, format: 'float32' })).toBe(false);
  expect(
    isAccepted(nextUp(1, 'float32'), { exact: 1 + 0.9 * 2 ** -23, tolerance: 0, format: 'float32' }),
  ).toBe(true);
  expect(isAccepted(Infinity, { exact: largest, tolerance: 2 ** 104, format: 'float32' })).toBe(true);
  expect(isAccepted(Infinity, { exact: largest, tolerance: 2 ** 100, format: 'float32' })).toBe(false);
});

/** Every finite element at the edge: exact + factor · tolerance, in float64 beyond what the format holds. */
function atTheEdge(format: Format, factor: number): { agree: number; others: number } {
  const counts = { agree: 0, others: 0 };
  for (let index = 0; index < 250; index++) {
    const drawn = generateCase({ seed: 5n, index }, { operations, formats: [format], maxElements: 60 });
    const answer = answerOf(drawn, defaultArithmetic);
    answer.exact.forEach((exact, i) => {
      const [tolerance, uncertainty] = [answer.careful[i]!, answer.uncertainty[i]!];
      if (!Number.isFinite(exact) || !Number.isFinite(tolerance) || tolerance === 0) return;
      if (
        tolerance < 2 ** 6 * formatFacts(format).unitRoundoff * Math.abs(exact) ||
        uncertainty > tolerance / 100
      )
        return;
      const got = exact + factor * tolerance;
      const interval = { exact, exactLow: answer.exactLow[i]!, tolerance, format };
      if (isAccepted(format === 'float32' ? Math.fround(got) : got, interval)) counts.agree++;
      else counts.others++;
    });
  }
  return counts;
}

test.each(['float32', 'float64'] as const)(
  'of values in %s a little inside of the tolerance all are accepted, and none outside',
  (format) => {
    const [inside, outside] = [atTheEdge(format, 0.9), atTheEdge(format, -1.1)];

    expect(inside.others).toBe(0);
    expect(inside.agree).toBeGreaterThan(120);
    expect(outside.agree).toBe(0);
    expect(outside.others).toBeGreaterThan(120);
  },
);

describe('float64 subjects are judged in full, by double-double', () => {
  const flat: Case = {
    ...c,
    operation: 'softmax',
    format: 'float64',
    logits: { shape: [50, 2], data: new Float64Array(100) },
  };
  const spread = {
    ...flat,
    logits: { shape: [100, 1], data: Float64Array.from({ length: 100 }, (_, i) => Math.sin(i)) },
  };
  const logSumExp: Case = {
    ...flat,
    operation: 'logSumExp',
    logits: { shape: [40, 2], data: Float64Array.from({ length: 80 }, (_, i) => 60 + Math.sin(i)) },
  };

  function off(by: number, asked: Case): string {
    const work = new CaseWork(asked);
    const answer = work.refined(defaultArithmetic);
    const data = answer.exact.map((value) => value * (1 + by * 2 ** -52));
    const { divergence } = judgeValues(work, { shape: answer.shape, data }, answer, defaultArithmetic);
    return divergence?.severity ?? 'agree';
  }

  test.each([
    ['softmax of one class', spread],
    ['logSumExp', logSumExp],
  ])('%s: right is right, and 4 ULPs off is seen', (_, asked) => {
    expect(off(0, asked)).toBe('agree');
    expect(off(4, asked)).not.toBe('agree');
    expect(off(-4, asked)).not.toBe('agree');
  });
});
