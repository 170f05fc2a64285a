import { describe, expect, test } from 'vitest';
import {
  drawBoolean,
  drawFrom,
  drawInt,
  drawLogUniformInt,
  drawMagnitude,
  drawSigned,
  drawUnit,
  drawWeighted,
  randomSourceFor,
  weighted,
} from './random-source.ts';

/** The first two words of a stream, as text. */
const startOf = (seed: bigint, index: number): string => {
  const random = randomSourceFor({ seed, index });
  return `${random.next()} ${random.next()}`;
};

const times = <T>(count: number, draw: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => draw(i));

const bitsSet = (word: number): number => {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
};

describe('randomSourceFor', () => {
  test('gives the same stream for the same seed and index, whatever was asked between', () => {
    const before = startOf(7n, 3);
    startOf(8n, 4);

    expect(startOf(7n, 3)).toBe(before);
  });

  test('starts 200 × 200 neighbouring seeds and indices differently', () => {
    const starts = new Set(times(200, (s) => times(200, (i) => startOf(BigInt(s), i))).flat());

    expect(starts.size).toBe(40_000);
  });

  test('tells apart seeds and indices that share their low 32 bits', () => {
    const starts = [
      startOf(1n, 1),
      startOf(1n + 2n ** 32n, 1),
      startOf(1n, 1 + 2 ** 32),
      startOf(2n ** 63n + 1n, 1),
    ];

    expect(new Set(starts).size).toBe(4);
  });

  test('flips half of the first word from one index to the next, and from one seed to the next', () => {
    const first = (seed: number, index: number): number =>
      randomSourceFor({ seed: BigInt(seed), index }).next();
    const mean = (flips: number[]): number => flips.reduce((a, b) => a + b) / flips.length;
    const byIndex = mean(times(20_000, (i) => bitsSet(first(5, i) ^ first(5, i + 1))));
    const bySeed = mean(times(20_000, (i) => bitsSet(first(i, 5) ^ first(i + 1, 5))));

    // The mean of 20,000 binomials (32, ½) has a standard deviation of √8 ÷ √20,000 = 0.02; five of them
    expect(Math.abs(byIndex - 16)).toBeLessThan(0.1);
    expect(Math.abs(bySeed - 16)).toBeLessThan(0.1);
  });

  test('takes the smallest and the largest seed', () => {
    expect(startOf(0n, 0)).not.toBe(startOf(2n ** 64n - 1n, 0));
  });

  test.each([-1n, 2n ** 64n])('refuses seed %s', (seed) => {
    expect(() => randomSourceFor({ seed, index: 0 })).toThrow(RangeError);
    expect(() => randomSourceFor({ seed, index: 0 })).toThrow(String(seed));
  });

  test.each([-1, 0.5, 2 ** 53, NaN])('refuses index %s', (index) => {
    expect(() => randomSourceFor({ seed: 0n, index })).toThrow(`index ${index}`);
  });
});

describe('draws', () => {
  const random = randomSourceFor({ seed: 1n, index: 0 });

  test('drawInt reaches every value below its bound about equally, and no other', () => {
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (const value of times(70_000, () => drawInt(random, 7))) counts[value]!++;

    expect(counts).toHaveLength(7);
    // Binomial (70,000, 1/7): standard deviation 93; five of them
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(465);
  });

  test('drawUnit stays in [0, 1) and drawSigned in [−1, 1)', () => {
    const units = times(10_000, () => drawUnit(random));
    const signed = times(10_000, () => drawSigned(random));

    expect([Math.min(...units) >= 0, Math.max(...units) < 1]).toEqual([true, true]);
    expect([Math.min(...signed) >= -1, Math.min(...signed) < -0.99, Math.max(...signed) < 1]).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('drawWeighted draws in proportion to the weights', () => {
    const rows = [{ weight: 1 }, { weight: 0 }, { weight: 3 }];
    const counts = new Map<object, number>();
    for (const row of times(40_000, () => drawWeighted(random, weighted(rows))))
      counts.set(row, (counts.get(row) ?? 0) + 1);

    expect(counts.has(rows[1]!)).toBe(false);
    expect(Math.abs(counts.get(rows[0]!)! - 10_000)).toBeLessThan(435); // five standard deviations of 87
  });

  test('drawBoolean with probability 0 and 1 is certain', () => {
    expect(new Set(times(1_000, () => drawBoolean(random, 0)))).toEqual(new Set([false]));
    expect(new Set(times(1_000, () => drawBoolean(random, 1)))).toEqual(new Set([true]));
  });

  test('drawFrom reaches every choice', () => {
    expect(new Set(times(100, () => drawFrom(random, ['a', 'b', 'c'])))).toEqual(new Set(['a', 'b', 'c']));
  });

  test('drawLogUniformInt stays between its ends, reaches both, and gives each octave the same share', () => {
    const drawn = times(60_000, () => drawLogUniformInt(random, { min: 4, max: 31 }));
    const octaves = [4, 8, 16].map((low) => drawn.filter((n) => n >= low && n < 2 * low).length);

    expect([Math.min(...drawn), Math.max(...drawn)]).toEqual([4, 31]);
    for (const count of octaves) expect(Math.abs(count - 20_000)).toBeLessThan(580); // 5 standard deviations
  });

  test('drawLogUniformInt does not heap up at a bound within an octave', () => {
    const drawn = times(50_000, () => drawLogUniformInt(random, { min: 2, max: 5 }));

    expect(drawn.filter((n) => n === 5).length).toBeLessThan(drawn.filter((n) => n === 3).length);
  });

  test('drawMagnitude covers the exponents that it is given', () => {
    const drawn = times(2_000, () => drawMagnitude(random, { exponentMin: -3, exponentMax: 2 }));

    expect([Math.min(...drawn) >= 0.125, Math.min(...drawn) < 0.25]).toEqual([true, true]);
    expect([Math.max(...drawn) >= 4, Math.max(...drawn) < 8]).toEqual([true, true]);
  });
});
