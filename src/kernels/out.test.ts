/** `out`: the tensor that a result is written into. Every kernel, every format, both kinds of axis. */
import { describe, expect, test } from 'vitest';
import { encodedHalves, floatArrayFrom, formats, isHalf, type Format } from '../float/format.ts';
import { sizeOf, type FloatTensor } from '../tensor/tensor.ts';
import * as kernels from './index.ts';

const filled = (shape: readonly number[], format: Format, step: number): FloatTensor => {
  const values = Array.from({ length: sizeOf(shape) }, (_, i) => 3 * (((i * step) % 2) - 1));
  return isHalf(format)
    ? { shape, data: encodedHalves(values, format), dtype: format }
    : { shape, data: floatArrayFrom(format, values) };
};

type Call = (out: FloatTensor | undefined) => FloatTensor;

/** Every kernel on lanes along an axis of the shape. */
function callsOn(shape: readonly number[], axis: number, format: Format): Record<string, Call> {
  const outer = shape.filter((_, i) => i !== axis);
  const [x, dy, dyOuter] = [
    filled(shape, format, 0.618),
    filled(shape, format, 0.37),
    filled(outer, format, 0.53),
  ];
  const indices = {
    shape: outer,
    data: Int32Array.from({ length: sizeOf(outer) }, (_, i) => i % shape[axis]!),
  };
  const withOut = <T extends object>(options: T, out: FloatTensor | undefined): T & { out?: FloatTensor } =>
    out === undefined ? options : { ...options, out };
  const loss = { axis, reduction: 'none', ignoreIndex: 1 } as const;
  const soft = { axis, reduction: 'none', labelSmoothing: 0.25 } as const;
  return {
    softmax: (out) => kernels.softmax(x, withOut({ axis }, out)),
    softmaxBackward: (out) => kernels.softmaxBackward(x, dy, withOut({ axis }, out)),
    logSoftmax: (out) => kernels.logSoftmax(x, withOut({ axis }, out)),
    logSoftmaxBackward: (out) => kernels.logSoftmaxBackward(x, dy, withOut({ axis }, out)),
    logSumExp: (out) => kernels.logSumExp(x, withOut({ axis }, out)),
    logSumExpBackward: (out) => kernels.logSumExpBackward(x, dyOuter, withOut({ axis }, out)),
    crossEntropy: (out) => kernels.crossEntropy(x, indices, withOut(loss, out)),
    crossEntropyBackward: (out) => kernels.crossEntropyBackward(x, indices, dyOuter, withOut(loss, out)),
    'crossEntropyBackward of probabilities': (out) =>
      kernels.crossEntropyBackward(x, dy, dyOuter, withOut(soft, out)),
    crossEntropyTargetBackward: (out) =>
      kernels.crossEntropyTargetBackward(x, dy, dyOuter, withOut(soft, out)),
  };
}

describe.each(formats)('%s: out is filled, whatever it held, and is what is returned', (format) => {
  test.each([
    ['few elements', [2, 3], 1],
    ['rows', [5, 40], 1],
    ['few strided lanes', [4, 3], 0],
    ['many, which are copied to rows', [65, 70], 0],
  ] as const)('%s', (_, shape, axis) => {
    for (const [kernel, call] of Object.entries(callsOn(shape, axis, format))) {
      const expected = call(undefined);
      const out = filled(expected.shape, format, 0.9);

      const result = call(out);

      expect(result === out, kernel).toBe(true);
      expect(out, kernel).toEqual(expected);
    }
  });
});

describe('an out that does not fit is refused by a sentence, and nothing is written', () => {
  const x = { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const refused: readonly [string, unknown, string][] = [
    [
      'another shape',
      { shape: [3, 2], data: new Float32Array(6) },
      'out has shape [3, 2], and the output has [2, 3]',
    ],
    [
      'another format',
      { shape: [2, 3], data: new Float64Array(6) },
      'out is float64, and the logits are float32',
    ],
    [
      'other elements than its shape has',
      { shape: [2, 3], data: new Float32Array(5) },
      'out.data has 5 elements, and its shape [2, 3] asks for 6',
    ],
    ['no tensor', null, 'out.data is undefined, not a Float32Array or Float64Array'],
    ['the input itself', x, 'out shares memory with x: it has to have memory of its own'],
    [
      'a part of its memory',
      { shape: [2, 3], data: new Float32Array(x.data.buffer, 0, 6) },
      'out shares memory with x: it has to have memory of its own',
    ],
  ];

  test.each(refused)('%s', (_, out, message) => {
    expect(() => kernels.softmax(x, { out: out as typeof x })).toThrow(message);
    expect([...x.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('memory of any other argument, by its name', () => {
    const dy = { shape: [2, 3], data: new Float32Array(6) };
    const options = { reduction: 'none', out: { shape: [2], data: dy.data.subarray(4) } } as const;

    expect(() => kernels.softmaxBackward(x, dy, { out: dy })).toThrow('out shares memory with dy');
    expect(() => kernels.crossEntropy(x, dy, options)).toThrow('out shares memory with target');
  });

  test('views beside each other in one buffer share nothing', () => {
    const memory = new Float32Array(12);
    const [input, out] = [memory.subarray(0, 6), memory.subarray(6)].map((data) => ({ shape: [2, 3], data }));

    expect(kernels.softmax(input!, { out: out! }).data[0]).toBe(Math.fround(1 / 3));
  });
});

test('a result is its own memory: no later call changes it, and it is no view of the instance', () => {
  const x = { shape: [40, 30], data: Float32Array.from({ length: 1_200 }, (_, i) => (i * 0.618) % 5) };
  const first = kernels.softmax(x);
  const before = [...first.data];

  kernels.logSoftmax({ shape: [40, 30], data: new Float32Array(1_200) });

  expect([...first.data]).toEqual(before);
  expect(first.data.buffer.byteLength).toBeLessThan(2 ** 17);
});

test('what an earlier call left in memory changes nothing', () => {
  const x = { shape: [11, 7], data: Float32Array.from({ length: 77 }, (_, i) => (i * 0.618) % 5) };
  const before = kernels.softmaxBackward(x, x);
  const noNumbers = { shape: [100, 100], data: new Float32Array(10_000).fill(NaN) };
  kernels.softmaxBackward(noNumbers, noNumbers);

  expect(kernels.softmaxBackward(x, x)).toEqual(before);
});
