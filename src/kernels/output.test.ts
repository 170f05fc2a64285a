import { expect, test } from 'vitest';
import { createOutput } from './output.ts';

test.each([
  ['float32', Float32Array],
  ['float64', Float64Array],
] as const)('%s: an output is zeroes that no other output shares, of any size', (_, Data) => {
  for (const size of [0, 1, 17, 3_000, 20_000]) {
    const first = createOutput([size], size, new Data(1));
    const second = createOutput([size], size, new Data(1));
    first.data.fill(1);

    expect(second.data).toHaveLength(size);
    expect(second.data.every((value) => value === 0)).toBe(true);
  }
});

test('a loss keeps no more memory than its own', () => {
  expect(createOutput([], 1, new Float32Array(1)).data.buffer.byteLength).toBe(4);
});

test('the shape is a copy, which the caller may change', () => {
  const shape = [2, 3];

  expect(createOutput(shape, 6, new Float32Array(1)).shape).not.toBe(shape);
});
