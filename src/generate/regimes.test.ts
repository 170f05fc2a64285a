import { describe, expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { operations } from '../contract/subject.ts';
import {
  createFloatArray,
  formatFacts,
  formats,
  halfFacts,
  halfFormats,
  isHalf,
  nativeFormats,
  type FloatArray,
  type Format,
} from '../float/format.ts';
import { ulpSize } from '../float/ulp.ts';
import { laneStart, lanesOf } from '../tensor/lanes.ts';
import { generateCase } from './generate-case.ts';
import { holdIn } from './hold.ts';
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
const edgesOfNative = [
  16.6355, 36.7368, 86.6434, 87.3365, 88.7228, 103.2789, 103.9721, 707.7033, 708.3964, 709.7827, 744.4401,
  745.1332,
];
/** Those of halves and of float32, which their kernels compute in: 16.6355 is both. */
const edgesInNats: Record<Format, readonly number[]> = {
  float32: edgesOfNative,
  float64: edgesOfNative,
  float16: [7.6246, 9.0109, 9.7041, 11.0904, 16.6355, 17.3287, 86.6434, 87.3365, 88.7228, 103.2789, 103.9721],
  bfloat16: [5.5452, 16.6355, 86.6434, 87.3365, 88.7228, 92.1886, 92.8817, 103.2789, 103.9721],
};
/** A half may have no number nearer than this: by so many of its steps it is moved, or rounded. */
const isNear = (gap: number, edge: number, { steps, format }: { steps: number; format: Format }): boolean =>
  Math.abs(gap - edge) < 0.51 + (isHalf(format) ? steps * ulpSize(edge + 10, format) : 0);

/** Rounded to the format by hand: 10,000 is 156.25 · 64 and 1e9 238.4 · 2^22, and there are 8 bits. */
const masks: Record<Format, readonly number[]> = {
  float32: [-1e9, -((2 - 2 ** -23) * 2 ** 127), -Infinity],
  float64: [-1e9, -Number.MAX_VALUE, -Infinity],
  float16: [-65_504, -10_000, -Infinity],
  bfloat16: [-((2 - 2 ** -7) * 2 ** 127), -(156 * 64), -65_536, -(238 * 2 ** 22), -Infinity],
};
const leastOffset: Record<Format, number> = { float32: 8_000, float64: 8_000, float16: 32, bfloat16: 4 };

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
    return Math.sign(min) === Math.sign(max) && Math.abs(min) >= leastOffset[format] && max - min <= spread;
  },
  'underflow-edge': (lane, format) => {
    const max = Math.max(...lane);
    return lane.some((x) => edgesInNats[format].some((edge) => isNear(max - x, edge, { steps: 5, format })));
  },
  'all-negative': (lane) => lane.every((x) => x < 0),
  subnormal: (lane, format) => lane.every((x) => x !== 0 && Math.abs(x) < formatFacts(format).smallestNormal),
  huge: (lane, format) =>
    lane.every((x) => Number.isFinite(x) && Math.abs(x) >= formatFacts(format).largestFinite / 16),
  'lane-levels': (lane) => lane.every((x) => Math.abs(x) >= 120 && Math.sign(x) === Math.sign(lane[0]!)),
  bits: (lane) => lane.every((x) => Number.isFinite(x)),
  mask: (lane, format) => lane.some((x) => masks[format].includes(x)),
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
    row.fill(random, data, { start: 1, stride: 3, length, end: 1 + 3 * length, number, count: 3 }, format);
    holdIn(format, data);
    const lane = [...data].filter((_, i) => i % 3 === 1);
    return { lane, beside: [...data].filter((_, i) => i % 3 !== 1) };
  });
}

describe.each(formats)('in %s', (format) => {
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

  test('common-offset goes from 1e4, of halves from below 128, to beyond 1e37 or 5e4, of both signs', () => {
    const values = valuesOf('common-offset');
    const sizes = values.map(Math.abs);
    const [low, high] = [isHalf(format) ? 128 : 2e4, format === 'float16' ? 3e4 : 1e37];

    expect([Math.min(...sizes) < low, Math.max(...sizes) > high]).toEqual([true, true]);
    expect([Math.min(...values) < -high / 1e3, Math.max(...values) > high / 1e3]).toEqual([true, true]);
  });

  test('common-offset leaves most of its steps apart: more than one number in nearly every lane', () => {
    const lanes = fillColumns('common-offset', format).filter(({ lane }) => lane.length > 3);

    expect(lanes.filter(({ lane }) => new Set(lane).size > 1).length / lanes.length).toBeGreaterThan(0.8);
  });

  test('every underflow edge is met', () => {
    const gaps = fillColumns('underflow-edge', format).flatMap(({ lane }) =>
      lane.map((x) => Math.max(...lane) - x),
    );

    const isMet = (edge: number): boolean => gaps.some((gap) => isNear(gap, edge, { steps: 0.5, format }));
    expect(edgesInNats[format].filter((edge) => !isMet(edge))).toEqual([]);
  });

  test('bits covers the exponents of the format', () => {
    const sizes = valuesOf('bits').map(Math.abs);
    const { smallestNormal, largestFinite } = formatFacts(format);

    expect(Math.min(...sizes)).toBeLessThan(Math.sqrt(smallestNormal));
    expect(Math.max(...sizes)).toBeGreaterThan(Math.sqrt(largestFinite));
  });

  test('mask uses each of its values, and signed-zeros both zeros', () => {
    const zeros = valuesOf('signed-zeros').filter((x) => x === 0);

    expect(valuesOf('mask')).toEqual(expect.arrayContaining([...masks[format]]));
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

/** A lane of halves, filled by the regime of the name. */
function fillLane(
  name: string,
  { format, length, count = 1, seed }: { format: Format; length: number; count?: number; seed: number },
): Float64Array {
  const data = new Float64Array(length);
  const row = baseRegimes.find((regime) => regime.name === name)!;
  const lane = { start: 0, stride: 1, length, end: length, number: 0, count };
  row.fill(randomSourceFor({ seed: 5n, index: seed }), data, lane, format);
  holdIn(format, data);
  return data;
}

describe.each(halfFormats)('%s alone', (format) => {
  test('draws every finite pattern of 16 bits', () => {
    const { encode } = halfFacts(format);
    const finite = { float16: 2 * 31 * 2 ** 10, bfloat16: 2 * 255 * 2 ** 7 }[format];
    const values = fillLane('bits', { format, length: 1_200_000, seed: 0 });

    expect(new Set(Array.from(values, encode)).size).toBe(finite);
  });

  test('has most lanes of ties that are as wide as a sum sticks at all of one number, and few of others', () => {
    const width = { float16: 2_047, bfloat16: 255 }[format];
    const equalOf = (length: number): number =>
      Array.from({ length: 200 }, (_, seed) => fillLane('ties', { format, length, seed })).filter(
        (lane) => new Set(lane).size === 1,
      ).length;

    expect(equalOf(width)).toBeGreaterThan(150);
    expect(equalOf(64)).toBeLessThan(100);
  });

  test.each([1, 3, 700])(
    'has gaps of a dominant class that %i of make a sum on either side of the largest',
    (count) => {
      const { largestFinite } = formatFacts(format);
      const gaps = Array.from({ length: 200 }, (_, seed) =>
        fillLane('dominant', { format, length: 3, count, seed }),
      )
        .map((lane) => [...lane].sort((a, b) => b - a))
        .map(([most, next]) => (most! / 2 - next! / 2) * 2 * (count / largestFinite));

      expect(gaps.filter((part) => part > 1 && part < 1.5).length).toBeGreaterThan(20);
      expect(gaps.filter((part) => part > 0.5 && part < 1).length).toBeGreaterThan(20);
    },
  );
});

describe.each([[nativeFormats], [['float16' as const]], [['bfloat16' as const]]])(
  'in a campaign of %j',
  (drawn) => {
    const space = { operations, formats: drawn, maxElements: 1_000 };
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
  },
);

test('regime names are unique, and each says why in one sentence', () => {
  expect(new Set(regimes.map(({ name }) => name)).size).toBe(regimes.length);
  expect(regimes.filter(({ why }) => !why.endsWith('.'))).toEqual([]);
});
