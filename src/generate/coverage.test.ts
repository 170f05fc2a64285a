import { describe, expect, test } from 'vitest';
import { callFormName } from '../case/call-form.ts';
import { directions, kernelTable, operations } from '../contract/subject.ts';
import { nativeFormats, type Format } from '../float/format.ts';
import { axisClasses, axisClassOf } from '../case/signature.ts';
import { coverageKeys } from './coverage.ts';
import { generateCase } from './generate-case.ts';
import { regimes } from './regimes.ts';

/** Fewest cases of 20,000 for a regime, where 100 would be a waste. */
const exceptions: Record<string, { atLeast: number; why: string }> = {
  empty: { atLeast: 5, why: 'an empty case has one answer for each kernel, and nothing else to try' },
};
const cellMinimum = 100; // 0.5 % of 20,000

const spaces: readonly { seed: bigint; formats: readonly Format[]; float64: number }[] = [
  { seed: 42n, formats: nativeFormats, float64: 4_000 },
  { seed: 0n, formats: nativeFormats, float64: 4_000 },
  { seed: 2n ** 64n - 1n, formats: nativeFormats, float64: 4_000 },
  { seed: 42n, formats: ['float16'], float64: 0 },
  { seed: 0n, formats: ['bfloat16'], float64: 0 },
];

describe.each(spaces)('20,000 cases of seed $seed in $formats', ({ seed, formats, float64 }) => {
  const space = { operations, formats };
  const cases = Array.from({ length: 20_000 }, (_, index) => generateCase({ seed, index }, space));

  test('every regime × operation × direction × axis class has 100 cases, but for the named exceptions', () => {
    const counts = new Map<string, number>();
    for (const key of cases.flatMap(coverageKeys)) counts.set(key, (counts.get(key) ?? 0) + 1);
    const cells = regimes.flatMap(({ name }) =>
      kernelTable.flatMap(({ operation, direction }) =>
        axisClasses.map((axisClass) => ({ name, key: `${name}/${operation}/${direction}/${axisClass}` })),
      ),
    );
    const short = cells
      .map(({ name, key }) => ({
        key,
        count: counts.get(key) ?? 0,
        due: exceptions[name]?.atLeast ?? cellMinimum,
      }))
      .filter(({ count, due }) => count < due);

    expect(cells).toHaveLength(15 * 9 * 2);
    expect(short).toEqual([]);
    expect(new Set(counts.keys())).toEqual(new Set(cells.map(({ key }) => key)));
  });

  test('each kernel gets a ninth of the cases', () => {
    const share = kernelTable.map(
      (row) => cases.filter((c) => c.operation === row.operation && c.direction === row.direction).length,
    );

    // Binomial (20,000, 1/9): standard deviation 44.4; five of them
    for (const count of share) expect(Math.abs(count - 20_000 / 9)).toBeLessThan(222);
  });

  test('a fifth of the cases of native formats is float64', () => {
    const count = cases.filter((c) => c.format === 'float64').length;

    expect(Math.abs(count - float64)).toBeLessThan(283); // five standard deviations of 56.6
  });

  test('checks are drawn on their share of the cases, gradients only where there is a small one', () => {
    const countOf = (check: 'gradient' | 'property' | 'repeat'): number =>
      cases.filter((c) => c.checks.includes(check)).length;
    const misdrawn = cases.filter(
      (c) => c.checks.includes('gradient') && (c.direction === 'forward' || c.logits.data.length > 256),
    );

    expect(misdrawn).toEqual([]);
    // 1/32, 1/12 and, of 5 kernels in 9 and 98.5 % of sizes, 1/36; five standard deviations
    expect(Math.abs(countOf('property') - 625)).toBeLessThan(123);
    expect(Math.abs(countOf('repeat') - 1_667)).toBeLessThan(196);
    expect(Math.abs(countOf('gradient') - 304)).toBeLessThan(87);
  });

  test('each form of the call is drawn on its share of the cases that it says something of', () => {
    const counts = new Map<string, number>();
    for (const { call } of cases) {
      const name = call === undefined ? 'plain' : callFormName(call);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const isNear = (name: string, share: number): boolean => {
      const deviation = Math.sqrt(20_000 * share * (1 - share));
      return Math.abs(counts.get(name)! - 20_000 * share) < 5 * deviation;
    };
    // The axis is the last of half of the cases, a third of the kernels are losses.
    const shares: Readonly<Record<string, number>> = {
      plain: 0.68 + 0.08 / 2 + (0.08 * 2) / 3,
      'axis-absent': (0.08 / 2) * (2 / 3),
      'axis-undefined': (0.08 / 2) * (1 / 3),
      'defaults-named': 0.08 / 6,
      'defaults-undefined': 0.08 / 6,
      view: 0.1,
      'same-arrays': 0.02,
      'later-calls': 0.02,
      'in-flight-first': 0.01,
      'in-flight-second': 0.01,
    };

    expect([...counts.keys()].sort()).toEqual(Object.keys(shares).sort());
    expect(Object.entries(shares).filter(([name, share]) => !isNear(name, share))).toEqual([]);
  });

  test('no further calls are made beside a large case', () => {
    const further = cases.filter(({ call }) =>
      ['same-arrays', 'later-calls', 'in-flight'].includes(call?.kind ?? 'plain'),
    );

    expect(further.filter(({ logits }) => logits.data.length > 1_024)).toEqual([]);
  });
});

test('axisClassOf resolves negative axes, and counts rank 0 and rank 1 as last', () => {
  const classOf = (shape: number[], axis: number): string =>
    axisClassOf({ axis, logits: { shape, data: new Float32Array(0) } });

  expect([classOf([], 0), classOf([], -1), classOf([3], 0), classOf([2, 3], -1), classOf([2, 3], 1)]).toEqual(
    Array(5).fill('last'),
  );
  expect([classOf([2, 3], 0), classOf([2, 3], -2), classOf([3, 1], 0)]).toEqual(Array(3).fill('inner'));
});

test('coverageKeys names one key for each regime of the case', () => {
  const logits = { shape: [2, 2], data: new Float32Array(4) };
  const c = {
    operation: 'softmax',
    direction: 'forward',
    format: 'float32',
    axis: 0,
    logits,
    checks: [],
  } as const;

  expect(coverageKeys({ ...c, regimes: ['mask', 'plain'] })).toEqual([
    'mask/softmax/forward/inner',
    'plain/softmax/forward/inner',
  ]);
});

test('every direction is drawn that the space names, and no other', () => {
  const drawn = directions.map((direction) => {
    const space = { operations, directions: [direction], formats: nativeFormats };
    return new Set(
      Array.from({ length: 200 }, (_, index) => generateCase({ seed: 1n, index }, space).direction),
    );
  });

  expect(drawn).toEqual(directions.map((direction) => new Set([direction])));
});
