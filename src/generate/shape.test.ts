import { describe, expect, test } from 'vitest';
import { largestRank } from '../case/supports.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { randomSourceFor } from './random-source.ts';
import { drawShape, shapeTablesFor } from './shape.ts';

const random = randomSourceFor({ seed: 1n, index: 0 });
const drawn = Array.from({ length: 1_000_000 }, () => drawShape(random));
const lengths = drawn.map(({ shape, axis }) => lanesOf(shape, axis).length);
const reached = new Set(lengths);

test('every axis position occurs at every rank, counted from the front and from the back', () => {
  const expected = ['0:0', '0:-1'];
  for (let rank = 1; rank <= largestRank; rank++) {
    for (let axis = -rank; axis < rank; axis++) expected.push(`${rank}:${axis}`);
  }

  expect(new Set(drawn.map(({ shape, axis }) => `${shape.length}:${axis}`))).toEqual(new Set(expected));
});

test('the axis and another axis both occur with size 0 and with size 1', () => {
  const others = new Set(drawn.flatMap(({ shape, axis }) => lanesOf(shape, axis).outerShape));

  expect([reached.has(0), reached.has(1), others.has(0), others.has(1)]).toEqual([true, true, true, true]);
});

test('all logits empty, positions without classes and classes without positions occur', () => {
  const kinds = drawn.map(({ shape, axis }) => lanesOf(shape, axis));

  expect(kinds.some(({ length, count }) => length === 0 && count > 1)).toBe(true);
  expect(kinds.some(({ length, count }) => length > 1 && count === 0)).toBe(true);
});

test('every power of two up to 4,096 occurs as a width, and both its neighbours', () => {
  const missing: number[] = [];
  for (let power = 1; power <= 4_096; power *= 2) {
    for (const width of [power - 1, power, power + 1]) if (!reached.has(width)) missing.push(width);
  }

  expect(missing).toEqual([]);
});

test.each([256, 512, 1_000, 1_024, 2_048])('of 20,000 cases one or more is %i wide, or one off', (width) => {
  const share = lengths.filter((n) => Math.abs(n - width) <= 1).length / drawn.length;

  expect(share).toBeGreaterThan(1 / 20_000);
  expect([width - 1, width, width + 1].filter((n) => !reached.has(n))).toEqual([]);
});

/** The lanes of the case, and how wide they are. */
const extents = drawn.map(({ shape, axis }) => lanesOf(shape, axis));

test.each([
  { kind: '2 to 4 rows of 257 to 2,049', count: [2, 4], length: [257, 2_049] },
  { kind: '65 to 130 lanes of 9 to 33', count: [65, 130], length: [9, 33] },
  { kind: 'more than 1,024 rows', count: [1_025, 65_535], length: [2, 3] },
])('$kind come every few hundred cases', ({ count, length }) => {
  const isWithin = (n: number, [min, max]: number[]): boolean => min! <= n && n <= max!;
  const found = extents.filter((lanes) => isWithin(lanes.count, count) && isWithin(lanes.length, length));

  expect(found.length / drawn.length).toBeGreaterThan(1 / 2_500);
});

test('more rows than 16 bits count, and vocabularies to 200,000, come in every 200,000 cases of a loss', () => {
  const source = randomSourceFor({ seed: 2n, index: 0 });
  const losses = Array.from({ length: 400_000 }, () => drawShape(source, { asked: 'loss' }));
  const lanes = losses.map(({ shape, axis }) => lanesOf(shape, axis));

  expect(lanes.filter(({ count }) => count > 65_535).length).toBeGreaterThan(4);
  expect(lanes.filter(({ length }) => length > 65_537).length).toBeGreaterThan(40);
  expect(lanes.reduce((most, { length }) => Math.max(most, length), 0)).toBeGreaterThan(150_000);
});

test('a case of more than 8,196 elements is repetitive, and none of them is float64', () => {
  const large = drawn.filter(({ shape }) => sizeOf(shape) > 8_196);
  const wide = Array.from({ length: 200_000 }, () => drawShape(random, { format: 'float64', asked: 'loss' }));

  expect(large.length).toBeGreaterThan(40);
  expect(large.filter(({ isRepetitive }) => !isRepetitive)).toEqual([]);
  expect(wide.filter(({ shape }) => sizeOf(shape) > 65_538)).toEqual([]);
});

test('widths at a multiple of 32 or beside one are more than twice as frequent as chance has them', () => {
  const wide = lengths.filter((n) => n >= 65 && n <= 1_000);
  const edges = wide.filter((n) => [31, 0, 1].includes(n % 32));

  expect(edges.length / wide.length).toBeGreaterThan((2 * 3) / 32);
});

test('most cases are small, a few are not, and the mean stays near 50 elements', () => {
  const sizes = drawn.map(({ shape }) => sizeOf(shape));
  const mean = sizes.reduce((a, b) => a + b) / sizes.length;

  expect(sizes.filter((n) => n <= 64).length / sizes.length).toBeGreaterThan(0.95);
  expect(sizes.filter((n) => n > 1_000).length).toBeGreaterThan(300);
  expect(mean).toBeGreaterThan(30);
  expect(mean).toBeLessThan(60);
});

test('no case has more elements than it may', () => {
  const capped = Array.from({ length: 20_000 }, () =>
    sizeOf(drawShape(random, { tables: shapeTablesFor({}, { maxElements: 12 }) }).shape),
  );

  expect(capped.reduce((a, b) => Math.max(a, b))).toBe(12);
});

test.each([0, -1, 1.5, NaN])('a limit of %s elements is refused', (maxElements) => {
  expect(() => shapeTablesFor({}, { maxElements })).toThrow(`maxElements ${maxElements}`);
});

test('a limit of one element is kept', () => {
  const capped = Array.from({ length: 2_000 }, () =>
    sizeOf(drawShape(random, { tables: shapeTablesFor({}, { maxElements: 1 }) }).shape),
  );

  expect(new Set(capped)).toEqual(new Set([0, 1]));
});

test('a loss meets some hundreds of positions: at 256 and above every hundredth time', () => {
  const positions = Array.from({ length: 20_000 }, () => {
    const { shape, axis } = drawShape(random, { asked: 'loss' });
    return sizeOf(shape) === 0 ? 0 : sizeOf(shape) / (shape.at(axis) ?? 1);
  });

  expect(positions.filter((n) => n >= 256).length / positions.length).toBeGreaterThan(0.01);
});

describe.each([
  { format: 'float16' as const, widths: [2_047, 2_048, 2_049, 4_095, 4_096, 4_097], from: 2_049 },
  { format: 'bfloat16' as const, widths: [255, 256, 257, 511, 512, 513, 4_096], from: 257 },
])('in $format', ({ format, widths, from }) => {
  const source = randomSourceFor({ seed: 3n, index: 0 });
  const drawnLengths = Array.from({ length: 400_000 }, () => {
    const { shape, axis } = drawShape(source, { format, asked: 'loss' });
    return lanesOf(shape, axis).length;
  });
  const countOf = (isMeant: (width: number) => boolean): number => drawnLengths.filter(isMeant).length;

  test.each(widths)('a sum of %i ones comes every twenty thousand cases or more often', (width) => {
    expect(countOf((n) => n === width)).toBeGreaterThan(19);
  });

  test('one in some thousand cases is wider than a sum of ones gets, at least', () => {
    expect(countOf((n) => n >= from && n <= 2 * from)).toBeGreaterThan(200);
  });

  test('logSumExp above all is asked of lanes in which a sum of ones has long stuck: once in some hundred cases', () => {
    const isLong = (n: number): boolean => n >= (from - 1) * 1.5 && n <= (from - 1) * 2;
    const longOf = (asked: 'sum' | 'other'): number =>
      Array.from({ length: 100_000 }, () => drawShape(source, { format, asked })).filter(({ shape, axis }) =>
        isLong(lanesOf(shape, axis).length),
      ).length;

    expect(longOf('sum') - longOf('other')).toBeGreaterThan(200);
  });

  test('vocabularies come every thousand losses, hardly ever far beyond 16 bits, and seldom without an index', () => {
    const beyond = drawnLengths.filter((n) => n > 65_537);
    const without = Array.from({ length: 100_000 }, () =>
      drawShape(source, { format, asked: 'target' }),
    ).filter(({ shape, axis }) => lanesOf(shape, axis).length > 65_537);

    expect(beyond.length).toBeGreaterThan(300);
    expect(beyond.filter((n) => n <= 66_048).length / beyond.length).toBeGreaterThan(0.85);
    expect(without.length).toBeLessThan(50);
  });

  test('65,504, 65,520 and 65,536 classes come, and one less and one more', () => {
    const near = [65_504, 65_520, 65_536].map((end) => countOf((n) => Math.abs(n - end) <= 1));

    expect(Math.min(...near)).toBeGreaterThan(0);
  });
});
