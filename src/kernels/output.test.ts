import { expect, test } from 'vitest';
import { nativeFormats } from '../float/format.ts';
import { createOutput } from './output.ts';

test.each(nativeFormats)('%s: an output is zeroes that no other output shares, of any size', (format) => {
  for (const size of [0, 1, 17, 3_000, 20_000]) {
    const first = createOutput([size], size, format);
    const second = createOutput([size], size, format);
    first.data.fill(1);

    expect(second.data).toHaveLength(size);
    expect(second.data.every((value) => value === 0)).toBe(true);
  }
});

test('a loss keeps no more memory than its own', () => {
  expect(createOutput([], 1, 'float32').data.buffer.byteLength).toBe(4);
});

test('the shape is a copy, which the caller may change', () => {
  const shape = [2, 3];

  expect(createOutput(shape, 6, 'float32').shape).not.toBe(shape);
});
