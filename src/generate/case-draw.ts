/** The draw of a case: everything that is chosen before a tensor is filled. */
import type { DrawnCheck } from '../case/case.ts';
import { kernelTable, type Direction, type Operation } from '../contract/subject.ts';
import type { Format } from '../float/format.ts';
import { lanesOf, type Lanes } from '../tensor/lanes.ts';
import { drawCotangentKind, type CotangentKind } from './cotangent.ts';
import { drawRegimes, type DrawnRegimes } from './logits.ts';
import { drawLoss, type LossDraw } from './loss-draw.ts';
import {
  drawBoolean,
  drawFrom,
  drawWeighted,
  weighted,
  type RandomSource,
  type Weighted,
} from './random-source.ts';
import { drawShape, type DrawnShape } from './shape.ts';

/** What a campaign may ask. The order of the lists does not matter. */
export interface CampaignSpace {
  readonly operations: readonly Operation[];
  /** Default all. */
  readonly directions?: readonly Direction[];
  readonly formats: readonly Format[];
  /** Most elements of the logits of one case, at least 1; default 100,000. */
  readonly maxElements?: number;
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

/** float32 is what every reference computes in; a fifth in float64 shows what a second format breaks. */
const formatWeights: readonly { readonly format: Format; readonly weight: number }[] = [
  { format: 'float32', weight: 4 },
  { format: 'float64', weight: 1 },
];

/** @throws RangeError where the space holds no kernel or no format. */
export function drawCase(random: RandomSource, space: CampaignSpace): CaseDraw {
  if (choices?.space !== space) choices = { space, kernels: kernelsOf(space), formats: formatsOf(space) };
  const { operation, direction } = drawFrom(random, choices.kernels);
  const { format } = drawWeighted(random, choices.formats);
  const isLoss = operation === 'crossEntropy';
  const { shape, axis } = drawShape(random, { maxElements: space.maxElements, isLoss });
  const lanes = lanesOf(shape, axis);
  return {
    operation,
    direction,
    format,
    shape,
    axis,
    lanes,
    regimes: drawRegimes(random, lanes),
    cotangentKind: direction === 'forward' ? null : drawCotangentKind(random),
    loss: isLoss ? drawLoss(random, { direction, format, lanes }) : null,
    checks: drawChecks(random, { direction, size: lanes.length * lanes.count }),
  };
}

/** The choices of the last space that was drawn from: a campaign has one. */
let choices: {
  readonly space: CampaignSpace;
  readonly kernels: typeof kernelTable;
  readonly formats: Weighted<(typeof formatWeights)[number]>;
} | null = null;

/** @throws RangeError where the space holds no kernel. */
export function kernelsOf({ operations, directions }: CampaignSpace): typeof kernelTable {
  const kernels = kernelTable.filter(
    (row) => operations.includes(row.operation) && (directions?.includes(row.direction) ?? true),
  );
  if (kernels.length === 0) {
    throw new RangeError(`no kernel has operation [${operations}] and direction [${directions ?? 'any'}]`);
  }
  return kernels;
}

function formatsOf({ formats }: CampaignSpace): Weighted<(typeof formatWeights)[number]> {
  const rows = formatWeights.filter((row) => formats.includes(row.format));
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
  if (drawBoolean(random, propertyShare)) checks.push('property');
  if (drawBoolean(random, repeatShare)) checks.push('repeat');
  return checks;
}
