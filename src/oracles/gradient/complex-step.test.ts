import { expect, test } from 'vitest';
import { lanesOf } from '../../tensor/lanes.ts';
import { complexStep, type Estimate } from './complex-step.ts';
import type { Contraction } from './contraction.ts';
import { shiftLane } from './shifted-lane.ts';

/** s = (1/2, 1/4, 1/4), so that every derivative is a sum of powers of two. */
const lane = shiftLane(Float64Array.of(Math.log(2), 0, 0), lanesOf([3], 0), 0)!;
const q = Float64Array.of(1, -2, 4);

test.each([
  ['softmax', [0, -0.75, 0.75]],
  ['logSoftmax', [-0.5, -2.75, 3.25]],
  ['logSumExp', [0.5, 0.25, 0.25]],
] as const)(
  'the derivative of %s is right within its bound, and the bound is a few dozen roundings',
  (form, due) => {
    const contraction: Contraction = { form, q, qError: new Float64Array(3) };
    const estimates = due.map((_, j) => {
      const estimate: Estimate = { value: 0, bound: 0 };
      complexStep(lane, contraction, j, estimate);
      return estimate;
    });

    due.forEach((value, j) => {
      expect(Math.abs(estimates[j]!.value - value)).toBeLessThanOrEqual(estimates[j]!.bound);
      expect(estimates[j]!.bound).toBeLessThan(64 * 2 ** -53 * 7);
    });
  },
);
