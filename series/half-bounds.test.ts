/**
 * A sample of `npm run series:half-bounds`: sound kernels on data of 16 bits are inside the bounds of their
 * level, and come near them; wrong ones are outside.
 */
import { expect, test } from 'vitest';
import { soundKernels, tryKernels, wrongKernels } from './half-bounds/trial.ts';

const rows = tryKernels(soundKernels, 25, 11);

test('no sound kernel is outside the bound of its level', () => {
  expect(rows.filter(({ outside }) => outside > 0)).toEqual([]);
  expect(rows.reduce((sum, { elements }) => sum + elements, 0)).toBeGreaterThan(100_000);
});

test.each(['composed careful', 'composed naive', 'storage careful', 'storage naive'])(
  'and some come within a third of it: %s',
  (bound) => {
    const worst = Math.max(...rows.filter((row) => row.bound === bound).map((row) => row.worst));

    expect(worst).toBeGreaterThan(1 / 3);
  },
);

test('sums in the half, flushing undeclared, and no maximum are outside what is `wrong` by default', () => {
  const outside = new Set(
    tryKernels(wrongKernels, 60, 11)
      .filter((row) => row.outside > 0)
      .map(({ format, kernel }) => `${format}: ${kernel}`),
  );

  expect([...outside].sort()).toEqual([
    'bfloat16: no maximum subtracted, exp in the half',
    'bfloat16: sums in the half, one after the other, else float32',
    'float16: no maximum subtracted, exp in the half',
    'float16: subnormals flushed, undeclared',
    'float16: sums in the half, one after the other, else float32',
  ]);
});
