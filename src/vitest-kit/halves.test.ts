/** The kit in 16 bits: cases by hand, matchers, whole modules, and what compiles. */
import { describe, expect, test } from 'vitest';
import type { SubjectModule } from '../contract/subject.ts';
import type { AxisOptions, FloatTensor, HalfTensor, Tensor } from '../index.ts';
import { halfFormats } from '../float/format.ts';
import * as kernels from '../kernels/index.ts';
import { fuzzKernels, kernelCase, toHalfTensor, type GivenCase } from './index.ts';

fuzzKernels({ ...kernels, supports: { formats: halfFormats } }, { runs: 30, strict: true });

const bits = (dtype: 'float16' | 'bfloat16', ...data: number[]): HalfTensor => ({
  shape: [data.length],
  data: Uint16Array.from(data),
  dtype,
});

describe('kernelCase', () => {
  test('numbers are rounded to the format, of two that are as near to the even one', () => {
    const c = kernelCase({ operation: 'softmax', format: 'bfloat16', logits: [0.1, 1 + 2 ** -8, -0] });

    expect(c).toMatchObject({ format: 'bfloat16', axis: -1 });
    expect([...c.logits.data]).toEqual([0.10009765625, 1, -0]);
  });

  test('bits with their dtype are what they are, and say the format', () => {
    const c = kernelCase({
      operation: 'logSumExp',
      direction: 'backward',
      logits: bits('float16', 0x3c01, 0xfc00),
      dy: toHalfTensor({ shape: [], data: [2] }, 'float16'),
    });

    expect(c.format).toBe('float16');
    expect([...c.logits.data]).toEqual([1 + 2 ** -10, -Infinity]);
    expect([...c.cotangent!.data]).toEqual([2]);
  });

  test('class indices stay an Int32Array, beyond what float16 could hold', () => {
    const logits = Array.from({ length: 70_000 }, () => 0);
    const c = kernelCase({ operation: 'crossEntropy', format: 'float16', logits, target: 69_999 });

    expect(c.loss!.target.data).toEqual(Int32Array.of(69_999));
  });

  test.each<[Partial<GivenCase>, string]>([
    [
      { format: 'float16', logits: [1e5] },
      'logits holds 100000, which is beyond the largest number of float16, 65504',
    ],
    [
      { format: 'float16', logits: bits('bfloat16', 0) },
      'format is float16, and logits is a tensor of bfloat16',
    ],
    [
      { format: 'float16', logits: { shape: [1], data: Float32Array.of(1) } },
      'format is float16, and logits is a tensor of float32',
    ],
    [
      { direction: 'backward', logits: bits('float16', 0), dy: bits('bfloat16', 0) },
      'dy is a tensor of bfloat16, and the logits are float16',
    ],
  ])('%j is refused: %s', (given, sentence) => {
    expect(() => kernelCase({ operation: 'softmax', logits: [1], ...given })).toThrow(sentence);
  });
});

describe('the matchers', () => {
  const even = kernelCase({ operation: 'softmax', format: 'float16', logits: [3, 3] });

  test('take bits with their dtype', () => {
    expect(bits('float16', 0x3800, 0x3800)).toMatchExact(even, { strict: true });
    expect(bits('float16', 0x3800, 0x3801)).toMatchExact(even);
    expect(bits('float16', 0x3800, 0x3801)).not.toMatchExact(even, { strict: true });
    expect(bits('float16', 0x3800, 0x3801)).toMatchExact(even, {
      strict: true,
      arithmetic: { halves: 'composed' },
    });
  });

  test('say the bits, and what was assumed', () => {
    const answer = bits('float16', 0x3800, 0x3900);

    expect(() => expect(answer).toMatchExact(even)).toThrow(
      /got {6}0x3900 = 0\.625\n {2}exact {4}0\.5\n[^]*wrong beyond[^]*the last rounding/,
    );
  });

  test.each<[unknown, string]>([
    [
      { shape: [2], data: Uint16Array.of(0x3800, 0x3800) },
      'the format is a Uint16Array without a dtype, not float16',
    ],
    [bits('bfloat16', 0x3f00, 0x3f00), 'the format is bfloat16, not float16'],
    [{ shape: [2], data: Float32Array.of(0.5, 0.5) }, 'the format is float32, not float16'],
    [{ shape: [2], data: [0.5, 0.5] }, 'data that is a Uint16Array of bits, with its dtype'],
  ])('%j: %s', (received, sentence) => {
    expect(() => expect(received).toMatchExact(even)).toThrow(sentence);
  });

  test('values alone may be held by anything, and bits where a dtype says of what', () => {
    expect([0.5, 0.5]).toBeWithinTolerance(even);
    expect(Float32Array.of(0.5, 0.5)).toBeWithinTolerance(even);
    expect(bits('float16', 0x3800, 0x3800)).toBeWithinTolerance(even);
    expect(() => expect([0.1, 0.9]).toBeWithinTolerance(even)).toThrow('0.1 at 0 is no float16');
    expect(() => expect(Uint16Array.of(0x3800, 0x3800)).toBeWithinTolerance(even)).toThrow(
      'holds no numbers',
    );
  });

  test('a loss may be in float32 where that is declared', () => {
    const loss = kernelCase({ operation: 'crossEntropy', format: 'float16', logits: [0, 0], target: 0 });
    const answer = { shape: [], data: Float32Array.of(Math.LN2) };

    expect(answer).toMatchExact(loss, { strict: true, arithmetic: { lossDtype: 'float32' } });
    expect(() => expect(answer).toMatchExact(loss)).toThrow('the format is float32, not float16');
  });
});

describe('what compiles', () => {
  test('a module of tensors as before, one of halves, and one of both', () => {
    const native: SubjectModule = { softmax: (x: Tensor, { axis = -1 }: AxisOptions): Tensor => x ?? axis };
    const halves: SubjectModule<HalfTensor> = {
      softmax: ({ shape, data, dtype }) => ({ shape, data, dtype }),
    };
    const both: SubjectModule<FloatTensor> = {
      softmax: (x) => ('dtype' in x ? { ...x, data: x.data.slice() } : x),
      crossEntropy: (logits, target, { weight }) => (weight === undefined ? logits : (target as FloatTensor)),
    };
    // @ts-expect-error: a kernel of tensors takes no halves
    const narrow: SubjectModule<FloatTensor> = { softmax: (x: Tensor): Tensor => x };
    // @ts-expect-error: bits without a dtype are no answer
    const bare: SubjectModule<HalfTensor> = { softmax: ({ shape, data }) => ({ shape, data }) };

    for (const module of [native, halves, both, narrow, bare]) expect(module.softmax).toBeTypeOf('function');
  });
});
