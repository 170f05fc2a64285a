/**
 * All lanes [x], [0, g] and [g, 0] of a half, x and g every one of its 65,536 patterns, as a list of cases:
 * many lanes are the rows of one matrix. Draws nothing: case i is a function of i and the space alone.
 */
import { forwardShape, type Case, type Loss } from '../case/case.ts';
import {
  kernelTable,
  reductions,
  type CrossEntropySupports,
  type Reduction,
  type Supports,
} from '../contract/subject.ts';
import { decodedHalves, halfFormats, type Format, type HalfFormat } from '../float/format.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { kernelsOf, type CampaignSpace } from './case-draw.ts';

/** What stands beside the pattern in a lane. */
const laneForms = ['[x]', '[0, g]', '[g, 0]'] as const;
type LaneForm = (typeof laneForms)[number];

/** The lanes in a word, for summaries: what a campaign of all of them has judged. */
export const exhaustiveLanes: string = `all lanes ${laneForms.join(', ')}`;
/** The name of the regime that these cases are of. */
export const exhaustiveRegime = 'every-pattern';

const patterns = 2 ** 16;
/** Lanes whose answers stand beside each other, in one call. */
const rowsMax = 4_096;
/** Lanes whose losses are one number: of so few, of neighbouring patterns, none hides behind others. */
const reducedRowsMax = 64;

/** The class that an index names, or probabilities that no two classes share. */
type TargetKind = 0 | 1 | 'probabilities';
const probabilities: Readonly<Record<1 | 2, readonly number[]>> = { 1: [1], 2: [0.25, 0.75] };

/**
 * 1 everywhere, and what is the same for no two classes of a lane, nor for neighbouring lanes; of a loss that
 * is reduced 1 alone, times the number of lanes for a mean.
 */
const cotangents = ['ones', 'uneven'] as const;
type Cotangent = (typeof cotangents)[number];
const uneven: readonly number[] = [0.75, -1.25];

/** One kernel asked in one way about all lanes of a form. */
interface Sweep {
  readonly format: HalfFormat;
  readonly kernel: (typeof kernelTable)[number];
  readonly form: LaneForm;
  readonly loss: { readonly target: TargetKind; readonly reduction: Reduction } | null;
  readonly cotangent: Cotangent | null;
  /** Lanes in a case: a power of 2. */
  readonly rows: number;
}

interface Listed {
  readonly sweep: Sweep;
  /** The index of its first case. */
  readonly from: number;
}

interface List {
  readonly sweeps: readonly Listed[];
  readonly count: number;
}

let last: { readonly space: CampaignSpace; readonly list: List } | null = null;

/** How many cases the list has. @throws RangeError where the space holds no kernel or no half. */
export function exhaustiveCount(space: CampaignSpace): number {
  return listOf(space).count;
}

/** @throws RangeError for an index beyond the list. */
export function exhaustiveCase(index: number, space: CampaignSpace): Case {
  const { sweeps, count } = listOf(space);
  if (!(Number.isInteger(index) && index >= 0 && index < count))
    throw new RangeError(`index ${index} is beyond the ${count} cases of all lanes`);
  const { sweep, from } = sweeps[lastAtMost(sweeps, index)]!;
  return caseOf(sweep, (index - from) * sweep.rows, space.supports ?? {});
}

/** The place of the last sweep that begins at the index or before. */
function lastAtMost(sweeps: readonly Listed[], index: number): number {
  let [low, high] = [0, sweeps.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sweeps[middle]!.from <= index) low = middle;
    else high = middle;
  }
  return low;
}

function listOf(space: CampaignSpace): List {
  if (last?.space === space) return last.list;
  const sweeps: Listed[] = [];
  let count = 0;
  for (const sweep of sweepsOf(space)) {
    sweeps.push({ sweep, from: count });
    count += patterns / sweep.rows;
  }
  if (count === 0) throw new RangeError(`no format of ${space.formats.join(', ')} has 16 bits`);
  last = { space, list: { sweeps, count } };
  return last.list;
}

function sweepsOf(space: CampaignSpace): readonly Sweep[] {
  const { formats, supports = {} } = space;
  const asked = (format: Format): boolean =>
    formats.includes(format) && (supports.formats?.includes(format) ?? true);
  return halfFormats
    .filter(asked)
    .flatMap((format) =>
      kernelsOf(space).flatMap((kernel) =>
        laneForms.flatMap((form) => waysOf({ format, kernel, form }, supports)),
      ),
    );
}

type Asked = Pick<Sweep, 'format' | 'kernel' | 'form'>;

function waysOf(asked: Asked, supports: Supports): readonly Sweep[] {
  const { direction } = asked.kernel;
  return lossesOf(asked, supports.crossEntropy ?? {}).flatMap((loss) => {
    const isReduced = loss !== null && loss.reduction !== 'none';
    const rows = rowsOf(isReduced ? reducedRowsMax : rowsMax, supports);
    const others = isReduced ? (['ones'] as const) : cotangents;
    return (direction === 'forward' ? [null] : others).map((cotangent) => ({
      ...asked,
      loss,
      cotangent,
      rows,
    }));
  });
}

/**
 * A sum or mean of losses is asked of indices where there are such: what a lane does to its own loss is asked
 * without a reduction, of either kind of target.
 */
function lossesOf(
  { kernel: { operation, direction }, form }: Asked,
  { target = ['indices', 'probabilities'], reduction = reductions }: CrossEntropySupports,
): readonly Sweep['loss'][] {
  if (operation !== 'crossEntropy') return [null];
  const indices: readonly TargetKind[] = form === '[x]' ? [0] : [0, 1];
  const targets: readonly TargetKind[] = [
    ...(target.includes('indices') && direction !== 'targetBackward' ? indices : []),
    ...(target.includes('probabilities') ? (['probabilities'] as const) : []),
  ];
  return targets.flatMap((kind) =>
    reduction
      .filter((how) => how === 'none' || kind !== 'probabilities' || targets.length === 1)
      .map((how) => ({ target: kind, reduction: how })),
  );
}

/** The largest power of 2 that a subject takes as the rows of a matrix of two columns. */
function rowsOf(most: number, { rank = [0, Infinity], maxElements = Infinity }: Supports): number {
  if (rank[1] < 2) return 1;
  let rows = most;
  while (rows > 1 && 2 * rows > maxElements) rows /= 2;
  return rows;
}

function caseOf(
  { format, kernel, form, loss, cotangent, rows }: Sweep,
  first: number,
  supports: Supports,
): Case {
  const { operation, direction } = kernel;
  const width = form === '[x]' ? 1 : 2;
  const shape = shapeOf(rows, width, supports);
  const draft: Case = {
    operation,
    direction,
    format,
    axis: -1,
    logits: { shape, data: logitsOf(format, form, { first, rows }) },
    ...(loss === null ? {} : { loss: lossOf(loss, { shape, rows, width }) }),
    regimes: [exhaustiveRegime],
    checks: [],
  };
  return cotangent === null ? draft : { ...draft, cotangent: cotangentOf(cotangent, draft, { rows, width }) };
}

/** A matrix, but for subjects that take other ranks alone. */
function shapeOf(rows: number, width: number, { rank = [0, Infinity] }: Supports): readonly number[] {
  const between = Array<number>(Math.max(0, rank[0] - 2)).fill(1);
  return rank[1] < 2 ? [width] : [rows, ...between, width];
}

function logitsOf(
  format: HalfFormat,
  form: LaneForm,
  { first, rows }: { readonly first: number; readonly rows: number },
): Float64Array {
  const values = decodedHalves(
    Uint16Array.from({ length: rows }, (_, row) => first + row),
    format,
  );
  if (form === '[x]') return values;
  const logits = new Float64Array(2 * rows);
  const at = form === '[0, g]' ? 1 : 0;
  for (let row = 0; row < rows; row++) logits[2 * row + at] = values[row]!;
  return logits;
}

interface Size {
  readonly rows: number;
  readonly width: number;
}

function lossOf(
  { target, reduction }: NonNullable<Sweep['loss']>,
  { shape, rows, width }: Size & { readonly shape: readonly number[] },
): Loss {
  const tensor =
    target === 'probabilities'
      ? { shape, data: repeated(probabilities[width as 1 | 2], rows * width) }
      : { shape: shape.slice(0, -1), data: new Int32Array(rows).fill(target) };
  return { target: tensor, reduction, labelSmoothing: 0 };
}

function cotangentOf(cotangent: Cotangent, draft: Case, { rows }: Size): Tensor {
  const shape = forwardShape(draft);
  // What the mean is divided by it is multiplied with before: the gradient of no lane is lost as subnormal.
  const scale = draft.loss?.reduction === 'mean' ? rows : 1;
  const values = cotangent === 'ones' ? [scale] : uneven;
  const data = repeated(values, sizeOf(shape));
  return { shape, data };
}

/** The values one after the other, again and again. */
function repeated(values: readonly number[], length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => values[i % values.length]!);
}
