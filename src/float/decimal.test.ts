import { expect, test } from 'vitest';
import { measuredText, numberText } from './decimal.ts';

test.each([
  [Math.fround(0.1), '0.1'],
  [Math.fround(88.72), '88.72'],
  [2 ** -149, '1e-45'],
  [(2 - 2 ** -23) * 2 ** 127, '3.4028235e+38'],
  [-0, '-0'],
])('a float32 is told by the fewest digits that read back to it: %d as %s', (value, text) => {
  expect(numberText(value, 'float32')).toBe(text);
  expect(Object.is(Math.fround(Number(text)), value)).toBe(true);
});

test('what is no float32 keeps the digits that it has, where a float32 may be told', () => {
  expect(measuredText(Math.fround(0.1), 'float32')).toBe('0.1');
  expect(measuredText(0.1, 'float64')).toBe('0.1');
  expect(measuredText(0.100_000_001, 'float32')).toBe('0.100000001');
});

test('of a float64 no fewer digits read back', () => {
  for (let i = 1; i < 2_000; i++) {
    const value = Math.sin(i) * 10 ** ((i % 600) - 300);
    const text = numberText(value, 'float64');

    const digits = text
      .replace(/e.*/, '')
      .replace(/^-?0?\.?0*/, '')
      .replace('.', '')
      .replace(/0+$/, '').length;
    expect(Number(text)).toBe(value);
    if (digits > 1) expect(Number(value.toPrecision(digits - 1))).not.toBe(value);
  }
});
