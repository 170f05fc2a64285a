/**
 * A large tensor with interleaved lanes goes through a transposed copy:
 * every kernel answers as for each lane alone.
 */
import { describe, expect, test } from 'vitest';
import type { FloatArray } from '../float/format.ts';
import { laneStart, lanesOf } from '../tensor/lanes.ts';
import { sizeOf, type IndexTensor, type Tensor } from '../tensor/tensor.ts';
import * as kernels from './index.ts';
import { fromRows, isInterleaved, toRows } from './rows.ts';

const shape = [2, 65, 33];
const axis = 1;
const lanes = lanesOf(shape, axis);
const indicesTo = (count: number): number[] => [...Array(count).keys()];

describe.each([
  ['float32', Float32Array],
  ['float64', Float64Array],
] as const)('%s', (_format, Data) => {
  /** A tensor of values without a pattern, within ±size. */
  const filled = (of: readonly number[], step: number, size = 5): Tensor => ({
    shape: of,
    data: Data.from(indicesTo(sizeOf(of)).map((i) => size * (((i * step) % 2) - 1))) as FloatArray,
  });
  const x = filled(shape, 0.618);
  const dy = filled(shape, 0.371);
  const dyOuter = filled(lanes.outerShape, 0.529);
  const indices: IndexTensor = {
    shape: lanes.outerShape,
    data: Int32Array.from({ length: lanes.count }, (_, i) => (i * 7) % lanes.length),
  };
  const weight = {
    shape: [lanes.length],
    data: filled([lanes.length], 0.77).data.map(Math.abs) as FloatArray,
  };
  const options = { reduction: 'none', labelSmoothing: 0.25, weight } as const;

  const laneOf = ({ data }: Tensor, lane: number): Tensor => ({
    shape: [lanes.length],
    data: Data.from(
      indicesTo(lanes.length).map((k) => data[laneStart(lanes, lane) + k * lanes.stride]!),
    ) as FloatArray,
  });
  const at = <D extends FloatArray | Int32Array>({ data }: Tensor<D>, lane: number): Tensor<D> => ({
    shape: [],
    data: data.slice(lane, lane + 1) as D,
  });
  const allLanes = indicesTo(lanes.count);

  test('they are so large and so placed that they are copied, and a copy and back is the same', () => {
    expect(isInterleaved(x.data, lanes)).toBe(true);
    expect(fromRows(toRows(x, lanes), { shape, data: new Data(x.data.length) }, lanes)).toEqual(x);
  });

  test.each<[string, (x: Tensor, dy: Tensor, axis: number) => Tensor]>([
    ['softmax', (logits, _, along) => kernels.softmax(logits, { axis: along })],
    [
      'softmaxBackward',
      (logits, cotangent, along) => kernels.softmaxBackward(logits, cotangent, { axis: along }),
    ],
    ['logSoftmax', (logits, _, along) => kernels.logSoftmax(logits, { axis: along })],
    [
      'logSoftmaxBackward',
      (logits, cotangent, along) => kernels.logSoftmaxBackward(logits, cotangent, { axis: along }),
    ],
  ])('%s', (_, kernel) => {
    const whole = kernel(x, dy, axis);

    expect(whole.shape).toEqual(shape);
    for (const lane of allLanes) {
      expect(laneOf(whole, lane)).toEqual(kernel(laneOf(x, lane), laneOf(dy, lane), -1));
    }
  });

  test('logSumExp and its gradient', () => {
    const whole = kernels.logSumExp(x, { axis });
    const gradient = kernels.logSumExpBackward(x, dyOuter, { axis });

    expect(whole.shape).toEqual(lanes.outerShape);
    for (const lane of allLanes) {
      expect(at(whole, lane)).toEqual(kernels.logSumExp(laneOf(x, lane)));
      expect(laneOf(gradient, lane)).toEqual(kernels.logSumExpBackward(laneOf(x, lane), at(dyOuter, lane)));
    }
  });

  test.each([
    ['class indices', (lane: number | null) => (lane === null ? indices : at(indices, lane))],
    ['probabilities', (lane: number | null) => (lane === null ? dy : laneOf(dy, lane))],
  ])('crossEntropy and its gradient to the logits, with %s', (_, target) => {
    const whole = kernels.crossEntropy(x, target(null), { ...options, axis });
    const gradient = kernels.crossEntropyBackward(x, target(null), dyOuter, { ...options, axis });

    expect(whole.shape).toEqual(lanes.outerShape);
    for (const lane of allLanes) {
      const one = laneOf(x, lane);
      expect(at(whole, lane)).toEqual(kernels.crossEntropy(one, target(lane), options));
      expect(laneOf(gradient, lane)).toEqual(
        kernels.crossEntropyBackward(one, target(lane), at(dyOuter, lane), options),
      );
    }
  });

  test('its gradient to the target', () => {
    const gradient = kernels.crossEntropyTargetBackward(x, dy, dyOuter, { ...options, axis });

    for (const lane of allLanes) {
      const alone = kernels.crossEntropyTargetBackward(
        laneOf(x, lane),
        laneOf(dy, lane),
        at(dyOuter, lane),
        options,
      );
      expect(laneOf(gradient, lane)).toEqual(alone);
    }
  });
});

test.each([
  [[3, 9, 25], 1],
  [[64, 70], 0],
  [[41, 3, 8], 1],
  [[300, 300], 0],
  [[2, 5, 130, 7], 2],
  [[7, 1, 67], 1],
  [[5, 2, 4000], 1],
] as const)(
  'a float32 tensor %j whose lanes are along axis %i is copied as rows, element by element',
  (of, along) => {
    const there = lanesOf(of, along);
    const { length, stride, count } = there;
    const numbered = { shape: of, data: Float32Array.from(indicesTo(sizeOf(of)).map((i) => i + 1)) };
    const due = indicesTo(count).flatMap((lane) =>
      indicesTo(length).map((k) => laneStart(there, lane) + k * stride + 1),
    );

    expect(isInterleaved(numbered.data, there)).toBe(true);
    expect([...toRows(numbered, there).data]).toEqual(due);
    expect(
      fromRows(toRows(numbered, there), { shape: of, data: new Float32Array(sizeOf(of)) }, there),
    ).toEqual(numbered);
  },
);

test('65,536 rows of zeros are all one half', () => {
  const zeros = { shape: [65_536, 2], data: new Float32Array(2 * 65_536) };
  const indices = { shape: [65_536], data: new Int32Array(65_536) };

  expect(new Set(kernels.softmax(zeros, {}).data)).toEqual(new Set([0.5]));
  expect(kernels.crossEntropy(zeros, indices, {}).data[0]).toBe(Math.fround(Math.LN2));
});
