import { expect, test } from 'vitest';
import type { Format } from '../src/float/format.ts';
import { references } from './index.ts';
import { whyNotFormat } from './reference.ts';

test('the table says of every option of cross-entropy what each reference that has the loss makes of it', () => {
  const options = ['ignoreIndex', 'labelSmoothing', 'reduction', 'target=index', 'weight'];
  const tables = references.map(({ support }) => support.lossOptions).filter((table) => table !== null);

  expect(tables.length).toBeGreaterThan(0);
  for (const table of tables) expect(Object.keys(table).sort()).toEqual(options);
});

test('no two references have one name, and each is of small letters, digits and hyphens', () => {
  const names = references.map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
});

test('what a reference has no halves of it declines by a sentence, and those of TensorFlow.js have none', () => {
  const takes = (format: Format): readonly string[] =>
    references.filter((one) => whyNotFormat(one.support, { format }) === null).map(({ name }) => name);

  expect(takes('float16')).toEqual([
    'numpy',
    'scipy',
    'onnxruntime',
    'onnxruntime-node',
    'onnx-reference',
    'torch',
    'jax',
  ]);
  expect(takes('bfloat16')).toEqual(['numpy', 'onnx-reference', 'torch', 'jax']);
  expect(whyNotFormat({ formats: ['float32'] }, { format: 'float16' })).toBe('float32 only');
  expect(whyNotFormat({ formats: ['float32', 'float64', 'float16'] }, { format: 'bfloat16' })).toBe(
    'float32, float64 and float16 only',
  );
});
