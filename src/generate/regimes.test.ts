import { describe, expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { operations } from '../contract/subject.ts';
import {
  createFloatArray,
  formatFacts,
  nativeFormats,
  type FloatArray,
  type Format,
} from '../float/format.ts';
import { ulpSize } from '../float/ulp.ts';
import { laneStart, lanesOf } from '../tensor/lanes.ts';
import { generateCase } from './generate-case.ts';
import { drawInt, randomSourceFor } from './random-source.ts';
import { baseRegimes, overlayRegimes, regimes } from './regimes.ts';

const isTiedAtMax = (lane: readonly number[]): boolean => {
  const max = Math.max(...lane);
  return lane.filter((x) => x === max).length >= 2;
};

/**
 * −log of 2^-24, 2^-53, the smallest normal and subnormal of each format and their neighbours, and log of the
 * largest.
 */
const edgesInNats = [
  16.6355, 36.7368, 86.6434, 87.3365, 88.7228, 103.2789, 103.9721, 707.7033, 708.3964, 709.7827, 744.4401,
  745.1332,
];
const isNearEdge = (gap: number): boolean => edgesInNats.some((edge) => Math.abs(gap - edge) < 0.51);

/** What a lane of the regime looks like, stated apart from how it is filled. */
const looksLike: Record<string, (lane: readonly number[], format: Format) => boolean> = {
  plain: (lane) => lane.every((x) => Math.abs(x) <= 10),
  wide: (lane) => lane.every((x) => Math.abs(x) <= 100),
  ties: isTiedAtMax,
  dominant: (lane) => {
    const [first, second] = lane.toSorted((a, b) => b - a);
    return first! - second! > 7.9;
  },
  'common-offset': (lane, format) => {
    const [min, max] = [Math.min(...lane), Math.max(...lane)];
    const spread = Math.max(65, 256 * ulpSize(min, format));
    return Math.sign(min) === Math.sign(max) && Math.abs(min) > 8_000 && max - min <= spread;
  },
  'underflow-edge': (lane) => {
    const max = Math.max(...lane);
    return lane.some((x) => isNearEdge(max - x));
  },
  'all-negative': (lane) => lane.every((x) => x < 0),
  subnormal: (lane, format) => lane.every((x) => x !== 0 && Math.abs(x) < formatFacts(format).smallestNormal),
  huge: (lane, format) =>
    lane.every((x) => Number.isFinite(x) && Math.abs(x) >= formatFacts(format).largestFinite / 16),
  'lane-levels': (lane) => lane.every((x) => Math.abs(x) >= 120 && Math.sign(x) === Math.sign(lane[0]!)),
  bits: (lane) => lane.every((x) => Number.isFinite(x)),
  mask: (lane, format) => lane.some((x) => [-1e9, -formatFacts(format).largestFinite, -Infinity].includes(x)),
  'signed-zeros': (lane) => lane.some((x) => x === 0),
  'non-finite': (lane) => lane.some((x) => !Number.isFinite(x)),
};

/** 400 lanes of a regime alone, of lengths from `shortest` to 9, each the middle column of three. */
function fillColumns(name: string, format: Format): { lane: number[]; beside: number[] }[] {
  const row = [...baseRegimes, ...overlayRegimes].find((regime) => regime.name === name)!;
  const random = randomSourceFor({ seed: 3n, index: 0 });
  const shortest = row.applies(lanesOf([2, 1], 0)) && !row.applies(lanesOf([2, 1], 1)) ? 2 : 1;
  return Array.from({ length: 400 }, (_, number) => {
    const length = shortest + drawInt(random, 10 - shortest);
    const data = createFloatArray(format, 3 * length).fill(7);
    row.fill(random, data, { start: 1, stride: 3, length, end: 1 + 3 * length, number }, format);
    const lane = [...data].filter((_, i) => i % 3 === 1);
    return { lane, beside: [...data].filter((_, i) => i % 3 !== 1) };
  });
}

describe.each(nativeFormats)('in %s', (format) => {
  test.each(Object.keys(looksLike))('every lane of %s is what its name says', (name) => {
    const strangers = fillColumns(name, format).filter(({ lane }) => !looksLike[name]!(lane, format));

    expect(strangers).toEqual([]);
  });

  test.each(Object.keys(looksLike))('%s writes to its own lane only', (name) => {
    const beside = fillColumns(name, format).flatMap((column) => column.beside);

    expect(new Set(beside)).toEqual(new Set([7]));
  });

  const valuesOf = (name: string): number[] => fillColumns(name, format).flatMap(({ lane }) => lane);

  test('wide goes beyond 90 on both sides', () => {
    const values = valuesOf('wide');

    expect([Math.min(...values) < -90, Math.max(...values) > 90]).toEqual([true, true]);
  });

  test('huge reaches the largest finite number of both signs', () => {
    const { largestFinite } = formatFacts(format);

    expect(valuesOf('huge')).toEqual(expect.arrayContaining([largestFinite, -largestFinite]));
  });

  test('subnormal covers its orders of magnitude, the smallest included', () => {
    const { smallestSubnormal, smallestNormal } = formatFacts(format);
    const values = valuesOf('subnormal').map(Math.abs);

    expect(Math.min(...values)).toBe(smallestSubnormal);
    expect(Math.max(...values)).toBeGreaterThan(smallestNormal / 4);
  });

  test('common-offset goes from 1e4 to beyond 1e37, of both signs', () => {
    const values = valuesOf('common-offset');
    const sizes = values.map(Math.abs);

    expect([Math.min(...sizes) < 2e4, Math.max(...sizes) > 1e37]).toEqual([true, true]);
    expect([Math.min(...values) < -1e30, Math.max(...values) > 1e30]).toEqual([true, true]);
  });

  test('every underflow edge is met', () => {
    const gaps = fillColumns('underflow-edge', format).flatMap(({ lane }) =>
      lane.map((x) => Math.max(...lane) - x),
    );

    expect(edgesInNats.filter((edge) => !gaps.some((gap) => Math.abs(gap - edge) < 0.51))).toEqual([]);
  });

  test('bits covers the exponents of the format', () => {
    const sizes = valuesOf('bits').map(Math.abs);
    const { smallestNormal, largestFinite } = formatFacts(format);

    expect(Math.min(...sizes)).toBeLessThan(Math.sqrt(smallestNormal));
    expect(Math.max(...sizes)).toBeGreaterThan(Math.sqrt(largestFinite));
  });

  test('mask uses each of its values, and signed-zeros both zeros', () => {
    const masks = [-1e9, -formatFacts(format).largestFinite, -Infinity];
    const zeros = valuesOf('signed-zeros').filter((x) => x === 0);

    expect(valuesOf('mask')).toEqual(expect.arrayContaining(masks));
    expect([zeros.some((x) => Object.is(x, -0)), zeros.some((x) => Object.is(x, 0))]).toEqual([true, true]);
  });

  test('non-finite puts each of NaN, +∞ and −∞ alone first, last and in the middle, and all over a lane', () => {
    const found = new Set<string>();
    for (const { lane } of fillColumns('non-finite', format)) {
      const places = lane.flatMap((x, i) => (Number.isFinite(x) ? [] : [i]));
      const value = lane[places[0]!]!;
      if (lane.length >= 5 && places.length === 1)
        found.add(`${value} at ${placeName(places[0]!, lane.length)}`);
      if (lane.length >= 5 && lane.every((x) => Object.is(x, value))) found.add(`${value} all over`);
    }

    const expected = [NaN, Infinity, -Infinity].flatMap((value) =>
      ['at first', 'at last', 'at middle', 'all over'].map((place) => `${value} ${place}`),
    );
    expect([...found]).toEqual(expect.arrayContaining(expected));
  });
});

function placeName(place: number, length: number): string {
  if (place === 0) return 'first';
  if (place === length - 1) return 'last';
  return place === length >> 1 ? 'middle' : 'elsewhere';
}

function lanesOfCase({ logits, axis }: Case): number[][] {
  const lanes = lanesOf(logits.shape, axis);
  const data: FloatArray = logits.data;
  return Array.from({ length: lanes.count }, (_, l) =>
    Array.from({ length: lanes.length }, (_, k) => data[laneStart(lanes, l) + k * lanes.stride]!),
  );
}

describe('in a campaign', () => {
  const space = { operations, formats: nativeFormats, maxElements: 1_000 };
  const cases = Array.from({ length: 5_000 }, (_, index) => generateCase({ seed: 11n, index }, space));
  const overlayNames = overlayRegimes.map(({ name }) => name);
  const showsIn = (name: string, c: Case): boolean =>
    lanesOfCase(c).some((lane) => lane.length > 0 && looksLike[name]!(lane, c.format));

  test('a case without overlay shows every base that it names', () => {
    const bare = cases.filter(
      (c) => !c.regimes.some((name) => name === 'empty' || overlayNames.includes(name)),
    );
    const silent = bare.filter((c) => !c.regimes.every((name) => showsIn(name, c)));

    expect(bare.length).toBeGreaterThan(1_000);
    expect(silent).toEqual([]);
  });

  test.each(overlayNames)('a case that names %s shows it', (name) => {
    const named = cases.filter((c) => c.regimes.includes(name));

    expect(named.length).toBeGreaterThan(300);
    expect(named.filter((c) => !showsIn(name, c))).toEqual([]);
  });

  test('a case that names empty has no element, and no other has none', () => {
    const names = cases.filter((c) => c.logits.data.length === 0).map((c) => c.regimes.join());

    expect(new Set(names)).toEqual(new Set(['empty']));
    expect(cases.filter((c) => c.regimes.includes('empty'))).toHaveLength(names.length);
  });

  test('NaN and infinities appear only where non-finite, or a mask of −∞, is named', () => {
    const finite = cases.filter((c) => !c.regimes.includes('non-finite') && !c.regimes.includes('mask'));

    expect(finite.filter((c) => !c.logits.data.every((x) => Number.isFinite(x)))).toEqual([]);
  });

  test('each pair of regimes meets in some case', () => {
    const names = regimes.map(({ name }) => name).filter((name) => name !== 'empty');
    const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));

    expect(
      pairs.filter(([a, b]) => !cases.some((c) => c.regimes.includes(a) && c.regimes.includes(b))),
    ).toEqual([]);
  });
});

test('regime names are unique, and each says why in one sentence', () => {
  expect(new Set(regimes.map(({ name }) => name)).size).toBe(regimes.length);
  expect(regimes.filter(({ why }) => !why.endsWith('.'))).toEqual([]);
});
