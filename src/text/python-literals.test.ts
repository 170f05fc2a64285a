import { expect, test } from 'vitest';
import { halfFacts, halfFormats } from '../float/format.ts';
import { pythonArray, pythonNumbers } from './python-literals.ts';

test('numbers of Python read back to the same: −0 is a float there, and infinities are NumPy’s', () => {
  expect(pythonNumbers([1, -0, 0.1, -Infinity, Infinity, NaN], 'float64')).toBe(
    '[1.0, -0.0, 0.1, -np.inf, np.inf, np.nan]',
  );
  expect(pythonNumbers([-100, 0], 'int64')).toBe('[-100, 0]');
});

test('a run of one number is written once', () => {
  expect(pythonNumbers([0, ...Array.from({ length: 20 }, () => 0.5)], 'float32')).toBe('[0.0, *[0.5] * 20]');
});

test('an array has its shape, of any rank', () => {
  expect(pythonArray({ shape: [2, 1], data: [1, 2] }, 'float32')).toBe(
    'np.array([1.0, 2.0], np.float32).reshape((2, 1))',
  );
  expect(pythonArray({ shape: [1], data: [3] }, 'int64')).toBe('np.array([3], np.int64)');
  expect(pythonArray({ shape: [], data: [3] }, 'float64')).toBe('np.array([3.0], np.float64).reshape(())');
});

test('numbers of halves read back to the same bits, though ml_dtypes takes a double by way of float32', () => {
  for (const format of halfFormats) {
    const { decode, encode } = halfFacts(format);
    const isRead = (bits: number): boolean => {
      const value = decode(bits);
      if (!Number.isFinite(value)) return true;
      const read = Number(pythonNumbers([value], format).slice(1, -1));
      return encode(format === 'bfloat16' ? Math.fround(read) : read) === bits;
    };

    expect(Array.from({ length: 2 ** 16 }, (_, bits) => bits).filter((bits) => !isRead(bits))).toEqual([]);
  }
  expect(pythonArray({ shape: [1], data: [0.5] }, 'float16')).toBe('np.array([0.5], np.float16)');
  expect(pythonArray({ shape: [1], data: [0.5] }, 'bfloat16')).toBe('np.array([0.5], ml_dtypes.bfloat16)');
});
