/**
 * Widths and numbers of lanes that kernels trip over, beyond the small cases that nearly all are: tiles,
 * grids of blocks, vocabularies. Each is rare, since it costs as much as hundreds of small cases.
 */
import { formatFacts, isHalf, type Format, type HalfFormat } from '../float/format.ts';
import {
  drawBoolean,
  drawFrom,
  drawInt,
  drawLogUniformInt,
  drawUnit,
  type RandomSource,
} from './random-source.ts';

/** How wide the lanes are, and how many. */
export interface Extent {
  readonly length: number;
  readonly lanes: number;
  readonly isRepetitive: boolean;
}

/** Where one tile, one block of threads, or one buffer of a kernel ends. */
export const tileWidths: readonly number[] = [256, 512, 1_000, 1_024, 2_048];

/** How many numbers 16 bits tell apart. A grid may have one block less in its second dimension. */
export const sixteenBits = 65_536;

/** So many ones make a sum of the half that another one does not change: 2,048 and 256. */
export function sticksAt(format: HalfFormat): number {
  return 2 ** formatFacts(format).significandBits;
}

/** The largest finite number of float16, and the least that rounds to infinity: as classes, and as counts. */
export const float16Ends: readonly number[] = [65_504, 65_520];

/**
 * What is asked of lanes: a loss; its gradient to the target, which no class index reaches; their sum alone,
 * by logSumExp; or anything else.
 */
export type Asked = 'loss' | 'target' | 'sum' | 'other';

interface ExtentRow {
  /** Shares of the cases that are a loss, and of the others. */
  readonly lossShare: number;
  readonly share: number;
  /** The share of gradients to the target, where it is not that of losses. */
  readonly targetShare?: number;
  /** The share of logSumExp, where it is not that of the others. */
  readonly sumShare?: number;
  /** Never, where the format is float64: its exact answer takes a second. */
  readonly isLarge: boolean;
  readonly draw: (random: RandomSource) => Omit<Extent, 'isRepetitive'>;
}

const between = (random: RandomSource, min: number, max: number): number =>
  min + drawInt(random, max - min + 1);

// a tile and its neighbours: what is left over of it is one element, or one is missing
const tileRow: ExtentRow = {
  lossShare: 0.0012,
  share: 0.0012,
  isLarge: false,
  draw: (random) => ({
    length: drawFrom(random, tileWidths) + drawInt(random, 3) - 1,
    lanes: between(random, 1, 4),
  }),
};

// rows wider than a tile
const widerRow: ExtentRow = {
  lossShare: 0.0008,
  share: 0.0008,
  isLarge: false,
  draw: (random) => ({
    length: drawLogUniformInt(random, { min: 257, max: 2_049 }),
    lanes: between(random, 2, 4),
  }),
};

const smallerRows: readonly ExtentRow[] = [
  tileRow,
  widerRow,
  // more lanes than a block has threads in one dimension, each wider than a vector
  {
    lossShare: 0.0012,
    share: 0.0012,
    isLarge: false,
    draw: (random) => ({ length: between(random, 9, 33), lanes: between(random, 65, 130) }),
  },
  // more rows than a block has threads
  {
    lossShare: 0.0012,
    share: 0.001,
    isLarge: false,
    draw: (random) => ({
      length: between(random, 2, 3),
      lanes: between(random, 1_025, 1_300),
    }),
  },
  // more rows than 16 bits count
  {
    lossShare: 0.00008,
    share: 0.00005,
    isLarge: true,
    draw: (random) => ({ length: 2, lanes: between(random, sixteenBits, sixteenBits + 64) }),
  },
];

/** Vocabularies: the classes of a language model, of which some have an index beyond 16 bits. */
function vocabularyRow(nearShare: number): ExtentRow {
  return {
    lossShare: 0.0004,
    share: 0.00002,
    isLarge: true,
    draw: (random) => ({
      length: drawBoolean(random, nearShare)
        ? between(random, sixteenBits + 2, sixteenBits + 512)
        : between(random, sixteenBits + 2, 200_000),
      lanes: 1,
    }),
  };
}

const endingRow: ExtentRow = {
  lossShare: 0.00005,
  share: 0.00002,
  isLarge: true,
  draw: (random) => ({
    length: drawFrom(random, [...float16Ends, sixteenBits]) + drawInt(random, 3) - 1,
    lanes: 1,
  }),
};

/** Somewhat more classes than float16 holds every index of: where there is an index. */
const classesRow: ExtentRow = {
  lossShare: 0.0015,
  targetShare: 0,
  share: 0,
  isLarge: false,
  draw: (random) => ({ length: sticksAt('float16') + between(random, 2, 512), lanes: 1 }),
};

/** Mostly no wider than has to be, and where an index is asked: as often as a lane of 65,536 can be paid. */
const vocabularyOfHalves: ExtentRow = { ...vocabularyRow(31 / 32), lossShare: 0.001, targetShare: 0.0001 };

/** In place of half of the tiles and of the rows wider than one, so that a case costs no more. */
const others: readonly ExtentRow[] = [
  ...smallerRows.map((row) =>
    row === tileRow || row === widerRow
      ? { ...row, lossShare: row.lossShare / 2, share: row.share / 2 }
      : row,
  ),
  vocabularyOfHalves,
];

/** Widths of lanes of halves at which their sums end: from 2,048 or 256 ones on, and 65,504 and 65,520. */
const rowsOfHalves: Readonly<Record<HalfFormat, readonly ExtentRow[]>> = {
  float16: [
    stickingRow('float16', { share: 0.0012, often: [2_048, 2_048, 4_096] }),
    stuckRow('float16'),
    classesRow,
    endingRow,
    ...others,
  ],
  bfloat16: [
    stickingRow('bfloat16', { share: 0.0025, often: [256, 256, 256, 512, 512, 4_096] }),
    stuckRow('bfloat16'),
    endingRow,
    ...others,
  ],
};

/** Three quarters are one of the widths, or beside it; the others are anything up to twice the first. */
function stickingRow(
  format: HalfFormat,
  { share, often }: { share: number; often: readonly number[] },
): ExtentRow {
  const width = sticksAt(format);
  return {
    lossShare: share,
    share,
    isLarge: false,
    draw: (random) => ({
      length: drawBoolean(random, 0.75)
        ? drawFrom(random, often) + drawInt(random, 3) - 1
        : between(random, width + 1, 2 * width),
      lanes: drawBoolean(random, 0.75) ? 1 : 2,
    }),
  };
}

/**
 * One lane, so wide that a sum of ones that has stuck is beyond what even sums in the half may come to. In
 * logSumExp alone, whose answer is nothing but that sum.
 */
function stuckRow(format: HalfFormat): ExtentRow {
  const width = sticksAt(format);
  return {
    lossShare: 0,
    share: 0,
    sumShare: 0.003,
    isLarge: false,
    draw: (random) => ({ length: between(random, 1.5 * width, 2 * width), lanes: 1 }),
  };
}

function shareOf({ lossShare, share, targetShare, sumShare }: ExtentRow, asked: Asked): number {
  switch (asked) {
    case 'loss':
      return lossShare;
    case 'target':
      return targetShare ?? lossShare;
    case 'sum':
      return sumShare ?? share;
    case 'other':
      return share;
  }
}

interface Extents {
  readonly rows: readonly ExtentRow[];
  readonly totals: Readonly<Record<Asked, number>>;
}

function extentsOf(drawn: readonly ExtentRow[]): Extents {
  const totalOf = (asked: Asked): number => drawn.reduce((sum, row) => sum + shareOf(row, asked), 0);
  return {
    rows: drawn,
    totals: {
      loss: totalOf('loss'),
      target: totalOf('target'),
      sum: totalOf('sum'),
      other: totalOf('other'),
    },
  };
}

const native = extentsOf([...smallerRows, vocabularyRow(0.75)]);
const halves = { float16: extentsOf(rowsOfHalves.float16), bfloat16: extentsOf(rowsOfHalves.bfloat16) };

/** The part of them that is drawn in float64, where an exact answer costs several times as much. */
const float64Share = 0.25;
/** The part of the smaller ones whose lanes repeat; the others have values of their own all over. */
const repetitiveShare = 0.5;

/** Null for nearly all cases: those are sized by their number of elements. One draw, where it is null. */
export function drawExtent(
  random: RandomSource,
  { asked, format }: { asked: Asked; format: Format },
): Extent | null {
  const extents = isHalf(format) ? halves[format] : native;
  let rest = drawUnit(random);
  if (rest >= extents.totals[asked]) return null;
  const row = extents.rows.find((one) => (rest -= shareOf(one, asked)) < 0);
  if (row === undefined) return null;
  const isWithin = format !== 'float64' || (!row.isLarge && drawBoolean(random, float64Share));
  if (!isWithin) return null;
  const isRepetitive = row.isLarge || format === 'float64' || drawBoolean(random, repetitiveShare);
  return { ...row.draw(random), isRepetitive };
}
