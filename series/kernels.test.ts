/** A sample of `npm run series:kernels`: the from-scratch kernels round float32 correctly, by either form. */
import { expect, test } from 'vitest';
import { fails, measureKernels } from './kernels.ts';

test('no element of any kernel is off by more than a rounding, and both forms give the same bits', () => {
  const rows = measureKernels({ elements: 1_024, seed: 7 });

  expect(new Set(rows.map(({ kernel }) => kernel)).size).toBe(9);
  expect(rows.filter(fails)).toEqual([]);
});
