/** The kernels on data of 16 bits: their types, and what has to be right to the last rounding. */
import { describe, expect, test } from 'vitest';
import type { Target } from '../contract/subject.ts';
import { encodedHalves, halfFormats, roundTo, type HalfFormat } from '../float/format.ts';
import { laneStart, lanesOf } from '../tensor/lanes.ts';
import { floatsOf, sizeOf, type FloatTensor, type HalfTensor, type Tensor } from '../tensor/tensor.ts';
import * as kernels from './index.ts';

const half = (format: HalfFormat, shape: readonly number[], ...values: number[]): HalfTensor => ({
  shape,
  data: encodedHalves(values, format),
  dtype: format,
});
const bfloat16 = (...values: number[]): HalfTensor => half('bfloat16', [values.length], ...values);
const valuesOf = (tensor: FloatTensor): number[] => [...floatsOf(tensor)];

test('a Tensor gives a Tensor, a HalfTensor a HalfTensor, and what may be either gives either', () => {
  const native: Tensor = { shape: [2], data: Float32Array.of(0, 0) };
  const either: FloatTensor = native;

  let fromNative = kernels.softmax({ shape: [2], data: Float64Array.of(0, 0) });
  fromNative = kernels.logSoftmax(native) satisfies ReturnType<typeof kernels.softmax>;
  const fromHalf: HalfTensor = kernels.softmax(bfloat16(0, 0));
  const fromEither: FloatTensor = kernels.softmaxBackward(either, either);
  const loss: HalfTensor = kernels.crossEntropy(bfloat16(0, 0), { shape: [], data: Int32Array.of(1) });

  expect(fromNative.data).toBeInstanceOf(Float32Array);
  expect(fromHalf.dtype).toBe('bfloat16');
  expect(fromEither.data).toBeInstanceOf(Float32Array);
  expect(loss.data).toBeInstanceOf(Uint16Array);
});

describe('what a class that has nearly all leaves to the others, to the last rounding (mpmath, 400 bits)', () => {
  const rounded = (...values: number[]): number[] => values.map((value) => roundTo('bfloat16', value));

  test('softmaxBackward', () => {
    const dx = kernels.softmaxBackward(bfloat16(40, -40, -38.5), bfloat16(0.75, -0.5, 0.25));

    expect(valuesOf(dx)).toEqual(
      rounded(6.300455604052412e-35, -2.256064234806769e-35, -4.0443913692456425e-35),
    );
  });

  test('logSoftmaxBackward', () => {
    expect(valuesOf(kernels.logSoftmaxBackward(bfloat16(40, 0), bfloat16(1, 0)))).toEqual(
      rounded(4.248354255291589e-18, -4.248354255291589e-18),
    );
  });

  test('crossEntropyBackward, whether a class is named by an index or by probabilities', () => {
    const due = rounded(-4.248354255291589e-18, 4.248354255291589e-18);
    const targets: readonly Target<HalfTensor>[] = [{ shape: [], data: Int32Array.of(0) }, bfloat16(1, 0)];

    for (const target of targets)
      expect(
        valuesOf(kernels.crossEntropyBackward(bfloat16(40, 0), target, half('bfloat16', [], 1))),
      ).toEqual(due);
  });
});

test('where every class is told alike, or by halves, nothing is left of what cancels', () => {
  const flat = bfloat16(...Array<number>(49).fill(0.3));
  const ones = bfloat16(...Array<number>(49).fill(1));
  const balanced = bfloat16(0, ...Array.from({ length: 48 }, (_, i) => (i % 2 === 0 ? 0.1 : -0.1)));

  expect(valuesOf(kernels.softmaxBackward(flat, ones)).map(Math.abs)).toEqual(Array(49).fill(0));
  expect(valuesOf(kernels.logSoftmaxBackward(flat, ones)).map(Math.abs)).toEqual(Array(49).fill(0));
  expect(Math.abs(valuesOf(kernels.softmaxBackward(flat, balanced))[0]!)).toBe(0);
});

test('of logits that differ by less than a rounding of float64, what is left is half their difference', () => {
  const gap = 2 ** -54;

  // s = [1/2 − gap/4, 1/2 + gap/4], and dy − 2·s
  expect(valuesOf(kernels.logSoftmaxBackward(bfloat16(0, gap), bfloat16(1, 1)))).toEqual([gap / 2, -gap / 2]);
});

describe.each(halfFormats)('%s', (format) => {
  const shape = [2, 65, 33];
  const lanes = lanesOf(shape, 1);
  const filled = (of: readonly number[], step: number): HalfTensor =>
    half(format, of, ...Array.from({ length: sizeOf(of) }, (_, i) => 5 * (((i * step) % 2) - 1)));
  const moved = ({ data, dtype }: HalfTensor): HalfTensor => ({
    shape: [2, 33, 65],
    dtype,
    data: Uint16Array.from(
      { length: data.length },
      (_, i) => data[laneStart(lanes, Math.floor(i / 65)) + (i % 65) * lanes.stride]!,
    ),
  });
  const [x, dy, dyOuter] = [filled(shape, 0.618), filled(shape, 0.371), filled([2, 33], 0.529)];
  const indices = { shape: [2, 33], data: Int32Array.from({ length: 66 }, (_, i) => i % 65) };
  const options = {
    reduction: 'none',
    labelSmoothing: 0.25,
    weight: half(format, [65], ...Array<number>(65).fill(0.5)),
  } as const;

  test.each<[string, (along: number, as: (tensor: HalfTensor) => HalfTensor) => HalfTensor]>([
    ['softmax', (axis, as) => kernels.softmax(as(x), { axis })],
    ['softmaxBackward', (axis, as) => kernels.softmaxBackward(as(x), as(dy), { axis })],
    ['logSoftmax', (axis, as) => kernels.logSoftmax(as(x), { axis })],
    ['logSoftmaxBackward', (axis, as) => kernels.logSoftmaxBackward(as(x), as(dy), { axis })],
    ['logSumExp', (axis, as) => kernels.logSumExp(as(x), { axis })],
    ['logSumExpBackward', (axis, as) => kernels.logSumExpBackward(as(x), dyOuter, { axis })],
    ['crossEntropy', (axis, as) => kernels.crossEntropy(as(x), as(dy), { ...options, axis })],
    [
      'crossEntropyBackward',
      (axis, as) => kernels.crossEntropyBackward(as(x), as(dy), dyOuter, { ...options, axis }),
    ],
    [
      'crossEntropyBackward of indices',
      (axis, as) => kernels.crossEntropyBackward(as(x), indices, dyOuter, { ...options, axis }),
    ],
    [
      'crossEntropyTargetBackward',
      (axis, as) => kernels.crossEntropyTargetBackward(as(x), as(dy), dyOuter, { ...options, axis }),
    ],
  ])('%s of interleaved lanes, which are copied, is that of the same lanes as rows', (_, kernel) => {
    const across = kernel(1, (tensor) => tensor);
    const along = kernel(-1, moved);

    expect(across.dtype).toBe(format);
    const isLikeLogits = across.data.length === x.data.length;
    expect([...(isLikeLogits ? moved(across) : across).data]).toEqual([...along.data]);
  });

  test('a result is rounded once: what float32 would make a tie of is above it', () => {
    const odd = { float16: 2029, bfloat16: 237 }[format];
    const logits = half(format, [2, 2], 0, -odd, 0, -20);
    const target = { shape: [2], data: Int32Array.of(1, 1) };

    // odd + 20 + log(1 + e^−20) = odd + 20 + 2.06e-9, where the numbers of the format are 2 apart
    const loss = kernels.crossEntropy(logits, target, { reduction: 'sum' });

    expect(valuesOf(loss)).toEqual([odd + 21]);
  });

  test('no input is written to, and an output is nobody else’s', () => {
    const before = [...x.data];

    const [first, second] = [kernels.softmax(x), kernels.softmax(x)];

    expect([...x.data]).toEqual(before);
    expect(first.data.buffer).not.toBe(second.data.buffer);
  });
});
