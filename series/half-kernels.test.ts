/** A sample of `npm run series:half-kernels`: the from-scratch kernels round halves correctly. */
import { expect, test } from 'vitest';
import { measureKernels, ulpsMax } from './half-kernels.ts';

test('no element of any kernel is off by more than a rounding', () => {
  const rows = measureKernels({ pairs: 1_024, seed: 7, step: 1_009 });

  expect(new Set(rows.map(({ format, kernel }) => `${format} ${kernel}`)).size).toBe(2 * 9);
  expect(rows.filter(({ ulps }) => ulps > ulpsMax)).toEqual([]);
});
