import { fuzzKernels, kernelCase } from 'logitfuzz/vitest';
import { expect, test } from 'vitest';
import * as kernels from './kernels.ts';

// One test for each kernel that the module exports.
fuzzKernels(kernels, { module: './kernels.ts' });

// And by hand, where a case is worth a name of its own.
test('logits that differ by little are near to even', () => {
  const c = kernelCase({
    operation: 'softmax',
    logits: [
      [0.5, 0.25],
      [0.125, 0],
    ],
  });

  expect(kernels.softmax(c.logits, { axis: -1 })).toMatchExact(c, { strict: true });
});

test('a masked class gets nothing', () => {
  const c = kernelCase({ operation: 'softmax', logits: [2, -Infinity, 1] });

  expect(kernels.softmax(c.logits, { axis: 0 }).data).toBeWithinTolerance(c);
});
