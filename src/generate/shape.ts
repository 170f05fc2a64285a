/** The shape of the logits and the axis, drawn within a budget of elements. Knows no values. */
import { largestRank } from '../case/supports.ts';
import type { EmptySupport, Supports } from '../contract/subject.ts';
import type { Format } from '../float/format.ts';
import { powerOfTwo } from '../float/power-of-two.ts';
import { drawExtent, tileWidths, type Asked, type Extent } from './extent.ts';
import {
  drawBoolean,
  drawFrom,
  drawInt,
  drawLogUniformInt,
  drawWeighted,
  weighted,
  type RandomSource,
  type Weighted,
} from './random-source.ts';

export interface DrawnShape {
  readonly shape: readonly number[];
  /** The axis in [−rank, rank − 1]; rank 0 takes 0 and −1. */
  readonly axis: number;
  /** Few values, or few lanes, over and over: such a case costs little to fill and to judge for its size. */
  readonly isRepetitive: boolean;
}

/** Half and half, so that strided lanes get as many cases as contiguous ones. */
const innerAxisShare = 0.5;
/** Rank 0 and 1 have few lanes and no other axis: seldom. An inner axis needs rank 2. */
const lastAxisRanks: readonly { rank: number; weight: number }[] = [
  { rank: 0, weight: 2 },
  { rank: 1, weight: 10 },
  { rank: 2, weight: 36 },
  { rank: 3, weight: 22 },
  { rank: 4, weight: 13 },
  { rank: 5, weight: 9 },
  { rank: largestRank, weight: 8 },
];

interface Band {
  /** The elements that a case may have: log-uniform. */
  readonly min: number;
  readonly max: number;
  readonly weight: number;
  /** All lanes of two or three classes, and as many of them as the budget allows. */
  readonly isTall?: true;
}

/**
 * The two small bands keep a campaign fast; the tail is as thin as it is so that the mean stays about 50,
 * since one case of 50,000 elements costs as much as a thousand. The tall band is for what happens over
 * positions: some hundreds of them, where a batch overflows a block of threads or a loss is added up in
 * parts.
 */
const budgetBands: readonly Band[] = [
  { min: 8, max: 31, weight: 45 },
  { min: 32, max: 64, weight: 50.5 },
  { min: 65, max: 1_024, weight: 4.28 },
  { min: 520, max: 1_040, weight: 0.15, isTall: true },
  { min: 1_025, max: 8_192, weight: 0.065 },
  { min: 8_193, max: 65_538, weight: 0.005 },
];

/**
 * The sizes of a loss: it alone takes its positions together, and a large one among them hides the others.
 */
const lossBudgetBands: readonly Band[] = [
  { min: 8, max: 31, weight: 45 },
  { min: 32, max: 64, weight: 49.6 },
  { min: 65, max: 1_024, weight: 3.33 },
  { min: 520, max: 1_040, weight: 2, isTall: true },
  { min: 1_025, max: 8_192, weight: 0.065 },
  { min: 8_193, max: 65_538, weight: 0.005 },
];

/** What there is to draw from. */
export interface ShapeTables {
  readonly lastAxisRanks: Weighted<(typeof lastAxisRanks)[number]>;
  readonly innerAxisRanks: Weighted<(typeof lastAxisRanks)[number]>;
  readonly innerAxisShare: number;
  readonly maxElements: number;
  readonly empty: EmptySupport;
}

const bandTables = { plain: weighted(budgetBands), loss: weighted(lossBudgetBands) };

/** Above what any campaign draws today: the largest cases are vocabularies of 200,000 classes. */
export const defaultMaxElements = 4_194_304;

/**
 * The tables without what is not supported.
 * @throws RangeError where maxElements is no integer of at least 1, or there is no rank to draw.
 */
export function shapeTablesFor(
  { rank: [min, max] = [0, largestRank], axis, empty = 'any', crossEntropy = {}, ...supports }: Supports,
  {
    maxElements = defaultMaxElements,
    isLoss = false,
  }: { maxElements?: number | undefined; isLoss?: boolean },
): ShapeTables {
  if (!Number.isInteger(maxElements) || maxElements < 1) {
    throw new RangeError(`maxElements ${maxElements} is not an integer of at least 1`);
  }
  const ranks = lastAxisRanks.filter(({ rank }) => rank >= min && rank <= max);
  if (ranks.length === 0) throw new RangeError(`there is no rank from ${min} to ${max}`);
  const innerRanks = ranks.filter(({ rank }) => rank >= 2);
  // Without a class an index has to be ignored: who takes no probabilities and no ignoreIndex has no answer.
  const isIndexed = !(crossEntropy.target?.includes('probabilities') ?? true);
  const hasClassless = !isLoss || !isIndexed || (crossEntropy.ignoreIndex ?? true);
  return {
    lastAxisRanks: weighted(ranks),
    innerAxisRanks: weighted(innerRanks),
    innerAxisShare: axis === 'last' || innerRanks.length === 0 ? 0 : innerAxisShare,
    maxElements: Math.min(maxElements, supports.maxElements ?? maxElements),
    empty: hasClassless ? empty : withoutClassless[empty],
  };
}

const withoutClassless: Readonly<Record<EmptySupport, EmptySupport>> = {
  none: 'none',
  lanes: 'lanes',
  classes: 'none',
  any: 'lanes',
};

const allTables = shapeTablesFor({}, {});

/** An empty case has one answer and no numerics: enough of them to see every kernel meet one. */
const emptyShare = 0.014;
const negativeAxisShare = 1 / 3;

export function drawShape(
  random: RandomSource,
  {
    tables = allTables,
    asked = 'other',
    format = 'float32',
  }: { tables?: ShapeTables; asked?: Asked; format?: Format } = {},
): DrawnShape {
  const { maxElements } = tables;
  const isLoss = asked === 'loss' || asked === 'target';
  const isInner = drawBoolean(random, tables.innerAxisShare);
  const { rank } = drawWeighted(random, isInner ? tables.innerAxisRanks : tables.lastAxisRanks);
  if (rank === 0) return { shape: [], axis: drawFrom(random, [0, -1]), isRepetitive: false };

  const extent = drawExtent(random, { asked, format });
  if (extent !== null && (rank > 1 || extent.lanes === 1) && extent.length * extent.lanes <= maxElements)
    return shapeOf(random, extent, { rank, isInner });
  const axis = isInner ? drawInt(random, rank - 1) : rank - 1;
  const band = drawWeighted(random, isLoss ? bandTables.loss : bandTables.plain);
  const budget = Math.min(maxElements, drawLogUniformInt(random, band));
  const isTall = band.isTall === true && rank > 1 && budget >= band.min;
  const length = isTall ? drawFrom(random, tallLengths) : drawLaneLength(random, { budget, rank });
  const shape: number[] = [];
  while (shape.length < rank) shape.push(1);
  shape[axis] = length;
  drawOtherSizes(random, shape, { axis, budget: Math.floor(budget / length), isFull: isTall });
  if (tables.empty !== 'none' && drawBoolean(random, emptyShare)) emptyOne(random, shape, axis, tables.empty);
  const isRepetitive = budget > repetitiveAbove[format];
  return { shape, axis: drawBoolean(random, negativeAxisShare) ? axis - rank : axis, isRepetitive };
}

/** Above so many elements of a band's budget a case is repetitive: the exact answer to float64 costs most. */
const repetitiveAbove: Readonly<Record<Format, number>> = {
  float32: 8_192,
  float64: 1_024,
  float16: 8_192,
  bfloat16: 8_192,
};

/** All lanes in one other axis, so that their number is what was drawn. */
function shapeOf(
  random: RandomSource,
  { length, lanes, isRepetitive }: Extent,
  { rank, isInner }: { rank: number; isInner: boolean },
): DrawnShape {
  const axis = isInner ? drawInt(random, rank - 1) : rank - 1;
  const shape = Array.from({ length: rank }, () => 1);
  if (rank > 1) shape[(axis + 1 + drawInt(random, rank - 1)) % rank] = lanes;
  shape[axis] = length;
  return { shape, axis: drawBoolean(random, negativeAxisShare) ? axis - rank : axis, isRepetitive };
}

/** Takes all elements out of the case along one axis: any, that of the lanes, or another. */
function emptyOne(random: RandomSource, shape: number[], axis: number, empty: EmptySupport): void {
  if (empty === 'classes') shape[axis] = 0;
  else if (empty === 'any') shape[drawInt(random, shape.length)] = 0;
  else if (shape.length > 1) shape[(axis + 1 + drawInt(random, shape.length - 1)) % shape.length] = 0;
}

const tallLengths: readonly number[] = [2, 2, 2, 3];

/** One class is the smallest lane there is; two or three leave room for more lanes. */
const oneClassShare = 0.04;
/** Where kernels switch from vector bodies to scalar tails, or from one block of a sum to the next. */
const edgeShare = 0.5;
/** Cases of more than this many elements are there for their width. */
const wideBudget = 64;

/**
 * A width in [1, budget]; within a third of it mostly, so that there are other lanes;
 * of large cases half are one lane.
 */
function drawLaneLength(random: RandomSource, { budget, rank }: { budget: number; rank: number }): number {
  if (drawBoolean(random, oneClassShare)) return 1;
  const isWide = budget > wideBudget && drawBoolean(random, 0.5);
  const max = isWide || rank === 1 || drawBoolean(random, 0.15) ? budget : Math.floor(budget / 3);
  if (max <= 2) return Math.min(2, budget);
  const length = isWide ? budget : drawLogUniformInt(random, { min: 2, max });
  if (!drawBoolean(random, edgeShare)) return length;
  const tile = tileWidths.findLast((width) => width < max);
  if (tile !== undefined && isWide && drawBoolean(random, 0.5)) return tile + drawInt(random, 3) - 1;
  return toEdge(random, { length, max });
}

/** A length near `length` that is 2^k or a multiple of 4, 8, 16 or 32, or one less or one more. */
function toEdge(random: RandomSource, { length, max }: { length: number; max: number }): number {
  const below = powerOfTwo(31 - Math.clz32(length));
  const power = 2 * below <= max && drawBoolean(random, 0.5) ? 2 * below : below;
  const width = drawFrom(random, vectorWidths);
  const nearest = drawBoolean(random, 0.5) ? power : Math.max(1, Math.round(length / width)) * width;
  const edge = nearest + drawInt(random, 3) - 1;
  return edge < 2 || edge > max ? length : edge;
}

/** Elements in a vector register, or in an unrolled body of a few. */
const vectorWidths: readonly number[] = [4, 8, 16, 32];

/**
 * Sizes of the other axes, their product within the budget; each axis in turn is the first to take its share.
 * Where it is to be full, the last of them takes all that is left.
 */
function drawOtherSizes(
  random: RandomSource,
  shape: number[],
  { axis, budget, isFull }: { axis: number; budget: number; isFull: boolean },
): void {
  const rank = shape.length;
  const start = drawInt(random, rank);
  let rest = budget;
  for (let i = 0; i < rank && rest > 1; i++) {
    const at = (start + i) % rank;
    if (at === axis) continue;
    const isLast = i === rank - 1 || (i === rank - 2 && (start + rank - 1) % rank === axis);
    if (isFull && isLast) {
      shape[at] = rest;
      break;
    }
    const size = drawLogUniformInt(random, { min: rest >= 3 && drawBoolean(random, 0.7) ? 2 : 1, max: rest });
    shape[at] = size;
    rest = Math.floor(rest / size);
  }
}
