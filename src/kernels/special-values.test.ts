/** The contract's special values, each worked by hand from its words; every kernel, every format. */
import { describe, expect, test } from 'vitest';
import { encodedHalves, floatArrayFrom, formatFacts, formats, isHalf } from '../float/format.ts';
import { floatsOf, type FloatTensor } from '../tensor/tensor.ts';
import * as kernels from './index.ts';

const { NaN: nan } = Number;
const inf = Infinity;

describe.each(formats)('%s', (format) => {
  const tensor = (shape: readonly number[], ...values: number[]): FloatTensor =>
    isHalf(format)
      ? { shape, data: encodedHalves(values, format), dtype: format }
      : { shape, data: floatArrayFrom(format, values) };
  const indices = (shape: readonly number[], ...values: number[]) => ({
    shape,
    data: Int32Array.from(values),
  });
  const values = (output: FloatTensor): number[] => [...floatsOf(output)].map((value) => value + 0); // −0 is 0

  describe('a lane with NaN or +∞ is NaN, in every value and every gradient through it, and its neighbours are not', () => {
    const x = tensor([3, 2], nan, 0, inf, 0, 0, 0);
    const dy = tensor([3, 2], 1, 2, 3, 4, 5, 5);

    test('softmax', () => {
      expect(values(kernels.softmax(x))).toEqual([nan, nan, nan, nan, 0.5, 0.5]);
      expect(values(kernels.softmaxBackward(x, dy))).toEqual([nan, nan, nan, nan, 0, 0]);
    });

    test('logSoftmax', () => {
      expect(values(kernels.logSoftmax(x)).slice(0, 4)).toEqual([nan, nan, nan, nan]);
      expect(values(kernels.logSoftmaxBackward(x, dy))).toEqual([nan, nan, nan, nan, 0, 0]);
    });

    test('logSumExp is NaN for NaN, else +∞ for +∞; its gradient is NaN for both', () => {
      expect(values(kernels.logSumExp(x)).slice(0, 2)).toEqual([nan, inf]);
      expect(values(kernels.logSumExpBackward(x, tensor([3], 1, 1, 2)))).toEqual([nan, nan, nan, nan, 1, 1]);
    });

    test('crossEntropy, and with it the mean', () => {
      const target = indices([3], 0, 1, 0);
      const each = tensor([3], 1, 1, 2);

      expect(values(kernels.crossEntropy(x, target, { reduction: 'none' })).slice(0, 2)).toEqual([nan, nan]);
      expect(values(kernels.crossEntropy(x, target))).toEqual([nan]);
      expect(values(kernels.crossEntropyBackward(x, target, each, { reduction: 'none' }))).toEqual([
        nan,
        nan,
        nan,
        nan,
        -1,
        1,
      ]);
    });
  });

  test('−∞ entries give 0 and −∞, and the others share the rest', () => {
    const x = tensor([3], -inf, 0, 0);

    expect(values(kernels.softmax(x))).toEqual([0, 0.5, 0.5]);
    expect(values(kernels.logSoftmax(x))[0]).toBe(-inf);
    expect(values(kernels.logSumExp(x))).toEqual(values(kernels.logSumExp(tensor([2], 0, 0))));
  });

  test('a lane all −∞ gives NaN, as do its loss and gradients; its logSumExp is −∞', () => {
    const x = tensor([2], -inf, -inf);

    expect(values(kernels.softmax(x))).toEqual([nan, nan]);
    expect(values(kernels.logSoftmax(x))).toEqual([nan, nan]);
    expect(values(kernels.logSumExp(x))).toEqual([-inf]);
    expect(values(kernels.logSumExpBackward(x, tensor([], 1)))).toEqual([nan, nan]);
    expect(values(kernels.crossEntropy(x, indices([], 0)))).toEqual([nan]);
    expect(values(kernels.crossEntropyBackward(x, indices([], 0), tensor([], 1)))).toEqual([nan, nan]);
  });

  test('x = [0, −∞], class 1: loss +∞, gradient [1, −1]', () => {
    const x = tensor([2], 0, -inf);

    expect(values(kernels.crossEntropy(x, indices([], 1)))).toEqual([inf]);
    expect(values(kernels.crossEntropyBackward(x, indices([], 1), tensor([], 1)))).toEqual([1, -1]);
  });

  test('a class without a share adds 0 where its log p is −∞, and NaN where it is NaN', () => {
    expect(values(kernels.crossEntropy(tensor([2], 0, -inf), tensor([2], 1, 0)))).toEqual([0]);
    expect(
      values(kernels.crossEntropy(tensor([2], 0, -inf), tensor([2], 1, 5), { weight: tensor([2], 1, 0) })),
    ).toEqual([0]);
    expect(values(kernels.crossEntropy(tensor([2], 0, nan), tensor([2], 0, 0)))).toEqual([nan]);
  });

  test('an ignored position adds nothing to loss, denominator or gradient, whatever its logits hold', () => {
    const x = tensor([2, 2], nan, inf, 0, 0);
    const target = indices([2], -100, 1);
    const options = { ignoreIndex: -100 };

    expect(values(kernels.crossEntropy(x, target, options))).toEqual(
      values(kernels.crossEntropy(tensor([1, 2], 0, 0), indices([1], 1))),
    );
    expect(values(kernels.crossEntropyBackward(x, target, tensor([], 1), options))).toEqual([
      0, 0, 0.5, -0.5,
    ]);
  });

  test('D = 0 and mean: loss NaN, also where smoothing makes a total; gradient 0 where ignored, NaN elsewhere', () => {
    const x = tensor([2, 2], 0, 1, 2, 3);
    const target = indices([2], -100, 1);
    const options = { ignoreIndex: -100, weight: tensor([2], 1, 0) };

    expect(values(kernels.crossEntropy(x, target, options))).toEqual([nan]);
    expect(values(kernels.crossEntropy(x, target, { ...options, labelSmoothing: 0.5 }))).toEqual([nan]);
    expect(values(kernels.crossEntropyBackward(x, target, tensor([], 1), options))).toEqual([0, 0, nan, nan]);
  });

  test('the gradient to the logits holds where the target does not sum to 1: k·(p·Σ w t − w t)', () => {
    const options = { reduction: 'sum', weight: tensor([2], 2, 1) } as const;

    expect(
      values(kernels.crossEntropyBackward(tensor([2], 0, 0), tensor([2], 1, 3), tensor([], 4), options)),
    ).toEqual([2, -2]);
  });

  test('the gradient to the target: −k·(1−ε)·w·log p, a factor of 0 giving 0, but NaN for NaN', () => {
    const x = tensor([2], 0, -inf);
    const target = tensor([2], 1, 0);
    const gradient = (dy: number, options: object): number[] =>
      values(kernels.crossEntropyTargetBackward(x, target, tensor([], dy), options));

    expect(gradient(1, {})).toEqual([0, inf]);
    expect(gradient(-1, {})).toEqual([0, -inf]);
    expect(gradient(0, {})).toEqual([0, 0]);
    expect(gradient(1, { labelSmoothing: 1 })).toEqual([0, 0]);
    expect(gradient(1, { weight: tensor([2], 1, 0) })).toEqual([0, 0]);
    expect(values(kernels.crossEntropyTargetBackward(tensor([2], nan, 0), target, tensor([], 0)))).toEqual([
      nan,
      nan,
    ]);
  });

  test('empty: no elements, or −∞ over an empty axis; no positions: sum 0, mean NaN; no classes: loss 0', () => {
    expect(kernels.softmax(tensor([0, 3]))).toEqual(tensor([0, 3]));
    expect(kernels.softmax(tensor([2, 0]))).toEqual(tensor([2, 0]));
    expect(kernels.logSumExp(tensor([2, 0]))).toEqual(tensor([2], -inf, -inf));
    expect(kernels.logSumExpBackward(tensor([2, 0]), tensor([2], 1, 1))).toEqual(tensor([2, 0]));
    expect(values(kernels.crossEntropy(tensor([0, 3]), indices([0]), { reduction: 'sum' }))).toEqual([0]);
    expect(values(kernels.crossEntropy(tensor([0, 3]), indices([0])))).toEqual([nan]);
    expect(values(kernels.crossEntropy(tensor([2, 0]), tensor([2, 0]), { reduction: 'none' }))).toEqual([
      0, 0,
    ]);
  });

  test('rank 0 is one lane of one class, by axis 0 and −1', () => {
    for (const axis of [0, -1]) {
      expect(kernels.softmax(tensor([], 7), { axis })).toEqual(tensor([], 1));
      expect(kernels.logSumExp(tensor([], 7), { axis })).toEqual(tensor([], 7));
      expect(values(kernels.crossEntropy(tensor([], 7), indices([], 0), { axis }))).toEqual([0]);
    }
  });

  test('nothing overflows: logits of the largest magnitude, and gaps beyond the format', () => {
    const largest = formatFacts(format).largestFinite;

    expect(values(kernels.softmax(tensor([2], largest, largest)))).toEqual([0.5, 0.5]);
    expect(values(kernels.softmax(tensor([2], largest, -largest)))).toEqual([1, 0]);
    expect(values(kernels.logSoftmax(tensor([2], largest, -largest)))).toEqual([0, -inf]);
  });

  test('the axis is the lanes’, by strides: axis 0 of a matrix is the last axis of its transpose', () => {
    const x = tensor([2, 3], 0, 1, 2, 3, 5, 8);
    const transposed = tensor([3, 2], 0, 3, 1, 5, 2, 8);

    const across = kernels.softmax(x, { axis: 0 }).data;
    const along = kernels.softmax(transposed, { axis: -1 }).data;

    expect([across[0], across[3], across[1], across[4], across[2], across[5]]).toEqual([...along]);
    expect(kernels.softmax(x, { axis: -2 })).toEqual(kernels.softmax(x, { axis: 0 }));
  });

  test('views into a larger buffer are read where they stand, and no input is written to', () => {
    const outer = tensor([4], 9, 0, 0, 9);
    const before = [...outer.data];
    const x = { ...outer, shape: [2], data: outer.data.subarray(1, 3) } as FloatTensor;

    expect(values(kernels.softmax(x))).toEqual([0.5, 0.5]);
    expect([...outer.data]).toEqual(before);
  });
});
