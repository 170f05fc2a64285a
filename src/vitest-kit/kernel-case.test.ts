import { expect, test } from 'vitest';
import { kernelCase, type GivenCase } from './kernel-case.ts';

test('the shape is that of the nesting, the format float32 unless it is said, the axis −1', () => {
  const c = kernelCase({ operation: 'softmax', logits: [[0.1, 2, 3], [4, 5, 6]] }); // prettier-ignore

  expect(c).toMatchObject({ direction: 'forward', format: 'float32', axis: -1, checks: [] });
  expect(c.logits).toEqual({ shape: [2, 3], data: Float32Array.of(0.1, 2, 3, 4, 5, 6) });
});

test('a number alone is of rank 0', () => {
  expect(kernelCase({ operation: 'softmax', format: 'float64', logits: 7 }).logits).toEqual({
    shape: [],
    data: Float64Array.of(7),
  });
});

test('a target nested one level less than the logits is class indices, one nested as they are probabilities', () => {
  const loss = { operation: 'crossEntropy', logits: [[1, 2]] } as const;

  expect(kernelCase({ ...loss, target: [1] }).loss?.target).toEqual({ shape: [1], data: Int32Array.of(1) });
  expect(kernelCase({ ...loss, target: [[0, 1]] }).loss?.target).toEqual({
    shape: [1, 2],
    data: Float32Array.of(0, 1),
  });
});

test('a gradient that is given no dy is given ones of the shape of the output', () => {
  const c = kernelCase({ operation: 'logSumExp', direction: 'backward', axis: 0, logits: [[1, 2, 3]] });

  expect(c.cotangent).toEqual({ shape: [3], data: Float32Array.of(1, 1, 1) });
});

test.each<[Partial<GivenCase>, string]>([
  [{ logits: [[1, 2], [3]] }, 'logits is nested unevenly'],
  [{ axis: 2 }, 'axis 2 is not an integer in [-2, 1]'],
  [{ direction: 'targetBackward' }, 'softmax has no targetBackward'],
  [{ dy: [[1, 2]] }, 'dy is there for forward'],
  [{ target: [0] }, 'target is there for softmax'],
  [{ labelSmoothing: 0.5 }, 'labelSmoothing is there for softmax'],
  [{ operation: 'crossEntropy' }, 'target is missing for crossEntropy'],
  [{ operation: 'crossEntropy', target: [0.5] }, 'target 0.5 is no class index'],
  [{ operation: 'crossEntropy', target: [2] }, 'target[0] is 2, not a class in [0, 2)'],
  [{ direction: 'backward', dy: [1] }, 'cotangent has shape [1], not [1, 2]'],
])('%j is refused: %s', (given, sentence) => {
  expect(() => kernelCase({ operation: 'softmax', logits: [[1, 2]], ...given })).toThrow(sentence);
});
