import { describe, expect, test } from 'vitest';
import { addOffence, divergenceOf, noGuilt, symptomOf, type Offence } from './guilt.ts';

const about = {
  oracle: 'gradient',
  law: null,
  sentence: 'not equal',
  format: 'float32',
  shape: [2, 3],
} as const;

function offence(element: number, got: number, { isWrong = false, allowed = 1 } = {}): Offence {
  return { element, got, due: 1, isWrong, allowed };
}

describe('divergenceOf', () => {
  test('tells nothing where nothing was held against it', () => {
    expect(divergenceOf(noGuilt(), about)).toBeNull();
  });

  test('tells of the element furthest outside of what it is allowed, and how many there are', () => {
    const guilt = noGuilt();
    addOffence(guilt, offence(1, 9, { allowed: 4 }));
    addOffence(guilt, offence(4, 7, { allowed: 2 }));

    expect(divergenceOf(guilt, about)).toMatchObject({ element: 4, got: 7, exact: 1, allowed: 2, guilty: 2 });
    expect(divergenceOf(guilt, about)?.detail).toMatch(/ at \[1, 1\] \(and 1 more\)$/);
  });

  test('prefers what is wrong to what is inaccurate by more', () => {
    const guilt = noGuilt();
    addOffence(guilt, offence(0, 3, { isWrong: true }));
    addOffence(guilt, offence(1, 1000));

    expect(divergenceOf(guilt, about)).toMatchObject({ element: 0, severity: 'wrong' });
  });

  test('holds a NaN to be worse than any number, and gives it no ULPs', () => {
    const guilt = noGuilt();
    addOffence(guilt, offence(0, 1e30, { isWrong: true }));
    addOffence(guilt, offence(1, Number.NaN, { isWrong: true }));

    expect(divergenceOf(guilt, about)).toMatchObject({ element: 1, symptom: 'nan', ulps: null });
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
] as const)('got %d where %d was due is “%s”', (got, due, symptom) => {
  expect(symptomOf(got, due)).toBe(symptom);
});
