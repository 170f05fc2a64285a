/**
 * What cross-entropy is asked beside its logits: kinds of target, reduction and options, crossed at random.
 * No tensors.
 */
import {
  reductions,
  type CrossEntropySupports,
  type Direction,
  type Reduction,
} from '../contract/subject.ts';
import { isHalf, roundTo, type Format, type HalfFormat } from '../float/format.ts';
import type { Lanes } from '../tensor/lanes.ts';
import { sixteenBits, sticksAt } from './extent.ts';
import {
  drawBoolean,
  drawFrom,
  drawInt,
  drawUnit,
  drawWeighted,
  weighted,
  type RandomSource,
  type Weighted,
} from './random-source.ts';

/**
 * `k-hot` has several shares beside exact zeros, `unnormalized` Σ ≠ 1, `signed` negative entries too, `zeros`
 * lanes that are all 0.
 */
export type TargetKind = 'index' | 'one-hot' | 'k-hot' | 'soft' | 'unnormalized' | 'signed' | 'zeros';
/**
 * Which class an index, a one-hot target or the first share of a k-hot one names; argmax is the lane's
 * largest logit, high any whose index is beyond 16 bits, or from where on a half does not hold every one.
 */
export type ClassChoice = 'uniform' | 'first' | 'last' | 'argmax' | 'high';
/** `repeated` are two numbers, each of several classes. */
export type WeightKind = 'none' | 'ones' | 'uniform' | 'some-zero' | 'all-zero' | 'magnitudes' | 'repeated';
/**
 * `inside` is a class that others of the targets name for real, `classes` C, the padding index of many,
 * `beyond` a little more; `all` ignores every position. `held-alike` is no class of the targets, but held in
 * the half it is the same number as one of them.
 */
export type IgnoreKind =
  'none' | 'inside' | '-100' | '-1' | '-2' | '255' | 'classes' | 'beyond' | 'all' | 'held-alike';
/** Which of the positions are ignored: each by chance, or every other one. */
export type IgnorePattern = 'scattered' | 'alternate';

export interface LossDraw {
  readonly targetKind: TargetKind;
  readonly classChoice: ClassChoice;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
  readonly weightKind: WeightKind;
  readonly ignoreKind: IgnoreKind;
  readonly ignorePattern: IgnorePattern;
}

export const targetKinds: readonly { readonly kind: TargetKind; readonly weight: number }[] = [
  { kind: 'index', weight: 5 },
  { kind: 'one-hot', weight: 1.4 },
  { kind: 'k-hot', weight: 0.5 },
  { kind: 'soft', weight: 1.3 },
  { kind: 'unnormalized', weight: 1 },
  { kind: 'signed', weight: 0.5 },
  { kind: 'zeros', weight: 0.6 },
];

/** `high` is drawn apart: few lanes have such a class. */
const classChoices: readonly { readonly choice: ClassChoice; readonly weight: number }[] = [
  { choice: 'uniform', weight: 3 },
  { choice: 'first', weight: 1 },
  { choice: 'last', weight: 1 },
  { choice: 'argmax', weight: 1 },
];

export const weightKinds: readonly { readonly kind: WeightKind; readonly weight: number }[] = [
  { kind: 'none', weight: 5 },
  { kind: 'ones', weight: 0.8 },
  { kind: 'uniform', weight: 1.4 },
  { kind: 'some-zero', weight: 1.4 },
  { kind: 'all-zero', weight: 0.8 },
  { kind: 'magnitudes', weight: 1 },
  { kind: 'repeated', weight: 0.9 },
];

export const ignoreKinds: readonly { readonly kind: IgnoreKind; readonly weight: number }[] = [
  { kind: 'none', weight: 4 },
  { kind: 'inside', weight: 1.5 },
  { kind: '-100', weight: 1.5 },
  { kind: '-1', weight: 1.2 },
  { kind: 'all', weight: 1.2 },
  { kind: '-2', weight: 0.7 },
  { kind: '255', weight: 0.9 },
  { kind: 'classes', weight: 1 },
  { kind: 'beyond', weight: 0.7 },
];

/**
 * ε, rounded to the format before use: a kernel that keeps ε in its own format then asks the same question.
 * 2^-30 is lost in 1 − ε in float32, but not in ε/C. Eighths are exact in every format and no tenths.
 */
const smoothings: readonly { readonly epsilon: number | 'eighths' | 'any'; readonly weight: number }[] = [
  { epsilon: 0, weight: 6 },
  { epsilon: 0.1, weight: 2 },
  { epsilon: 0.5, weight: 0.8 },
  { epsilon: 0.9, weight: 0.8 },
  { epsilon: 1, weight: 0.8 },
  { epsilon: 2 ** -30, weight: 0.8 },
  { epsilon: 'eighths', weight: 0.9 },
  { epsilon: 'any', weight: 0.8 },
];

/** In place of 0.1 and 0.9, of which each half makes another number than float32 does. */
const [aboutATenth, aboutNineTenths] = [3 / 32, 29 / 32];
/** Lost in 1 − ε in float16, where 2^-30 is 0. */
const tinyInFloat16 = 2 ** -12;

/** Whether only every other position is ignored, where some are. */
const alternateShare = 0.3;

/** Nearly all lanes with classes beyond 16 bits are asked for one of them. */
const highShare = 0.85;
/** In bfloat16, whose high classes begin at 256, one lane in two; in any half all lanes beyond 65,536. */
const highShareOfHalves: Readonly<Record<HalfFormat, number>> = { float16: highShare, bfloat16: 0.5 };
/** How many of the indices that are high in a half have an ignoreIndex that it holds as the same number. */
const heldAlikeShare = 0.5;

function highShareOf(format: Format, classes: number): number {
  if (!isHalf(format)) return highShare;
  return classes > sixteenBits ? 1 : highShareOfHalves[format];
}

/** The first class that is high. */
export function highFrom(format: Format): number {
  return isHalf(format) ? sticksAt(format) : sixteenBits;
}

/** What there is to draw from. */
export interface LossTables {
  readonly target: Weighted<(typeof targetKinds)[number]>;
  readonly probabilities: Weighted<(typeof targetKinds)[number]>;
  readonly reductions: readonly Reduction[];
  readonly smoothing: Weighted<(typeof smoothings)[number]>;
  readonly weight: Weighted<(typeof weightKinds)[number]>;
  readonly ignore: Weighted<(typeof ignoreKinds)[number]>;
  readonly hasIgnoreIndex: boolean;
  readonly hasIndices: boolean;
}

const weightedClasses = weighted(classChoices);

/** The tables without what is not supported. */
export function lossTablesFor(supports: CrossEntropySupports): LossTables {
  const { target, reduction, labelSmoothing = true, weight = true, ignoreIndex = true } = supports;
  const hasIndices = target?.includes('indices') ?? true;
  const hasProbabilities = target?.includes('probabilities') ?? true;
  return {
    target: weighted(targetKinds.filter(({ kind }) => (kind === 'index' ? hasIndices : hasProbabilities))),
    probabilities: weighted(targetKinds.filter(({ kind }) => kind !== 'index')),
    reductions: reductions.filter((name) => reduction?.includes(name) ?? true),
    smoothing: weighted(smoothings.filter(({ epsilon }) => labelSmoothing || epsilon === 0)),
    weight: weighted(weightKinds.filter(({ kind }) => weight || kind === 'none')),
    ignore: weighted(ignoreKinds.filter(({ kind }) => ignoreIndex || kind === 'none')),
    hasIgnoreIndex: ignoreIndex,
    hasIndices,
  };
}

const allTables = lossTablesFor({});

/**
 * Valid by the contract: ignoreIndex with indices only, targetBackward with probabilities only, no class no
 * index.
 */
export function drawLoss(
  random: RandomSource,
  {
    direction,
    format,
    lanes,
    tables = allTables,
  }: { direction: Direction; format: Format; lanes: Lanes; tables?: LossTables },
): LossDraw {
  const { kind: drawnTarget } = drawWeighted(
    random,
    direction === 'targetBackward' || (lanes.length === 0 && !tables.hasIgnoreIndex)
      ? tables.probabilities // where there is no class, an index is valid only if it is ignored
      : tables.target,
  );
  const { choice: drawnChoice } = drawWeighted(random, weightedClasses);
  const isHigh = lanes.length > highFrom(format) && drawBoolean(random, highShareOf(format, lanes.length));
  const hasIndex = tables.hasIndices && direction !== 'targetBackward';
  const targetKind = !isHigh ? drawnTarget : hasIndex ? 'index' : 'one-hot';
  const classChoice = isHigh ? 'high' : drawnChoice;
  const reduction = drawFrom(random, tables.reductions);
  const labelSmoothing = roundTo(format, drawSmoothing(random, tables, format));
  const { kind: weightKind } = drawWeighted(random, tables.weight);
  const { kind: drawnIgnore } = drawWeighted(random, tables.ignore);
  const isHighOfHalf = isHigh && isHalf(format) && targetKind === 'index';
  const ignoreKind = isHighOfHalf
    ? ignoreKindOfHigh(random, drawnIgnore, { lanes, tables })
    : targetKind !== 'index'
      ? 'none'
      : lanes.length === 0
        ? 'all'
        : drawnIgnore;
  const isSome = ignoreKind !== 'none' && ignoreKind !== 'all';
  const ignorePattern = isSome && drawBoolean(random, alternateShare) ? 'alternate' : 'scattered';
  return { targetKind, classChoice, reduction, labelSmoothing, weightKind, ignoreKind, ignorePattern };
}

/** The only position that there is, is not ignored: its class is what is asked. */
function ignoreKindOfHigh(
  random: RandomSource,
  drawn: IgnoreKind,
  { lanes, tables }: { lanes: Lanes; tables: LossTables },
): IgnoreKind {
  const canBeAlike = lanes.length <= sixteenBits && tables.hasIgnoreIndex;
  if (canBeAlike && drawBoolean(random, heldAlikeShare)) return 'held-alike';
  return lanes.count === 1 ? 'none' : drawn;
}

function drawSmoothing(random: RandomSource, { smoothing }: LossTables, format: Format): number {
  const { epsilon } = drawWeighted(random, smoothing);
  if (isHalf(format)) return smoothingOfHalf(random, epsilon, format);
  if (epsilon === 'eighths') return (1 + drawInt(random, 7)) / 8;
  return epsilon === 'any' ? drawUnit(random) : epsilon;
}

/** A number of few bits, which a half holds, and so does float32. */
function smoothingOfHalf(
  random: RandomSource,
  epsilon: (typeof smoothings)[number]['epsilon'],
  format: Format,
): number {
  switch (epsilon) {
    case 'eighths':
      return (1 + drawInt(random, 31)) / 32;
    case 'any':
      return drawUnit(random);
    case 0.1:
      return aboutATenth;
    case 0.9:
      return aboutNineTenths;
    case 2 ** -30:
      return format === 'float16' ? tinyInFloat16 : epsilon;
    default:
      return epsilon;
  }
}
