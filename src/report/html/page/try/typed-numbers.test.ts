import { expect, test } from 'vitest';
import { readNumbers } from './typed-numbers.ts';

test.each([
  ['1, 2,3', [1, 2, 3]],
  ['[ -2.5e3;\n.5 ]', [-2_500, 0.5]],
  ['tensor([1.0f, -∞, Infinity])'.slice('tensor'.length), [1, -Infinity, Infinity]],
  ['nan −1 +inf', [NaN, -1, Infinity]],
  ['', []],
])('%j is read', (text, values) => {
  expect(readNumbers(text, 'float64')).toEqual({ kind: 'numbers', values });
});

test.each(['1, x', '0x10', '1e', '1..2', '--1'])('%j is not read, and the word is told', (text) => {
  expect(readNumbers(text, 'float64')).toMatchObject({
    kind: 'unreadable',
    why: expect.stringContaining('is no number'),
  });
});
