import { expect, test } from 'vitest';
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

test('every power of two up to 65,536 occurs as a width, and up to 32,768 both its neighbours', () => {
  const missing: number[] = [];
  for (let power = 1; power <= 32_768; power *= 2) {
    for (const width of [power - 1, power, power + 1]) if (!reached.has(width)) missing.push(width);
  }

  expect(missing).toEqual([]);
  expect(reached.has(65_536)).toBe(true);
});

test('widths at a multiple of 32 or beside one are more than twice as frequent as chance has them', () => {
  const wide = lengths.filter((n) => n >= 65 && n <= 1_000);
  const edges = wide.filter((n) => [31, 0, 1].includes(n % 32));

  expect(edges.length / wide.length).toBeGreaterThan((2 * 3) / 32);
});

test('widths go up to 100,000 elements', () => {
  const widest = lengths.reduce((a, b) => Math.max(a, b));

  expect(widest).toBeGreaterThan(95_000);
  expect(widest).toBeLessThanOrEqual(100_000);
});

test('most cases are small, a few are not, and the mean stays near 40 elements', () => {
  const sizes = drawn.map(({ shape }) => sizeOf(shape));
  const mean = sizes.reduce((a, b) => a + b) / sizes.length;

  expect(sizes.filter((n) => n <= 64).length / sizes.length).toBeGreaterThan(0.95);
  expect(sizes.filter((n) => n > 1_000).length).toBeGreaterThan(400);
  expect(mean).toBeGreaterThan(30);
  expect(mean).toBeLessThan(50);
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
    const { shape, axis } = drawShape(random, { isLoss: true });
    return sizeOf(shape) === 0 ? 0 : sizeOf(shape) / (shape.at(axis) ?? 1);
  });

  expect(positions.filter((n) => n >= 256).length / positions.length).toBeGreaterThan(0.01);
});
