/** The draw of a case: everything that is chosen before a tensor is filled. */
import type { DrawnCheck } from '../case/case.ts';
import {
  kernelTable,
  type Direction,
  type KernelName,
  type Operation,
  type Supports,
} from '../contract/subject.ts';
import type { Format } from '../float/format.ts';
import { lanesOf, type Lanes } from '../tensor/lanes.ts';
import { drawCotangentKind, type CotangentKind } from './cotangent.ts';
import { drawRegimes, type DrawnRegimes } from './logits.ts';
import { drawLoss, lossTablesFor, type LossDraw, type LossTables } from './loss-draw.ts';
import {
  drawBoolean,
  drawFrom,
  drawWeighted,
  weighted,
  type RandomSource,
  type Weighted,
} from './random-source.ts';
import type { Asked } from './extent.ts';
import { drawShape, shapeTablesFor, type DrawnShape, type ShapeTables } from './shape.ts';

/** What a campaign may ask. The order of the lists does not matter. */
export interface CampaignSpace {
  readonly operations: readonly Operation[];
  /** Default all. */
  readonly directions?: readonly Direction[];
  /** Default all of these operations and directions. */
  readonly kernels?: readonly KernelName[] | undefined;
  readonly formats: readonly Format[];
  /** Most elements of the logits of one case, at least 1; default 4,194,304, which none reaches yet. */
  readonly maxElements?: number;
  /** What the subject supports; default everything. */
  readonly supports?: Supports | undefined;
  /** True where some cases have invalid arguments: for a subject that says that it refuses them. */
  readonly refuses?: boolean | undefined;
  /** True where nothing is drawn: all small lanes of halves are listed, by exhaustive.ts. */
  readonly exhaustive?: true | undefined;
}

export interface CaseDraw extends DrawnShape {
  readonly operation: Operation;
  readonly direction: Direction;
  readonly format: Format;
  readonly lanes: Lanes;
  readonly regimes: DrawnRegimes;
  /** Null where the direction is forward. */
  readonly cotangentKind: CotangentKind | null;
  /** Null unless the operation is crossEntropy. */
  readonly loss: LossDraw | null;
  readonly checks: readonly DrawnCheck[];
}

/**
 * float32 is what every reference computes in; a fifth in float64 shows what a second format breaks. Who asks
 * for halves wants to see them: each is drawn as often as float32.
 */
const formatWeights: readonly { readonly format: Format; readonly weight: number }[] = [
  { format: 'float32', weight: 4 },
  { format: 'float64', weight: 1 },
  { format: 'float16', weight: 4 },
  { format: 'bfloat16', weight: 4 },
];

/** @throws RangeError where the space holds no kernel, no format or no rank. */
export function drawCase(random: RandomSource, space: CampaignSpace): CaseDraw {
  if (choices?.space !== space) choices = { space, ...choicesOf(space) };
  const { operation, direction } = drawFrom(random, choices.kernels);
  const { format } = drawWeighted(random, choices.formats);
  const isLoss = operation === 'crossEntropy';
  const shapes = isLoss ? choices.lossShapes : choices.shapes;
  const { shape, axis, isRepetitive } = drawShape(random, {
    tables: shapes,
    asked: askedBy(operation, direction),
    format,
  });
  const lanes = lanesOf(shape, axis);
  return {
    operation,
    direction,
    format,
    shape,
    axis,
    isRepetitive,
    lanes,
    regimes: drawRegimes(random, lanes, { format, isLoss }),
    cotangentKind: direction === 'forward' ? null : drawCotangentKind(random),
    loss: isLoss ? drawLoss(random, { direction, format, lanes, tables: choices.loss }) : null,
    checks: drawChecks(random, { direction, size: lanes.length * lanes.count }),
  };
}

function askedBy(operation: Operation, direction: Direction): Asked {
  if (operation === 'crossEntropy') return direction === 'targetBackward' ? 'target' : 'loss';
  return operation === 'logSumExp' && direction === 'forward' ? 'sum' : 'other';
}

/** What there is to draw from in a space: tables that hold nothing that the subject does not support. */
interface Choices {
  readonly kernels: typeof kernelTable;
  readonly formats: Weighted<(typeof formatWeights)[number]>;
  readonly shapes: ShapeTables;
  readonly lossShapes: ShapeTables;
  readonly loss: LossTables;
}

/** The choices of the last space that was drawn from: a campaign has one. */
let choices: (Choices & { readonly space: CampaignSpace }) | null = null;

function choicesOf(space: CampaignSpace): Choices {
  const { maxElements, supports = {} } = space;
  return {
    kernels: kernelsOf(space),
    formats: formatsOf(space),
    shapes: shapeTablesFor(supports, { maxElements }),
    lossShapes: shapeTablesFor(supports, { maxElements, isLoss: true }),
    loss: lossTablesFor(supports.crossEntropy ?? {}),
  };
}

/** @throws RangeError where the space holds no kernel. */
export function kernelsOf({
  operations,
  directions,
  kernels: named,
  supports,
}: Omit<CampaignSpace, 'formats'>): typeof kernelTable {
  const kernels = kernelTable.filter(
    (row) =>
      operations.includes(row.operation) &&
      (directions?.includes(row.direction) ?? true) &&
      (named?.includes(row.kernel) ?? true) &&
      hasTarget(row.direction, supports),
  );
  if (kernels.length === 0) {
    const of = named === undefined ? '' : `, name [${named}]`;
    throw new RangeError(`no kernel has operation [${operations}], direction [${directions ?? 'any'}]${of}`);
  }
  return kernels;
}

/** The gradient with respect to the target is asked with probabilities only. */
function hasTarget(direction: Direction, supports: Supports | undefined): boolean {
  return (
    direction !== 'targetBackward' || (supports?.crossEntropy?.target?.includes('probabilities') ?? true)
  );
}

function formatsOf({ formats, supports }: CampaignSpace): Weighted<(typeof formatWeights)[number]> {
  const rows = formatWeights.filter(
    (row) => formats.includes(row.format) && (supports?.formats?.includes(row.format) ?? true),
  );
  if (rows.length === 0) throw new RangeError('a campaign needs at least one format');
  return weighted(rows);
}

/** A second run of the subject: a kernel that is not repeatable shows within some dozen cases. */
const repeatShare = 1 / 12;
/**
 * A law asks the subject a few more cases and works out their tolerances, ten times the time of a case
 * without: at 1/32 a quarter of a campaign. What no law accepts the exact oracle does not accept either, so
 * laws are its check, not its help.
 */
const propertyShare = 1 / 32;
/** A law asks more of each element than an oracle does: a wide case costs it what a hundred small ones do. */
export const propertyMaxElements = 1_040;
/**
 * The share of gradient cases (5 kernels in 9, not too large) that is checked:
 * 1/64 of all. It takes a dozen times a case's time.
 */
const gradientShare = 1 / 36;
/** A numerical gradient evaluates a lane's forward several times for each of its elements. */
const gradientMaxElements = 256;

/** Sorted by name. */
function drawChecks(
  random: RandomSource,
  { direction, size }: { direction: Direction; size: number },
): readonly DrawnCheck[] {
  const checks: DrawnCheck[] = [];
  const hasGradient = drawBoolean(random, gradientShare);
  if (hasGradient && direction !== 'forward' && size <= gradientMaxElements) checks.push('gradient');
  if (drawBoolean(random, propertyShare) && size <= propertyMaxElements) checks.push('property');
  if (drawBoolean(random, repeatShare)) checks.push('repeat');
  return checks;
}
