/**
 * What the contract says of arguments: each is refused by name, with its value, before anything is computed.
 */
import { describe, expect, test } from 'vitest';
import type { FloatArray } from '../float/format.ts';
import type { FloatTensor, HalfTensor, Tensor } from '../tensor/tensor.ts';
import type { CrossEntropyOptions, Target } from './subject.ts';
import {
  checkCotangent,
  checkHasTargetGradient,
  checkTensor,
  resolveLanes,
  resolveLoss,
} from './validate.ts';

const tensor = (shape: unknown, data: unknown = new Float32Array(6)): Tensor => ({
  shape: shape as number[],
  data: data as FloatArray,
});
const logits = tensor([2, 3]);
const indices = { shape: [2], data: Int32Array.of(0, 2) };

test.each<[string, unknown, string]>([
  ['no tensor', undefined, 'x.data is undefined, not a Float32Array or Float64Array'],
  ['null', null, 'x.data is undefined, not a Float32Array or Float64Array'],
  ['an array', tensor([2], [1, 2]), 'x.data is 1,2, not a Float32Array or Float64Array'],
  ['integers', tensor([2], Int32Array.of(1, 2)), 'x.data is 1,2, not a Float32Array or Float64Array'],
  [
    'bits that nobody says what they are',
    tensor([2], Uint16Array.of(1, 2)),
    'x.data is a Uint16Array, and x.dtype is undefined, not one of float16, bfloat16',
  ],
  [
    'bits of another kind',
    { ...tensor([2], Uint16Array.of(1, 2)), dtype: 'float8' },
    'x.data is a Uint16Array, and x.dtype is "float8", not one of float16, bfloat16',
  ],
  [
    'halves that are no bits',
    { ...tensor([2], Float32Array.of(1, 2)), dtype: 'float16' },
    'x.dtype is "float16", and x.data a Float32Array: of halves it is a Uint16Array of their bits',
  ],
  [
    'too few halves',
    { ...tensor([3], Uint16Array.of(1, 2)), dtype: 'float16' },
    'x.data has 2 elements, and its shape [3] asks for 3',
  ],
  ['no shape', tensor(undefined), 'x.shape is undefined, not an array of sizes'],
  ['a size for a shape', tensor(6), 'x.shape is 6, not an array of sizes'],
  ['a broken size', tensor([1.5, 4]), 'x.shape has the size 1.5, which is no integer ≥ 0'],
  ['a negative size', tensor([-2, -3]), 'x.shape has the size -2, which is no integer ≥ 0'],
  ['a text', tensor(['6']), 'x.shape has the size "6", which is no integer ≥ 0'],
  // oxlint-disable-next-line no-sparse-arrays
  ['a hole', tensor([2, , 3]), 'x.shape has the size undefined, which is no integer ≥ 0'],
  ['too few elements', tensor([2, 4]), 'x.data has 6 elements, and its shape [2, 4] asks for 8'],
  ['too many', tensor([]), 'x.data has 6 elements, and its shape [] asks for 1'],
])('checkTensor refuses %s', (_, value, message) => {
  expect(() => checkTensor('x', value as Tensor)).toThrow(message);
});

const halves = { shape: [2, 3], data: new Uint16Array(6), dtype: 'bfloat16' } as const;

test('formats that differ are refused by name, halves of the other kind too', () => {
  const other = { ...halves, dtype: 'float16' } as const;
  const like = { like: halves, shape: [2, 3] };

  expect(() => checkCotangent(logits, like)).toThrow('dy is float32, and the logits are bfloat16');
  expect(() => checkCotangent(other, like)).toThrow('dy is float16, and the logits are bfloat16');
  expect(() => resolveLoss<FloatTensor>(halves, logits, {})).toThrow(
    'target is float32, and the logits are bfloat16',
  );
  const weight = { shape: [3], data: new Uint16Array(3), dtype: 'float16' } as const;
  expect(() => resolveLoss<FloatTensor>(halves, indices, { weight })).toThrow(
    'weight is float16, and the logits are bfloat16',
  );
});

test('of halves, class indices stay an Int32Array, and weights are looked at as the numbers they are', () => {
  const words = { shape: [2], data: Uint16Array.of(0, 2) } as unknown as HalfTensor;
  const weight = { shape: [3], data: Uint16Array.of(0, 0x8000, 0xbdcd), dtype: 'bfloat16' } as const;

  expect(() => resolveLoss(halves, words, {})).toThrow(
    'target.data is a Uint16Array, and target.dtype is undefined',
  );
  expect(() => resolveLoss<FloatTensor>(halves, indices, { weight })).toThrow(
    /^weight\[2\] is -0\.1\d*, not finite and ≥ 0$/,
  );
});

test('checkTensor takes every format, rank 0 and empty tensors', () => {
  checkTensor('x', halves);
  checkTensor('x', { ...halves, dtype: 'float16' });
  checkTensor('x', logits);
  checkTensor('x', tensor([], new Float64Array(1)));
  checkTensor('x', tensor([2, 0, 3], new Float32Array(0)));
});

test('resolveLanes refuses an axis that is not there, and takes the last one for none', () => {
  expect(() => resolveLanes(logits, 2)).toThrow('axis 2 is not an integer in [-2, 1] (rank 2)');
  expect(resolveLanes(logits, undefined).axis).toBe(1);
});

test('checkCotangent refuses another format and another shape', () => {
  const like = { like: logits, shape: [2, 3] };

  expect(() => checkCotangent(tensor([2, 3], new Float64Array(6)), like)).toThrow(
    'dy is float64, and the logits are float32',
  );
  expect(() => checkCotangent(tensor([3, 2]), like)).toThrow(
    'dy has shape [3, 2], and the output has [2, 3]',
  );
});

describe('resolveLoss', () => {
  test.each<[string, CrossEntropyOptions, string]>([
    ['a reduction', { reduction: 'avg' as 'sum' }, 'reduction is "avg", not one of mean, sum, none'],
    ['smoothing beyond 1', { labelSmoothing: 1.5 }, 'labelSmoothing is 1.5, not within [0, 1]'],
    ['smoothing that is NaN', { labelSmoothing: NaN }, 'labelSmoothing is NaN, not within [0, 1]'],
    [
      'another format of weights',
      { weight: tensor([3], new Float64Array(3)) },
      'weight is float64, and the logits are float32',
    ],
    [
      'too few weights',
      { weight: tensor([2], new Float32Array(2)) },
      'weight has shape [2], not [3], the number of classes',
    ],
    [
      'a matrix of weights',
      { weight: tensor([3, 1], new Float32Array(3)) },
      'weight has shape [3, 1], not [3]',
    ],
    [
      'a negative weight',
      { weight: tensor([3], Float32Array.of(1, 0, -1)) },
      'weight[2] is -1, not finite and ≥ 0',
    ],
    [
      'an infinite weight',
      { weight: tensor([3], Float32Array.of(1, Infinity, 1)) },
      'weight[1] is Infinity, not finite and ≥ 0',
    ],
    [
      'a NaN among the weights',
      { weight: tensor([3], Float32Array.of(NaN, 1, 1)) },
      'weight[0] is NaN, not finite and ≥ 0',
    ],
    ['an index that is broken', { ignoreIndex: 0.5 }, 'ignoreIndex is 0.5, not an integer'],
  ])('refuses %s', (_, options, message) => {
    expect(() => resolveLoss(logits, indices, options)).toThrow(message);
  });

  test.each<[string, Target, CrossEntropyOptions, string]>([
    [
      'a class that is not there',
      { shape: [2], data: Int32Array.of(0, 3) },
      {},
      'target[1] is the class 3, not within [0, 3)',
    ],
    [
      'a negative class',
      { shape: [2], data: Int32Array.of(-1, 0) },
      {},
      'target[0] is the class -1, not within [0, 3)',
    ],
    [
      'indices of another shape',
      { shape: [1, 2], data: Int32Array.of(0, 0) },
      {},
      "target has shape [1, 2], not [2], the logits' without",
    ],
    ['probabilities of another shape', tensor([6]), {}, 'target has shape [6], and the logits have [2, 3]'],
    [
      'an ignored index of probabilities',
      logits,
      { ignoreIndex: 1 },
      'ignoreIndex is 1, which goes with class indices only',
    ],
  ])('refuses %s', (_, target, options, message) => {
    expect(() => resolveLoss(logits, target, options)).toThrow(message);
  });

  test('fills the defaults in, and knows the two kinds of target apart', () => {
    expect(resolveLoss(logits, indices, {})).toMatchObject({
      indices: indices.data,
      probabilities: null,
      reduction: 'mean',
      labelSmoothing: 0,
      weight: null,
      ignoreIndex: null,
      outputShape: [],
    });
    expect(resolveLoss(logits, logits, { reduction: 'none' })).toMatchObject({
      indices: null,
      probabilities: logits.data,
      outputShape: [2],
    });
  });

  test('takes an ignored class that is not there, and has no gradient to class indices', () => {
    const loss = resolveLoss(logits, { shape: [2], data: Int32Array.of(-100, 0) }, { ignoreIndex: -100 });

    expect(loss.ignoreIndex).toBe(-100);
    expect(() => checkHasTargetGradient(loss)).toThrow(
      'target holds class indices (Int32Array), which have no gradient',
    );
  });
});
