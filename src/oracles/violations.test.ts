import { describe, expect, test } from 'vitest';
import { addViolation, divergenceOf, noViolations, symptomOf, type Violation } from './violations.ts';

const about = {
  oracle: 'gradient',
  law: null,
  sentence: 'not equal',
  format: 'float32',
  shape: [2, 3],
} as const;

function violation(
  element: number,
  got: number,
  { isWrong = false, careful = 1, naive = 2 } = {},
): Violation {
  return { element, got, expected: 1, isWrong, careful, naive };
}

describe('divergenceOf', () => {
  test('tells nothing where nothing was held against it', () => {
    expect(divergenceOf(noViolations(), about)).toBeNull();
  });

  test('tells of the element furthest outside of what it is allowed, and how many there are', () => {
    const violations = noViolations();
    addViolation(violations, violation(1, 9, { careful: 4 }));
    addViolation(violations, violation(4, 7, { careful: 2 }));

    expect(divergenceOf(violations, about)).toMatchObject({
      element: 4,
      got: 7,
      exact: 1,
      allowed: 2,
      guilty: 2,
    });
    expect(divergenceOf(violations, about)?.detail).toMatch(/ at \[1, 1\] \(and 1 more\)$/);
  });

  test('prefers what is wrong to what is inaccurate by more', () => {
    const violations = noViolations();
    addViolation(violations, violation(0, 3, { isWrong: true }));
    addViolation(violations, violation(1, 1000));

    expect(divergenceOf(violations, about)).toMatchObject({ element: 0, severity: 'wrong' });
  });

  test('tells the tolerance that its severity is outside of: the naive one of what is wrong', () => {
    const [wrong, inaccurate] = [noViolations(), noViolations()];
    addViolation(wrong, violation(0, 9, { isWrong: true, careful: 2, naive: 4 }));
    addViolation(inaccurate, violation(0, 4, { careful: 2, naive: 4 }));

    expect(divergenceOf(wrong, about)).toMatchObject({ severity: 'wrong', allowed: 4 });
    expect(divergenceOf(inaccurate, about)).toMatchObject({ severity: 'inaccurate', allowed: 2 });
  });

  test('weighs what is wrong by the naive tolerance', () => {
    const violations = noViolations();
    addViolation(violations, violation(0, 9, { isWrong: true, careful: 1, naive: 8 }));
    addViolation(violations, violation(1, 9, { isWrong: true, careful: 2, naive: 4 }));

    expect(divergenceOf(violations, about)).toMatchObject({ element: 1, allowed: 4 });
  });

  test('holds a NaN to be worse than any number, and gives it no ULPs', () => {
    const violations = noViolations();
    addViolation(violations, violation(0, 1e30, { isWrong: true }));
    addViolation(violations, violation(1, Number.NaN, { isWrong: true }));

    expect(divergenceOf(violations, about)).toMatchObject({ element: 1, symptom: 'nan', ulps: null });
  });
});

test.each([
  [Number.NaN, 1, 'nan'],
  [1, Infinity, 'inf'],
  [0, 1, 'zero'],
  [-0, 1, 'zero'],
  [-1, 1, 'sign'],
  [2, 1, 'ulps'],
  [1, 0, 'ulps'],
] as const)('got %d where %d was expected is “%s”', (got, expected, symptom) => {
  expect(symptomOf(got, expected)).toBe(symptom);
});

test.each([
  [0.5 + 7 * 2 ** -24, 0.5, 'got 0.5000004, expected 0.5 ± 1.192e-7, off by 7 ULPs at [0, 0]'],
  [
    Math.fround(0.1),
    0.5,
    'got 0.1, expected 0.5 ± 1.192e-7, off by 3355443 times the allowed error at [0, 0]',
  ],
  [Number.NaN, 0.5, 'got NaN, expected 0.5 ± 1.192e-7 at [0, 0]'],
])('%d for %d is told by the two values and how far apart they are', (got, expected, told) => {
  const violations = noViolations();
  addViolation(violations, { ...violation(0, got, { isWrong: true, naive: 2 ** -23 }), expected });

  expect(divergenceOf(violations, about)?.detail).toBe(`${about.sentence}: ${told}`);
});
