import { expect, test } from 'vitest';
import { gradientErrors } from './gradient-methods.ts';

test('each method is the finer one of its neighbour, and an offset spoils only central differences of raw logits', () => {
  const errors = gradientErrors();
  const far = errors.at(-1)!;

  const disordered = errors.filter(
    ({ centralShifted, richardson, complexStep }) =>
      !(complexStep < richardson && richardson < centralShifted),
  );
  expect(disordered).toEqual([]);
  expect(far.central).toBeGreaterThan(0.01);
  expect(far.centralShifted).toBeLessThan(1e-8);
});
