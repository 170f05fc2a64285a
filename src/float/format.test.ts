/**
 * The table of formats: its facts agree with each other, and with what the arrays and views of JavaScript do.
 */
import { describe, expect, test } from 'vitest';
import { createFloatArray, floatArrayFrom, formatFacts, formats, isHalf, roundTo } from './format.ts';
import { exponentOf, nextDown, nextUp } from './ulp.ts';

describe.each(formats)('%s', (format) => {
  const facts = formatFacts(format);

  test('ends where its neighbours say', () => {
    expect(nextUp(facts.largestFinite, format)).toBe(Infinity);
    expect(nextUp(0, format)).toBe(facts.smallestSubnormal);
    expect(nextUp(1, format) - 1).toBe(2 * facts.unitRoundoff);
    expect(facts.smallestNormal - nextDown(facts.smallestNormal, format)).toBe(facts.smallestSubnormal);
    expect(facts.smallestNormal * 2 * facts.unitRoundoff).toBe(facts.smallestSubnormal);
  });

  test('has the exponent, the bits and the digits of those', () => {
    expect(exponentOf(facts.largestFinite)).toBe(facts.exponentMax);
    expect(exponentOf(facts.smallestNormal)).toBe(1 - facts.exponentMax);
    expect(2 ** -facts.significandBits).toBe(facts.unitRoundoff);
    expect(facts.decimalDigits).toBe(Math.ceil(1 + facts.significandBits * Math.log10(2)));
    expect(Math.exp(facts.logOfLargestFinite) / facts.largestFinite).toBeGreaterThan(1 - 2 ** -40);
  });
});

describe.each(formats)('%s', (format) => {
  const facts = formatFacts(format);

  test('rounds as what it is held in does, and as its bits do', () => {
    const values = [1 / 3, -0, 1e-320, 1e-46, 3.5e38, 16_777_217, NaN, -Infinity];
    const view = new DataView(new ArrayBuffer(8));
    const throughBits = values.map((value) => {
      facts.write(view, value);
      return facts.read(view);
    });

    expect([...floatArrayFrom(format, values)]).toEqual(values.map((value) => roundTo(format, value)));
    expect(throughBits).toEqual(values.map((value) => roundTo(format, value)));
    if (!isHalf(format)) expect(createFloatArray(format, 3).byteLength).toBe(3 * facts.bytes);
  });
});
