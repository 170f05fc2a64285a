import { describe, expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { nextUp } from '../float/ulp.ts';
import type { Answer } from './answer.ts';
import { judgeDifferential, type Answered } from './differential.ts';

const c: Case = {
  operation: 'logSumExp',
  direction: 'forward',
  format: 'float32',
  axis: -1,
  logits: { shape: [1, 1], data: Float32Array.of(0) },
  regimes: [],
  checks: [],
};

/** One value, with the tolerances of its own arithmetic. */
function answered(value: number, { careful = 0.25, naive = 1, mayOverflow = 0 } = {}): Answered {
  const zeros = new Float64Array(1);
  const answer: Answer = {
    shape: [1],
    format: 'float32',
    exact: zeros,
    exactLow: zeros,
    uncertainty: zeros,
    careful: Float64Array.of(careful),
    naive: Float64Array.of(naive),
    mayOverflow: Uint8Array.of(mayOverflow),
  };
  return { tensor: { shape: [1], data: Float32Array.of(value) }, answer };
}

describe('judgeDifferential', () => {
  test('two values whose careful intervals touch agree', () => {
    expect(judgeDifferential(c, answered(8), answered(8.5))).toBeNull();
  });

  test('half an ULP more on each side is allowed, as the exact oracle rounds its bounds', () => {
    const touching = Math.fround(8.5);

    expect(judgeDifferential(c, answered(8), answered(nextUp(touching, 'float32')))).toBeNull();
    expect(judgeDifferential(c, answered(8), answered(8.501))).not.toBeNull();
  });

  test('beyond the sum of the careful tolerances they are inaccurate, beyond that of the naive ones wrong', () => {
    expect(judgeDifferential(c, answered(8), answered(9.5))).toMatchObject({
      severity: 'inaccurate',
      allowed: 0.5,
    });
    expect(judgeDifferential(c, answered(8), answered(10.5))).toMatchObject({
      severity: 'wrong',
      allowed: 2,
    });
  });

  test('each brings the tolerance of its own arithmetic', () => {
    const coarse = answered(10, { careful: 3, naive: 3 });

    expect(judgeDifferential(c, answered(8), coarse)).toBeNull();
    expect(judgeDifferential(c, coarse, answered(8))).toBeNull();
  });

  test('swapped, the same divergence is told from the other side', () => {
    const [a, b] = [answered(8), answered(-12)];

    expect(judgeDifferential(c, a, b)).toMatchObject({
      oracle: 'differential',
      got: 8,
      exact: -12,
      symptom: 'sign',
    });
    expect(judgeDifferential(c, b, a)).toMatchObject({
      oracle: 'differential',
      got: -12,
      exact: 8,
      symptom: 'sign',
    });
  });

  test.each([
    [Number.NaN, 1, 'nan'],
    [1, Number.NaN, 'nan'],
    [Infinity, 1, 'inf'],
    [Infinity, -Infinity, 'inf'],
    [Infinity, Number.NaN, 'nan'],
  ] as const)('%d against %d is wrong', (x, y, symptom) => {
    expect(judgeDifferential(c, answered(x), answered(y))).toMatchObject({
      severity: 'wrong',
      symptom,
      ulps: null,
    });
  });

  test.each([
    [Number.NaN, Number.NaN],
    [Infinity, Infinity],
    [-0, 0],
  ])('%d and %d agree, with no tolerance at all', (x, y) => {
    const none = { careful: 0, naive: 0 };

    expect(judgeDifferential(c, answered(x, none), answered(y, none))).toBeNull();
  });

  test('an infinity may be a value near the largest that was rounded up', () => {
    const largest = (2 - 2 ** -23) * 2 ** 127;

    expect(judgeDifferential(c, answered(largest), answered(Infinity))).toBeNull();
    expect(judgeDifferential(c, answered(largest / 2), answered(Infinity))).not.toBeNull();
  });

  test('where an intermediate result may overflow, a non-finite value says nothing', () => {
    expect(judgeDifferential(c, answered(1), answered(Number.NaN, { mayOverflow: 1 }))).toBeNull();
    expect(judgeDifferential(c, answered(1), answered(50, { mayOverflow: 1 }))).not.toBeNull();
  });
});
