import { describe, expect, test } from 'vitest';
import { operations } from '../contract/subject.ts';
import {
  floatArrayFrom,
  formatFacts,
  formats,
  isHalf,
  type FloatArray,
  type Format,
} from '../float/format.ts';
import { isRepresentable } from '../float/ulp.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { cotangentKinds, fillCotangent, type CotangentKind } from './cotangent.ts';
import { drawCase } from './case-draw.ts';
import { randomSourceFor } from './random-source.ts';

const lane = [0, -1, -2.5, -3, -4];
const softmaxWeights = lane.map(Math.exp);

/** 600 cotangents of one lane of five. */
function draw(kind: CotangentKind, format: Format): FloatArray[] {
  const random = randomSourceFor({ seed: 9n, index: 0 });
  const logits = floatArrayFrom(format, lane);
  const lanes = lanesOf([5], 0);
  return Array.from({ length: 600 }, () => fillCotangent(random, { kind, format, size: 5, logits, lanes }));
}

const sumOf = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);
const relativeSum = (terms: number[]): number => Math.abs(sumOf(terms)) / sumOf(terms.map(Math.abs));

describe.each(formats)('in %s', (format) => {
  const { largestFinite, smallestNormal } = formatFacts(format);

  test.each(cotangentKinds)('$kind is finite, and of the format', ({ kind }) => {
    const values = draw(kind, format).flatMap((dy) => [...dy]);

    expect(values.filter((v) => !Number.isFinite(v) || !isRepresentable(v, format))).toEqual([]);
  });

  test('zero is 0, constant one value, one-hot one position', () => {
    expect(new Set(draw('zero', format).flatMap((dy) => [...dy]))).toEqual(new Set([0]));
    expect(draw('constant', format).filter((dy) => new Set(dy).size !== 1 || dy[0] === 0)).toEqual([]);
    expect(draw('one-hot', format).filter((dy) => dy.filter((v) => v !== 0).length !== 1)).toEqual([]);
  });

  test('dense has both signs and many sizes', () => {
    const values = draw('dense', format).flatMap((dy) => [...dy]);

    expect([Math.min(...values) < -500, Math.max(...values) > 500]).toEqual([true, true]);
    expect(draw('dense', format).some((dy) => dy.every((v) => Math.abs(v) < 0.002))).toBe(true);
  });

  test('huge is above a millionth of max/4n, and in about a sixteenth of cases above max/4n', () => {
    const peaks = draw('huge', format).map((dy) => Math.max(...dy.map(Math.abs)));
    const overflowing = peaks.filter((peak) => peak > largestFinite / 20);

    expect(Math.min(...peaks)).toBeGreaterThan((largestFinite / 20) * 1e-7);
    expect(overflowing.length).toBeGreaterThan(0);
    expect(overflowing.length).toBeLessThan(600 / 8);
  });

  test.runIf(isHalf(format))('huge is sometimes of one sign, and adds up to more than the largest', () => {
    const beyond = draw('huge', format).filter((dy) => Math.abs(sumOf(dy)) > largestFinite);
    const ofOneSign = beyond.filter((dy) => dy.every((v) => v > 0) || dy.every((v) => v < 0));

    expect(ofOneSign.length).toBeGreaterThan(8);
  });

  test('subnormal is subnormal and not 0', () => {
    const values = draw('subnormal', format).flatMap((dy) => [...dy]);

    expect(values.filter((v) => v === 0 || Math.abs(v) >= smallestNormal)).toEqual([]);
  });

  test('cancelling leaves something of what all but cancels: few are of one number, or of two of one size', () => {
    const sizes = draw('cancelling', format).map((dy) => new Set(dy.map(Math.abs)).size);

    expect(sizes.filter((size) => size > 2).length).toBeGreaterThan(600 * 0.55); // a third alternates
  });

  test('cancelling makes Σ s·dy vanish, or all of dy nearly one value, or Σ dy vanish but for one term', () => {
    const u = formatFacts(format).unitRoundoff;
    const nearlyOne = isHalf(format) ? 2 ** -3 : 2 ** -8;
    const kinds = draw('cancelling', format).map((dy) => {
      const values = [...dy];
      const mean = sumOf(values) / 5;
      // Each term is rounded to the format once: 5u is above their sum; 1e-12 is the generator's own exp
      if (relativeSum(values.map((v, i) => v * softmaxWeights[i]!)) <= 5 * u + 1e-11) return 'weighted';
      if (values.every((v) => Math.abs(v / mean - 1) < nearlyOne)) return 'constant';
      return values.every((v, i) => v === values[0]! * (-1) ** i) ? 'alternating' : 'none';
    });

    expect(new Set(kinds)).toEqual(new Set(['weighted', 'constant', 'alternating']));
  });
});

test('20,000 cases draw every kind, dense the most, and none for a forward', () => {
  const plans = Array.from({ length: 20_000 }, (_, index) =>
    drawCase(randomSourceFor({ seed: 4n, index }), { operations, formats }),
  );
  const countOf = (kind: CotangentKind): number => plans.filter((draw) => draw.cotangentKind === kind).length;
  const counts = cotangentKinds.map(({ kind }) => countOf(kind));

  expect(Math.min(...counts)).toBeGreaterThan(300);
  expect(Math.max(...counts)).toBe(countOf('dense'));
  expect(plans.filter((draw) => (draw.direction === 'forward') !== (draw.cotangentKind === null))).toEqual(
    [],
  );
});
