/**
 * The probe cases of a kernel: small cases made by hand, each of which departs from plain ones in what its
 * tags say and in nothing else, so that what is wrong with them says where the mistake is. Fixed; nothing is
 * drawn.
 */
import type { Case } from '../case/case.ts';
import type { Direction, Operation, Reduction } from '../contract/subject.ts';
import { formatFacts, type Format } from '../float/format.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { fromLaneCase, type Lane, type LaneLoss } from './lane-case.ts';

/** What a probe case has that a plain one has not. */
export type Tag =
  | 'plain'
  | 'nan'
  | '+inf'
  | '-inf'
  | 'masked lane'
  | 'empty'
  | 'offset'
  | 'gap'
  | 'width'
  | 'high tail'
  | 'rows'
  | 'inner axis'
  | 'negative axis'
  | 'rank'
  | 'tie'
  | 'cotangent'
  | 'subnormal'
  | 'probabilities'
  | 'not a distribution'
  | 'class'
  | 'reduction'
  | 'weight'
  | 'ignoreIndex'
  | 'smoothing';

export interface ProbeCase {
  /** Says what it is; unique among those of a kernel. */
  readonly name: string;
  readonly tags: readonly Tag[];
  /** The number that its tag varies: the offset, the gap, the width, the number of rows. */
  readonly at?: number;
  readonly case: Case;
}

export interface KernelAndFormat {
  readonly operation: Operation;
  readonly direction: Direction;
  readonly format: Format;
}

interface Options {
  readonly reduction?: Reduction;
  readonly weight?: Lane;
  readonly ignoreIndex?: number;
  readonly smoothing?: number;
  /** One for each lane; default probabilities only where indices are not taken. */
  readonly classes?: readonly number[];
  /** The class that all lanes name where nothing else says; default the second, or the only one. */
  readonly named?: number;
  readonly probabilities?: readonly Lane[];
  readonly dy?: (i: number) => number;
  /** Where the lanes lie; default [count, width], the last axis. */
  readonly shape?: readonly number[];
  readonly axis?: number;
}

const plainLane: Lane = [0.5, -0.25, 1];
const offsets: Lane = [100, -100, 1_000, -1_000, 10_000.375, -20_000, 300_000, 2 ** 24, -1e9, 1e30];
const gaps: Lane = [1, 4, 9, 13, 15, 18, 30, 60, 81, 88, 95, 104, 120, 180, 400, 720, 1_500, 1e5, 2e9];
const widthsOfBlocks: Lane = [
  47, 48, 49, 63, 64, 65, 95, 97, 127, 128, 129, 130, 255, 257, 511, 513, 1000, 1001, 1024, 1025, 2049,
];
const widths: Lane = Array.from({ length: 42 }, (_, i) => i + 1).concat(widthsOfBlocks);
const rowCounts: Lane = [2, 3, 4, 5, 6, 9, 17, 33, 65, 67, 257, 1025];

/** In a fixed order. */
export function probeCases(kernel: KernelAndFormat): readonly ProbeCase[] {
  const cases: ProbeCase[] = [];
  const add = (
    name: string,
    tags: readonly Tag[],
    lanes: readonly Lane[],
    options: Options = {},
    at?: number,
  ): void => {
    const c = caseOf(kernel, lanes, options);
    if (c !== null && isHeld(c, lanes))
      cases.push({ name, tags, case: c, ...(at === undefined ? {} : { at }) });
  };
  addPlain(add);
  addSpecial(add);
  for (const c of offsets) add(`offset ${c}`, ['offset'], [plainLane.map((x) => x + c)], {}, c);
  for (const c of [1_000, -1_000, -20_000])
    for (const n of [8, 16])
      add(
        `offset ${c}, width ${n}`,
        ['offset', 'width'],
        [Array.from({ length: n }, (_, k) => c + (k % 3) / 8)],
        {},
        c,
      );
  for (const g of gaps) {
    add(`gap ${g}`, ['gap'], [[0, -g]], {}, g);
    add(`gap ${g}, low first`, ['gap'], [[-g, 0]], {}, g);
    add(`gap ${g}, three high`, ['gap'], [[0, 0, -g, 0]], { named: 2 }, g);
    add(`gap ${g}, high class`, ['gap', 'class'], [[0, -g]], { classes: [0] }, g);
  }
  const { logOfLargestFinite } = formatFacts(kernel.format);
  for (const g of [logOfLargestFinite + 1, 1.25 * logOfLargestFinite])
    for (const at of [1, 20]) add(`${-at}, gap ${g}`, ['offset', 'gap'], [[-at, -at - g]], {}, g);
  for (const n of [9, 17, 33, 65, 129, 257, 1025])
    add(
      `high tail ${n} by a power`,
      ['width', 'high tail', 'gap'],
      [Array.from({ length: n }, (_, k) => (k === n - 1 ? 0 : -logOfLargestFinite - 1))],
      {},
      n,
    );
  for (const n of widths) {
    add(`width ${n}`, ['width'], [Array.from({ length: n }, (_, k) => (k % 3) / 8)], {}, n);
    if (n > 4)
      add(
        `high tail ${n}`,
        ['width', 'high tail'],
        [Array.from({ length: n }, (_, k) => (k === n - 1 ? 0 : -200))],
        {},
        n,
      );
  }
  addPlaces(add);
  addGradients(kernel, add);
  if (kernel.operation === 'crossEntropy') addLosses(kernel, add);
  return cases;
}

/** Whether all that is finite is so in the format: 1e30 is beyond float16, and a cotangent of 1e6. */
function isHeld({ logits, cotangent }: Case, lanes: readonly Lane[]): boolean {
  const finite = (values: Iterable<number>): number => [...values].filter(Number.isFinite).length;
  return (
    finite(logits.data) === finite(lanes.flat()) &&
    (cotangent?.data ?? [0]).every((dy) => Number.isFinite(dy))
  );
}

type Add = (
  name: string,
  tags: readonly Tag[],
  lanes: readonly Lane[],
  options?: Options,
  at?: number,
) => void;

function addPlain(add: Add): void {
  add('plain', ['plain'], [plainLane]);
  add('zeros', ['plain', 'tie'], [[0, 0]]);
  add('ramp', ['plain'], [[0.25, 0.5, 0.75, 1]]);
  add('of one', ['plain'], [[0.5]]);
  for (const n of [2, 3, 4, 5, 6, 7, 8, 12, 16, 32])
    add(`zeros ${n}`, ['plain', 'tie'], [Array.from({ length: n }, () => 0)], {}, n);
}

function addSpecial(add: Add): void {
  for (const at of [0, 1, 2]) add(`NaN at ${at}`, ['nan'], [plainLane.map((x, k) => (k === at ? NaN : x))]);
  add('+∞', ['+inf'], [[0.5, Infinity, 1]]);
  add('+∞ twice', ['+inf'], [[Infinity, 0.5, Infinity]]);
  add('+∞ alone', ['+inf'], [[Infinity]]);
  add('NaN alone', ['nan'], [[NaN]]);
  for (const at of [0, 2])
    add(`−∞ at ${at}`, ['-inf'], [plainLane.map((x, k) => (k === at ? -Infinity : x))]);
  add('−∞ of the class', ['-inf', 'class'], [[0.5, -Infinity, 1]]);
  add('−∞ eight', ['-inf'], [Array.from({ length: 20 }, (_, k) => (k < 9 ? -Infinity : k / 8))]);
  add('all −∞', ['masked lane'], [[-Infinity, -Infinity]]);
  add('−∞ alone', ['masked lane'], [[-Infinity]]);
  add('NaN, then plain', ['nan', 'rows'], [[NaN, 0, 1], plainLane], { reduction: 'none' });
  add('no classes', ['empty'], [[]]);
  add('no lanes', ['empty'], [], { shape: [0, 2] });
}

function addPlaces(add: Add): void {
  for (const count of rowCounts)
    add(`rows ${count}`, ['rows'], rowsOf(count, 3), { reduction: 'none' }, count);
  add('rows apart', ['rows', 'offset'], [plainLane, plainLane.map((x) => x + 2_000)], { reduction: 'none' });
  add('rows apart, falling', ['rows', 'offset'], [plainLane.map((x) => x + 2_000), plainLane], {
    reduction: 'none',
  });
  add('rows 70 of 20', ['rows', 'width'], rowsOf(70, 20), {}, 70);
  add('wide rows', ['rows', 'width'], rowsOf(3, 300), { reduction: 'none' }, 3);
  const shapes: readonly (readonly [readonly number[], number])[] = [
    [[3, 2], 0],
    [[3, 3], 0],
    [[2, 3, 2], 1],
    [[3, 3, 2], 1],
    [[2, 3, 4], 1],
    [[2, 2, 3], 0],
    [[3, 2, 2], 0],
    [[1, 3, 2], 1],
    [[3, 1, 2], 0],
    [[2, 3, 1], 1],
    [[2, 2, 3, 2], 2],
    [[2, 3, 2, 2], 1],
    [[1, 2, 1, 3, 2], 3],
    [[2, 1, 1, 1, 3, 2], 4],
    [[3, 5], 0],
    [[17, 2], 0],
    [[4, 17], 1],
  ];
  for (const [shape, axis] of shapes) {
    const { length, count } = lanesOf(shape, axis);
    const isLast = axis === shape.length - 1;
    const tags: Tag[] = isLast ? ['rows'] : ['inner axis'];
    add(`[${shape.join()}] axis ${axis}`, tags, rowsOf(count, length), { shape, axis, reduction: 'none' });
    add(`[${shape.join()}] axis ${axis - shape.length}`, [...tags, 'negative axis'], rowsOf(count, length), {
      shape,
      axis: axis - shape.length,
      reduction: 'none',
    });
  }
  for (const rank of [0, 1, 3, 4, 5, 6]) {
    const shape = Array.from({ length: rank }, (_, i) => (i === rank - 1 ? 3 : i % 2 === 0 ? 2 : 1));
    add(
      `rank ${rank}`,
      ['rank'],
      rank === 0 ? [[0.5]] : rowsOf(sizeOf(shape) / 3, 3),
      { shape, axis: Math.max(0, rank - 1), reduction: 'none' },
      rank,
    );
  }
}

/** Rows of which no two are alike. */
export function rowsOf(count: number, width: number): readonly Lane[] {
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: width }, (_, k) => ((row * 5 + k * 7 + ((row * k) % 3)) % 16) / 8),
  );
}

function addGradients({ direction, format }: KernelAndFormat, add: Add): void {
  const { smallestNormal } = formatFacts(format);
  add('subnormal results', ['subnormal', 'gap'], [[0, Math.log(smallestNormal) - 2]]);
  add('next to subnormal', ['gap'], [[0, Math.log(smallestNormal) + 4]]);
  if (direction === 'forward') return;
  add('tie', ['tie', 'plain'], [[1, 1, 0.5, 1]]);
  add('cotangent 0', ['cotangent'], [plainLane], { dy: () => 0 });
  add('cotangent large', ['cotangent'], [plainLane], { dy: (i) => 1e6 * (i + 1) });
  add('cotangent third', ['cotangent'], [plainLane], { dy: (i) => (i + 1) / 3 });
  add('cotangent tiny', ['cotangent', 'subnormal'], [plainLane], { dy: () => smallestNormal });
  add('cotangent of a far class', ['cotangent', 'gap'], [[0, -30, -90, 0]], { dy: (i) => i + 1 });
}

function addLosses({ direction }: KernelAndFormat, add: Add): void {
  const four = rowsOf(4, 3);
  const takesClasses = direction !== 'targetBackward';
  const reductions: readonly Reduction[] = ['none', 'sum', 'mean'];
  const soft = (lanes: readonly Lane[]): readonly Lane[] =>
    lanes.map((lane) => lane.map((_, k) => [0.5, 0.125, 0.375][k % 3]!));
  const weight = [0.5, 2, 0.75];
  for (const reduction of reductions) {
    const tags: Tag[] = reduction === 'none' ? [] : ['reduction'];
    if (reduction !== 'none')
      add(`no lanes, ${reduction}`, ['empty', ...tags], [], { shape: [0, 2], reduction });
    if (takesClasses) {
      add(`classes, ${reduction}`, ['class', ...tags], four, { reduction, classes: [0, 1, 2, 1] });
      add(`weights, ${reduction}`, ['weight', ...tags], four, { reduction, weight, classes: [0, 1, 2, 1] });
      add(`weights alike, ${reduction}`, ['weight', ...tags], four, { reduction, weight: [2, 2, 2] });
      add(`weight third, ${reduction}`, ['weight', ...tags], four, {
        reduction,
        weight: [1 / 3, 0.7, 5 / 3],
        classes: [0, 1, 2, 1],
      });
      for (const e of [0.1, 0.25, 0.75, 1]) {
        add(`smoothing ${e}, ${reduction}`, ['smoothing', ...tags], four, { reduction, smoothing: e });
        add(`smoothing ${e}, weights, ${reduction}`, ['smoothing', 'weight', ...tags], four, {
          reduction,
          smoothing: e,
          weight,
        });
      }
      for (const ignoreIndex of [-100, -1, 255, 1, 3, 1000]) {
        const classes = [0, ignoreIndex, 2, ignoreIndex];
        add(`ignore ${ignoreIndex}, ${reduction}`, ['ignoreIndex', ...tags], four, {
          reduction,
          ignoreIndex,
          classes,
        });
        add(
          `ignore ${ignoreIndex} and NaN, ${reduction}`,
          ['ignoreIndex', 'nan', ...tags],
          [four[0]!, [NaN, 0, 1], four[2]!, [1, Infinity, 0]],
          { reduction, ignoreIndex, classes },
        );
        add(`ignore ${ignoreIndex}, weights, ${reduction}`, ['ignoreIndex', 'weight', ...tags], four, {
          reduction,
          ignoreIndex,
          classes,
          weight,
        });
        add(`ignore ${ignoreIndex}, smoothing, ${reduction}`, ['ignoreIndex', 'smoothing', ...tags], four, {
          reduction,
          ignoreIndex,
          classes,
          smoothing: 0.25,
        });
        add(`ignore no ${ignoreIndex}, ${reduction}`, ['ignoreIndex', ...tags], four, {
          reduction,
          ignoreIndex,
          classes: [0, 2, 2, 0],
        });
      }
      add(`all ignored, ${reduction}`, ['ignoreIndex', 'empty', ...tags], four, {
        reduction,
        ignoreIndex: -100,
        classes: [-100, -100, -100, -100],
      });
      add(`rank 3, ${reduction}`, ['rank', ...tags], rowsOf(6, 3), { reduction, shape: [2, 3, 3], axis: 2 });
      add(`rows 300, ${reduction}`, ['rows', ...tags], rowsOf(300, 2), { reduction }, 300);
    }
    add(`probabilities, ${reduction}`, ['probabilities', ...tags], four, {
      reduction,
      probabilities: soft(four),
    });
    add(`probabilities along axis 0, ${reduction}`, ['probabilities', 'inner axis', ...tags], rowsOf(2, 3), {
      reduction,
      shape: [3, 2],
      axis: 0,
      probabilities: [
        [0.5, 0.125, 0.375],
        [0, 0.75, 0.25],
      ],
    });
    add(`probabilities, rank 3, ${reduction}`, ['probabilities', 'rank', ...tags], rowsOf(6, 3), {
      reduction,
      shape: [2, 3, 3],
      axis: 2,
      probabilities: soft(rowsOf(6, 3)),
    });
    add(`probabilities of one, ${reduction}`, ['probabilities', ...tags], four, {
      reduction,
      probabilities: four.map(() => [0, 1, 0]),
    });
    add(`two of three, ${reduction}`, ['probabilities', ...tags], four, {
      reduction,
      probabilities: four.map(() => [0, 0.25, 0.75]),
    });
    add(`probabilities beyond 1, ${reduction}`, ['probabilities', 'not a distribution', ...tags], four, {
      reduction,
      probabilities: four.map(() => [0.5, 1, 0.25]),
    });
    add(`negative, ${reduction}`, ['probabilities', 'not a distribution', ...tags], four, {
      reduction,
      probabilities: four.map(() => [-0.5, 1, 0.5]),
    });
    add(`probabilities, weights, ${reduction}`, ['probabilities', 'weight', ...tags], four, {
      reduction,
      weight,
      probabilities: soft(four),
    });
    add(`probabilities, weight 0, ${reduction}`, ['probabilities', 'weight', ...tags], four, {
      reduction,
      weight: [0, 1, 1],
      probabilities: soft(four),
    });
    add(`probabilities, smoothing, ${reduction}`, ['probabilities', 'smoothing', ...tags], four, {
      reduction,
      smoothing: 0.25,
      probabilities: soft(four),
    });
    add(
      `rows 70 of probabilities, ${reduction}`,
      ['rows', 'probabilities', ...tags],
      rowsOf(70, 2),
      { reduction, probabilities: rowsOf(70, 2).map(() => [0.25, 0.75]) },
      70,
    );
  }
  add('−∞ beside the class', ['-inf', 'probabilities'], [[0.5, -Infinity, 1]], {
    probabilities: [[0.5, 0, 0.5]],
  });
  add('−∞ with smoothing', ['-inf', 'smoothing'], [[0.5, -Infinity, 1]], { smoothing: 0.25, classes: [0] });
  if (!takesClasses) return;
  for (const n of [130, 300])
    add(
      `class of ${n}`,
      ['class', 'width'],
      [Array.from({ length: n }, (_, k) => (k % 3) / 8)],
      { classes: [n - 1] },
      n,
    );
  add('zeros, first class', ['class'], [[0, 0]], { classes: [0] });
  add('zeros, last class', ['class'], [[0, 0]], { classes: [1] });
  add('last class', ['class'], [plainLane], { classes: [2] });
  add('first class', ['class'], [plainLane], { classes: [0] });
  add('sure', ['gap', 'class'], [[0, 12]], { classes: [1] });
  add('NaN and weight 0', ['nan', 'weight'], [[NaN, 0, 1]], { classes: [0], weight: [0, 1, 1] });
  add('classes along axis 1 of 3', ['inner axis', 'class'], rowsOf(4, 3), {
    shape: [2, 3, 2],
    axis: 1,
    classes: [0, 1, 2, 0],
    reduction: 'none',
  });
}

/** Null where the kernel takes no such case. */
export function caseOf(kernel: KernelAndFormat, lanes: readonly Lane[], options: Options): Case | null {
  const { operation, direction } = kernel;
  const {
    shape = [lanes.length, lanes[0]?.length ?? 0],
    axis = Math.max(0, shape.length - 1),
    dy = plainDy,
  } = options;
  const loss = operation === 'crossEntropy' ? lossOf(direction, { shape, axis, lanes }, options) : undefined;
  if (loss === null) return null;
  return fromLaneCase({
    ...kernel,
    axis,
    shape,
    lanes,
    ...(loss === undefined ? {} : { loss }),
    ...(direction === 'forward' ? {} : { dy: dyOf(kernel, lanes, dy) }),
  });
}

const plainDy = (i: number): number => [-0.75, 0.5, 1.25, 2, -1.5][i % 5]!;

/** In the order of the lanes; one for each lane where the output has one. */
function dyOf(
  { operation }: KernelAndFormat,
  lanes: readonly Lane[],
  dy: (i: number) => number,
): readonly Lane[] {
  if (operation !== 'softmax' && operation !== 'logSoftmax')
    return lanes.length === 0 ? [[dy(0)]] : lanes.map((_, lane) => [dy(lane)]);
  return lanes.map((lane, row) => lane.map((_, k) => dy(row * lane.length + k)));
}

function lossOf(
  direction: Direction,
  { shape, axis, lanes }: { shape: readonly number[]; axis: number; lanes: readonly Lane[] },
  { reduction = 'none', weight, ignoreIndex, smoothing = 0, classes, probabilities, ...rest }: Options,
): LaneLoss | null {
  const { length, count } = lanesOf(shape, axis);
  const isSoft = probabilities !== undefined || direction === 'targetBackward';
  if (isSoft && (classes !== undefined || ignoreIndex !== undefined)) return null;
  if (!isSoft && length === 0 && count > 0) return null;
  const named = rest.named ?? Math.min(1, length - 1);
  return {
    reduction,
    labelSmoothing: smoothing,
    ...(isSoft
      ? { probabilities: probabilities ?? lanes.map((lane) => lane.map((_, k) => (k === named ? 1 : 0))) }
      : { classes: classes ?? lanes.map(() => named) }),
    ...(weight === undefined ? {} : { weight }),
    ...(ignoreIndex === undefined ? {} : { ignoreIndex }),
  };
}
