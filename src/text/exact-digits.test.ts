import { expect, test } from 'vitest';
import { exactDigits } from './exact-digits.ts';

test('a float64 alone gets the digits that it has, up to 17', () => {
  const values = [0.5, 0.1, 1 / 3, 33554432, 2 ** 100, -1.5e300, 2 ** -1074, 1e22, 123456.75];

  expect(values.map((value) => exactDigits(value))).toEqual([
    '0.5',
    '0.10000000000000001', // 0.1000000000000000055…
    '0.33333333333333331', // 0.333333333333333314…
    '33554432',
    '1.2676506002282294e+30',
    '-1.5000000000000001e+300', // 1.50000000000000006…e300
    '4.9406564584124654e-324',
    '1e+22',
    '123456.75',
  ]);
});

test('the digits agree with what toPrecision gives of a float64', () => {
  const values = Array.from({ length: 2000 }, (_, i) => Math.sin(i + 1) * 10 ** ((i % 80) - 40));

  expect(values.map((value) => Number(exactDigits(value)))).toEqual(values);
  expect(values.map((value) => Number(value.toPrecision(17)))).toEqual(values);
});

test('what lies beyond the float64 counts: log 2 is 0.693147180559945309417…, π 3.14159265358979323846…', () => {
  expect(exactDigits(Math.LN2)).toBe('0.69314718055994529');
  expect(exactDigits(Math.LN2, 2.3190468138462996e-17)).toBe('0.69314718055994531');
  expect(exactDigits(Math.PI, 1.2246467991473532e-16)).toBe('3.1415926535897932');
  expect(exactDigits(-Math.PI, -1.2246467991473532e-16)).toBe('-3.1415926535897932');
});

test('a carry goes through all digits, and a half goes to the even one', () => {
  expect(exactDigits(1, -(2 ** -70))).toBe('1');
  expect(exactDigits(2 ** 57 + 2 ** 53, 5 - (2 ** 53 % 10))).toMatch(/^\d+$/);
  expect(exactDigits(1e17, 5)).toBe('100000000000000000'); // …05: the last of 18 digits is a tie
  expect(exactDigits(1e17, 15)).toBe('100000000000000020');
});

test('zeros, infinities and NaN are what they are', () => {
  expect([0, -0, Infinity, -Infinity, NaN].map((value) => exactDigits(value))).toEqual([
    '0',
    '-0',
    'Infinity',
    '-Infinity',
    'NaN',
  ]);
});
