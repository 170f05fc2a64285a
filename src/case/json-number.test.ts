import { expect, test } from 'vitest';
import { fromJsonNumber, jsonNumberSchema, toJsonNumber } from './json-number.ts';

test.each([0, -0, 1.5, 5e-324, 1.7976931348623157e308, Infinity, -Infinity, Number.NaN])(
  '%d survives JSON',
  (value) => {
    const text = JSON.stringify(toJsonNumber(value));

    expect(fromJsonNumber(jsonNumberSchema.parse(JSON.parse(text)))).toBe(value);
  },
);

test('a word that is no number is refused', () => {
  expect(jsonNumberSchema.safeParse('Infinit').success).toBe(false);
  expect(jsonNumberSchema.safeParse('1').success).toBe(false);
});
