import { describe, expect, test } from 'vitest';
import { outputKind, outputShape, type Case } from './case.ts';
import { mapTensors, tensorsOf } from './case-tensors.ts';

const softmax: Case = {
  operation: 'softmax',
  direction: 'backward',
  format: 'float32',
  axis: 0,
  logits: { shape: [3, 2], data: new Float32Array(6) },
  cotangent: { shape: [3, 2], data: new Float32Array(6) },
  regimes: [],
  checks: [],
};

const loss: Case = {
  ...softmax,
  operation: 'crossEntropy',
  format: 'float64',
  logits: { shape: [3, 2], data: new Float64Array(6) },
  cotangent: { shape: [2], data: Float64Array.of(5, 6) },
  loss: {
    target: { shape: [2], data: Int32Array.of(2, 0) },
    reduction: 'none',
    labelSmoothing: 0,
    weight: { shape: [3], data: Float64Array.of(1, 2, 3) },
  },
};

const probabilities = { shape: [3, 2], data: new Float64Array(6) };
const softLoss: Case = { ...loss, loss: { reduction: 'sum', labelSmoothing: 0, target: probabilities } };

describe('the kind of an output, along axis 0 of [3, 2]', () => {
  test.each([
    ['softmax', 'mean', 'forward', 'like logits', [3, 2]],
    ['logSoftmax', 'mean', 'forward', 'like logits', [3, 2]],
    ['logSumExp', 'mean', 'forward', 'per lane', [2]],
    ['logSumExp', 'mean', 'backward', 'like logits', [3, 2]],
    ['crossEntropy', 'none', 'forward', 'per lane', [2]],
    ['crossEntropy', 'sum', 'forward', 'reduced', []],
    ['crossEntropy', 'mean', 'forward', 'reduced', []],
    ['crossEntropy', 'mean', 'targetBackward', 'like logits', [3, 2]],
  ] as const)('of %s, %s, %s is %s', (operation, reduction, direction, kind, shape) => {
    const c = { ...softLoss, operation, direction, loss: { ...softLoss.loss!, reduction } };

    expect(outputKind(c)).toBe(kind);
    expect(outputShape(c)).toEqual(shape);
  });
});

describe('the tensors of a case', () => {
  const listed = (c: Case): readonly string[] =>
    tensorsOf(c).map(({ name, kind, format }) => `${name} ${kind} ${format}`);

  test('are those that are there, as a kernel takes them', () => {
    expect(listed(softmax)).toEqual(['logits like logits float32', 'dy like logits float32']);
    expect(listed(loss)).toEqual([
      'logits like logits float64',
      'target per lane int32',
      'dy per lane float64',
      'weight per class float64',
    ]);
    expect(listed(softLoss)).toContain('target like logits float64');
    expect(listed(softLoss)).toContain('dy reduced float64');
  });

  test('are each mapped in its place, and nothing else of the case changes', () => {
    const mapped = mapTensors(loss, ({ name, tensor }) =>
      name === 'weight' ? { shape: [3], data: Float64Array.of(7, 8, 9) } : tensor,
    );

    expect(mapped).toEqual({
      ...loss,
      loss: { ...loss.loss, weight: { shape: [3], data: Float64Array.of(7, 8, 9) } },
    });
  });

  test('that are not there are not made', () => {
    const { cotangent: _, ...forward } = softmax;
    const mapped = mapTensors({ ...forward, direction: 'forward' }, ({ tensor }) => tensor);

    expect(Object.keys(mapped)).not.toContain('cotangent');
    expect(Object.keys(mapped)).not.toContain('loss');
    expect(Object.keys(mapTensors(softLoss, ({ tensor }) => tensor).loss!)).not.toContain('weight');
  });
});
