import { describe, expect, test } from 'vitest';
import { isIndexTarget, type Case } from '../case/case.ts';
import { directions, operations, reductions } from '../contract/subject.ts';
import { formatFacts, halfFormats, nativeFormats, type Format } from '../float/format.ts';
import { isRepresentable } from '../float/ulp.ts';
import { laneStart, lanesOf } from '../tensor/lanes.ts';
import { generateCase } from './generate-case.ts';
import { fillLoss } from './loss-tensors.ts';
import { drawLoss, ignoreKinds, targetKinds, weightKinds, type LossDraw } from './loss-draw.ts';
import { drawCase } from './case-draw.ts';
import { randomSourceFor } from './random-source.ts';

interface Group {
  readonly formats: readonly Format[];
  /** ε that are written so, those that are tiny, and the parts of 1 that others are whole numbers of. */
  readonly plain: readonly string[];
  readonly tiny: readonly number[];
  readonly parts: number;
  /** Rounded shares of 1 add up to it within this, and half of the smallest subnormal for each. */
  readonly slack: number;
  readonly least: number;
  readonly weightSpread: number;
}

const groups: readonly Group[] = [
  {
    formats: nativeFormats,
    plain: ['0', '0.1', '0.5', '0.9', '1'],
    tiny: [2 ** -30],
    parts: 8,
    slack: 2 ** -22,
    least: 0,
    weightSpread: 1e12,
  },
  {
    formats: ['float16'],
    plain: ['0', '0.09375', '0.5', '0.90625', '1'],
    tiny: [2 ** -12],
    parts: 32,
    slack: 2 ** -10,
    least: 2 ** -25,
    weightSpread: 1e8,
  },
  {
    formats: ['bfloat16'],
    plain: ['0', '0.09375', '0.5', '0.90625', '1'],
    tiny: [2 ** -30],
    parts: 32,
    slack: 2 ** -7,
    least: 2 ** -134,
    weightSpread: 1e12,
  },
];

describe.each(groups)('of $formats', ({ formats, plain, tiny, parts, slack, least, weightSpread }) => {
  const seed = 42n;
  const space = { operations, formats };
  /** The cross-entropy among 20,000 cases of all operations. */
  const drawn = Array.from({ length: 20_000 }, (_, index) => {
    const { loss, direction, lanes } = drawCase(randomSourceFor({ seed, index }), space);
    return loss === null ? [] : [{ direction, loss, lanes, case: generateCase({ seed, index }, space) }];
  }).flat();

  const smoothingName = (epsilon: number): string =>
    epsilon < 1e-3 && tiny.includes(epsilon)
      ? 'tiny'
      : (plain.find((name) => Math.abs(Number(name) - epsilon) < 1e-7) ??
        ((parts * epsilon) % 1 === 0 ? 'parts' : 'any'));

  type Facets = Record<'direction' | 'target' | 'reduction' | 'smoothing' | 'weight' | 'ignore', string>;
  const facetsOf = ({ direction, loss }: { direction: string; loss: LossDraw }): Facets => ({
    direction,
    target: loss.targetKind,
    reduction: loss.reduction,
    smoothing: smoothingName(loss.labelSmoothing),
    weight: loss.weightKind,
    ignore: loss.ignoreKind,
  });

  const levels: Record<keyof Facets, readonly string[]> = {
    direction: directions,
    target: targetKinds.map(({ kind }) => kind),
    reduction: reductions,
    smoothing: [...plain, 'tiny', 'parts', 'any'],
    weight: weightKinds.map(({ kind }) => kind),
    ignore: ignoreKinds.map(({ kind }) => kind),
  };

  /** ignoreIndex belongs to indices, and there is no gradient to an index. */
  const isInvalid = (pair: Partial<Facets>): boolean =>
    (pair.ignore !== undefined &&
      pair.ignore !== 'none' &&
      pair.target !== undefined &&
      pair.target !== 'index') ||
    (pair.direction === 'targetBackward' && pair.target === 'index') ||
    (pair.direction === 'targetBackward' && pair.ignore !== undefined && pair.ignore !== 'none');

  const keyOf = (pair: Partial<Facets>): string =>
    JSON.stringify(Object.entries(pair).sort(([a], [b]) => (a < b ? -1 : 1)));

  test('every valid pair among direction, target and options occurs, and no invalid one', () => {
    const names = Object.keys(levels) as (keyof Facets)[];
    const facetPairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));
    const all = facetPairs.flatMap(([a, b]) =>
      levels[a].flatMap((valueA) =>
        levels[b].map((valueB): Partial<Facets> => ({ [a]: valueA, [b]: valueB })),
      ),
    );
    const seen = new Set(
      drawn
        .map(facetsOf)
        .flatMap((facets) => facetPairs.map(([a, b]) => keyOf({ [a]: facets[a], [b]: facets[b] }))),
    );

    expect(all.filter((pair) => !isInvalid(pair) && !seen.has(keyOf(pair)))).toEqual([]);
    expect(all.filter((pair) => isInvalid(pair) && seen.has(keyOf(pair)))).toEqual([]);
  });

  const lanesOfTarget = (c: Case): number[][] => {
    const lanes = lanesOf(c.logits.shape, c.axis);
    const { data } = c.loss!.target;
    return Array.from({ length: lanes.count }, (_, l) =>
      Array.from({ length: lanes.length }, (_, k) => data[laneStart(lanes, l) + k * lanes.stride]!),
    );
  };
  const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const withTarget = (kind: string): Case[] =>
    drawn
      .filter(({ loss, lanes }) => loss.targetKind === kind && lanes.count * lanes.length > 0)
      .map((row) => row.case);

  describe('probability targets', () => {
    test('one-hot lanes hold a single 1 among zeros', () => {
      const lanes = withTarget('one-hot').flatMap(lanesOfTarget);

      expect(lanes.length).toBeGreaterThan(500);
      expect(lanes.filter((lane) => sumOf(lane) !== 1 || lane.filter((t) => t === 1).length !== 1)).toEqual(
        [],
      );
    });

    test('k-hot lanes hold two to eight shares that are 1 each or sum to 1, beside zeros', () => {
      const lanes = withTarget('k-hot').flatMap(lanesOfTarget);
      const wide = lanes.filter((lane) => lane.length > 8);
      const sharesOf = (lane: number[]): number[] => lane.filter((t) => t !== 0);
      const isOnes = (lane: number[]): boolean => sharesOf(lane).every((t) => t === 1);

      expect(new Set(wide.map((lane) => sharesOf(lane).length))).toEqual(new Set([2, 3, 4, 5, 6, 7, 8]));
      expect(
        lanes.filter(
          (lane) =>
            sharesOf(lane).length < Math.min(2, lane.length) ||
            lane.some((t) => t < 0) ||
            (!isOnes(lane) && Math.abs(sumOf(lane) - 1) > slack), // each is rounded to the format
        ),
      ).toEqual([]);
      expect(wide.filter(isOnes).length).toBeGreaterThan(20);
    });

    test('two halves stand beside zeros, at the first and the last class too, and unequal shares', () => {
      const lanes = withTarget('k-hot')
        .flatMap(lanesOfTarget)
        .filter((lane) => lane.includes(0));
      const halves = lanes.filter((lane) => lane.filter((t) => t === 0.5).length === 2);
      const unequal = lanes.filter((lane) => new Set(lane.filter((t) => t > 0)).size > 1);

      expect(halves.length).toBeGreaterThan(100);
      expect(halves.filter((lane) => lane[0] === 0.5).length).toBeGreaterThan(20);
      expect(halves.filter((lane) => lane.at(-1) === 0.5).length).toBeGreaterThan(20);
      expect(unequal.length).toBeGreaterThan(100);
    });

    test('soft lanes are positive and sum to 1 within the rounding of their elements', () => {
      const lanes = withTarget('soft')
        .flatMap(lanesOfTarget)
        .filter((lane) => lane.length < 10_000); // beyond, a share of float16 may round to 0

      expect(lanes.length).toBeGreaterThan(500);
      // Each element is rounded twice at most, by at most u of itself or half a subnormal, and the exact ones
      // sum to 1
      expect(
        lanes.filter(
          (lane) => Math.abs(sumOf(lane) - 1) > slack + lane.length * least || lane.some((t) => t <= 0),
        ),
      ).toEqual([]);
    });

    test('unnormalized lanes are positive and sum to anything from 1/64 to 128', () => {
      const sums = withTarget('unnormalized').flatMap(lanesOfTarget).map(sumOf);

      expect([Math.min(...sums) > 0.015, Math.min(...sums) < 0.1]).toEqual([true, true]);
      expect([Math.max(...sums) < 129, Math.max(...sums) > 64]).toEqual([true, true]);
    });

    test('signed targets have entries of both signs', () => {
      const values = withTarget('signed').flatMap(lanesOfTarget).flat();

      expect([values.some((t) => t < -1), values.some((t) => t > 1)]).toEqual([true, true]);
    });

    test('a zeros target has at least one lane of zeros, and some have another lane beside it', () => {
      const isZero = (lane: number[]): boolean => lane.every((t) => t === 0);
      const cases = withTarget('zeros').map(lanesOfTarget);

      expect(cases.filter((lanes) => !lanes.some(isZero))).toEqual([]);
      expect(cases.some((lanes) => !lanes.every(isZero))).toBe(true);
    });
  });

  describe('index targets', () => {
    const indexed = drawn.filter(({ loss, lanes }) => loss.targetKind === 'index' && lanes.count > 0);
    const chosen = (choice: LossDraw['classChoice']): typeof indexed =>
      indexed.filter(
        ({ loss, lanes }) => loss.classChoice === choice && loss.ignoreKind === 'none' && lanes.length > 1,
      );

    test('are Int32Array tensors', () => {
      expect(indexed.filter((row) => !isIndexTarget(row.case.loss!.target))).toEqual([]);
    });

    test('all first and all last classes occur', () => {
      const firsts = new Set(chosen('first').flatMap((row) => [...row.case.loss!.target.data]));
      const lasts = chosen('last').flatMap((row) =>
        [...row.case.loss!.target.data].map((y) => y - row.lanes.length),
      );

      expect(firsts).toEqual(new Set([0]));
      expect(new Set(lasts)).toEqual(new Set([-1]));
    });

    test('argmax names a largest logit of the lane', () => {
      const finite = chosen('argmax').filter((row) => row.case.logits.data.every((x) => !Number.isNaN(x)));
      const strays = finite.filter(({ case: c, lanes }) =>
        [...c.loss!.target.data].some((y, l) => {
          const lane = Array.from(
            { length: lanes.length },
            (_, k) => c.logits.data[laneStart(lanes, l) + k * lanes.stride]!,
          );
          return lane[y] !== Math.max(...lane);
        }),
      );

      expect(finite.length).toBeGreaterThan(50);
      expect(strays).toEqual([]);
    });

    test('ignoreIndex is met by some positions and missed by others, and by all where all are ignored', () => {
      const ignored = indexed.map(({ loss, case: c }) => {
        const hits = [...c.loss!.target.data].filter((y) => y === c.loss!.ignoreIndex).length;
        return { kind: loss.ignoreKind, hits, positions: c.loss!.target.data.length };
      });
      const partly = ignored.filter(({ kind }) => kind !== 'all' && kind !== 'none');

      expect(ignored.filter(({ kind, hits, positions }) => kind === 'all' && hits !== positions)).toEqual([]);
      expect(ignored.filter(({ kind, hits }) => kind === 'none' && hits > 0)).toEqual([]);
      expect(partly.some(({ hits, positions }) => hits > 0 && hits < positions)).toBe(true);
      expect(partly.some(({ hits }) => hits === 0)).toBe(true);
    });

    test('an ignoreIndex is C, a little more, 255 and −2, and no class then', () => {
      const beyond = (kind: string): number[] =>
        indexed
          .filter(({ loss, lanes }) => loss.ignoreKind === kind && lanes.length > 0)
          .map((row) => row.case.loss!.ignoreIndex! - row.lanes.length);
      const fixed = (kind: string): number[] =>
        indexed.filter(({ loss }) => loss.ignoreKind === kind).map((row) => row.case.loss!.ignoreIndex!);

      expect(new Set(beyond('classes'))).toEqual(new Set([0]));
      expect(new Set(beyond('beyond'))).toEqual(new Set([1, 2, 3, 4]));
      expect(new Set(fixed('255'))).toEqual(new Set([255]));
      expect(new Set(fixed('-2'))).toEqual(new Set([-2]));
    });

    test('an ignored position stands before and after one that is not, where every other one is ignored', () => {
      const alternate = indexed
        .filter(({ loss, lanes }) => loss.ignorePattern === 'alternate' && lanes.count >= 3)
        .map(({ case: c }) => [...c.loss!.target.data].map((y) => y === c.loss!.ignoreIndex));
      const isBetween = (ignored: boolean[]): boolean =>
        ignored.some((_, l) => ignored[l - 1] === true && ignored[l] === false && ignored[l + 1] === true);

      expect(alternate.length).toBeGreaterThan(50);
      expect(alternate.filter(isBetween).length).toBeGreaterThan(alternate.length / 4);
      expect(alternate.some((ignored) => ignored[0] === false)).toBe(true);
    });

    test('where there are classes beyond 16 bits nearly every index is one of them', () => {
      const facts = { direction: 'backward', format: 'float32', lanes: lanesOf([1, 65_600], 1) } as const;
      const random = randomSourceFor({ seed: 1n, index: 0 });
      const draws = Array.from({ length: 200 }, () => drawLoss(random, facts));

      expect(
        draws.filter((loss) => loss.targetKind === 'index' && loss.classChoice === 'high').length,
      ).toBeGreaterThan(150);
    });

    test('positions without classes are all ignored', () => {
      const classless = indexed.filter(({ lanes }) => lanes.length === 0);

      expect(classless.length).toBeGreaterThan(5);
      expect(classless.filter(({ loss }) => loss.ignoreKind !== 'all')).toEqual([]);
    });
  });

  describe('weights', () => {
    const weightsOf = (kind: string): number[][] =>
      drawn
        .filter(({ loss, lanes }) => loss.weightKind === kind && lanes.length > 0)
        .map((row) => [...row.case.loss!.weight!.data]);

    test('are left out, all 1 and all 0', () => {
      const without = drawn.filter(({ loss }) => loss.weightKind === 'none');

      expect(without.filter((row) => row.case.loss!.weight !== undefined)).toEqual([]);
      expect(new Set(weightsOf('ones').flat())).toEqual(new Set([1]));
      expect(new Set(weightsOf('all-zero').flat())).toEqual(new Set([0]));
    });

    test('hold zeros among others', () => {
      expect(weightsOf('some-zero').filter((w) => !w.includes(0))).toEqual([]);
      expect(weightsOf('some-zero').some((w) => w.some((x) => x > 0))).toBe(true);
    });

    test('are two numbers over and over', () => {
      const kinds = weightsOf('repeated').map((w) => new Set(w).size);

      expect(new Set(kinds)).toEqual(new Set([1, 2]));
      expect(weightsOf('repeated').some((w) => new Set(w).size === 2 && w.length > 2)).toBe(true);
    });

    test('differ by many orders of magnitude', () => {
      const spreads = weightsOf('magnitudes')
        .filter((w) => w.length < 1_000)
        .map((w) => Math.max(...w) / Math.min(...w));

      expect(Math.max(...spreads)).toBeGreaterThan(weightSpread);
    });
  });

  test('every ε is a number of the format, and of float32', () => {
    const smoothings = drawn.map((row) => ({
      format: row.case.format,
      epsilon: row.case.loss!.labelSmoothing,
    }));
    const isHeld = ({ format, epsilon }: (typeof smoothings)[number]): boolean =>
      isRepresentable(epsilon, format) && (format === 'float64' || isRepresentable(epsilon, 'float32'));

    expect(smoothings.filter((row) => !isHeld(row))).toEqual([]);
  });
});

describe.each(halfFormats)('classes of %s that it does not hold every one of', (format) => {
  const highest = { float16: 2_048, bfloat16: 256 }[format];
  const space = { operations: ['crossEntropy' as const], formats: [format], maxElements: 70_000 };
  const indices = Array.from({ length: 20_000 }, (_, index) => generateCase({ seed: 6n, index }, space))
    .filter(({ loss, logits }) => isIndexTarget(loss!.target) && logits.data.length > highest)
    .flatMap(({ loss }) => [...loss!.target.data].filter((y) => y !== loss!.ignoreIndex));

  test('are targets, odd ones among them', () => {
    expect(indices.filter((y) => y > highest).length).toBeGreaterThan(10);
    expect(indices.some((y) => y > highest && y % 2 === 1)).toBe(true);
  });

  test('are targets in vocabularies, beyond 65,504 too', () => {
    const lanes = lanesOf([1, 65_600], 1);
    const random = randomSourceFor({ seed: 1n, index: 0 });
    const draws = Array.from({ length: 100 }, () => {
      const draw = drawLoss(random, { direction: 'forward', format, lanes });
      const facts = { draw, format, shape: [1, 65_600], lanes, logits: new Float64Array(65_600) };
      return { draw, target: fillLoss(random, facts).target };
    });
    const high = draws
      .filter(({ draw, target }) => draw.classChoice === 'high' && isIndexTarget(target))
      .map(({ target }) => target.data[0]!)
      .filter((y) => y >= 0);

    expect(high.filter((y) => y >= 65_504).length).toBeGreaterThan(5);
    expect(high.filter((y) => y >= highest && y < 65_504).length).toBeGreaterThan(5);
  });
});

describe.each(halfFormats)('what %s tells no more apart', (format) => {
  const space = { operations: ['crossEntropy' as const], formats: [format], maxElements: 20_000 };
  const cases = Array.from({ length: 20_000 }, (_, index) => generateCase({ seed: 8n, index }, space));
  const { largestFinite, round } = formatFacts(format);

  test('is some class that is named, and an ignoreIndex that is another number', () => {
    const alike = cases.filter(({ loss }) => {
      const { target, ignoreIndex } = loss!;
      return (
        ignoreIndex !== undefined &&
        isIndexTarget(target) &&
        [...target.data].some((y) => y !== ignoreIndex && round(y) === round(ignoreIndex))
      );
    });

    expect(alike.length).toBeGreaterThan({ float16: 5, bfloat16: 25 }[format]);
    expect(alike.some(({ loss, logits }) => loss!.target.data.length === 1 && logits.data.length > 1)).toBe(
      true,
    );
  });

  test('is a sum of losses beyond the largest number, of positions whose mean is far from it', () => {
    const sums = cases
      .filter((c) => c.regimes.join() === 'dominant' && isIndexTarget(c.loss!.target))
      .map((c) => gapsToTargets(c))
      .map((gaps) => ({ total: gaps.reduce((sum, gap) => sum + gap, 0), count: gaps.length }))
      .filter(({ total, count }) => total > largestFinite && total / count < largestFinite / 2);

    expect(sums.length).toBeGreaterThan(40);
  });
});

/** How far below the largest logit the class of each position is that is not ignored. */
function gapsToTargets({ logits, axis, loss }: Case): readonly number[] {
  const lanes = lanesOf(logits.shape, axis);
  return [...loss!.target.data].flatMap((y, l) => {
    if (y === loss!.ignoreIndex) return [];
    const start = laneStart(lanes, l);
    const lane = Array.from({ length: lanes.length }, (_, k) => logits.data[start + k * lanes.stride]!);
    return [Math.max(...lane) - lane[y]!];
  });
}

test.each([
  { format: 'float16' as const, classes: 3_000 },
  { format: 'bfloat16' as const, classes: 400 },
])(
  'of $classes equal classes the high ones in $format are such as it holds as another',
  ({ format, classes }) => {
    const lanes = lanesOf([1, classes], 1);
    const random = randomSourceFor({ seed: 3n, index: 0 });
    const { round } = formatFacts(format);
    const named = Array.from({ length: 200 }, () =>
      drawLoss(random, { direction: 'backward', format, lanes }),
    )
      .filter((draw) => draw.classChoice === 'high' && draw.ignoreKind === 'none')
      .map((draw) => {
        const facts = { draw, format, shape: [1, classes], lanes, logits: new Float64Array(classes) };
        return fillLoss(random, facts).target.data[0]!;
      });

    expect(named.length).toBeGreaterThan(25);
    expect(named.filter((y) => round(y) === y)).toEqual([]);
  },
);

describe.each(halfFormats)('of 65,600 classes in %s', (format) => {
  const [classes, lanes] = [65_600, lanesOf([1, 65_600], 1)];
  // nothing but one class at the end of the lane, and one at its start, differs
  const logits = new Float64Array(classes).map((_, k) => (k === 65_580 || k === 2 ? 1 : 0));
  const random = randomSourceFor({ seed: 2n, index: 0 });
  const draws = Array.from({ length: 100 }, () => drawLoss(random, { direction: 'forward', format, lanes }));

  test('each is asked for one, which is not ignored', () => {
    expect(draws.filter((draw) => draw.classChoice !== 'high' || draw.ignoreKind !== 'none')).toEqual([]);
  });

  test('most have a logit of their own, unlike that of the class which 16 bits make of it', () => {
    const named = draws.map((draw) => {
      const facts = { draw, format, shape: [1, classes], lanes, logits };
      return fillLoss(random, facts).target.data[0]!;
    });

    expect(named.filter((y) => y === 65_580 || y === 65_538).length).toBeGreaterThan(75);
  });
});
