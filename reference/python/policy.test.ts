import { describe, expect, test } from 'vitest';
import { caseFromJson } from '../../src/case/case-json.ts';
import { smallCase } from '../ledger/small-case.ts';
import { whyOtherConvention } from '../../src/connect/policy.ts';

type Written = Parameters<typeof smallCase>[0];

const masked: Written = {
  kernel: 'crossEntropy/forward',
  shape: [2],
  logits: [0, -Infinity],
  classes: [1],
};

const zeroes = (written: Written): string | null =>
  whyOtherConvention(caseFromJson(smallCase(written)), { zeroTimesInfinity: 'ieee' });

describe('where 0 · ∞ is NaN', () => {
  test('a masked class is asked for by its index, since nothing is 0', () => {
    expect(zeroes(masked)).toBeNull();
    expect(zeroes({ ...masked, weight: [1, 2] })).toBeNull();
    expect(zeroes({ ...masked, labelSmoothing: 0.5 })).toBeNull();
  });

  test('a share, a weight or 1 − ε of 0 is not asked for', () => {
    const shares: Written = {
      kernel: 'crossEntropy/forward',
      shape: [2],
      logits: [0, -Infinity],
      labels: [1, 0],
    };

    for (const written of [{ ...masked, weight: [1, 0] }, { ...masked, labelSmoothing: 1 }, shares])
      expect(zeroes(written)).toBe('follows another convention: 0 · ∞ is NaN');
    expect(zeroes({ ...shares, labels: [0.5, 0.5] })).toBeNull();
  });

  test('the gradient to the logits, which has no log p in it, is asked for', () => {
    const backward: Written = { ...masked, kernel: 'crossEntropy/backward', weight: [1, 0], dy: [1] };

    expect(zeroes(backward)).toBeNull();
  });
});

test('of a library that follows IEEE arithmetic for +∞, the forward logSumExp alone is asked for it', () => {
  const why = (kernel: Written['kernel'], dy?: readonly number[]): string | null =>
    whyOtherConvention(
      caseFromJson(
        smallCase({ kernel, shape: [2], logits: [0, Infinity], ...(dy === undefined ? {} : { dy }) }),
      ),
      { positiveInfinity: 'ieee' },
    );

  expect(why('logSumExp/forward')).toBeNull();
  expect(why('logSumExp/backward', [1])).toBe('follows another convention: +∞ in a lane');
  expect(why('logSoftmax/forward')).toBe('follows another convention: +∞ in a lane');
});
