/**
 * Where the specified formula may overflow on the way to a finite result (docs/numerics.md §14): some order
 * of its products and sums takes a partial one beyond half the largest finite number. A non-finite answer
 * there is inconclusive.
 */
import { formatFacts, type Format } from '../float/format.ts';
import type { FlatColumn } from './flat-column.ts';
import { regular, type Analysis } from './lane-analysis.ts';
import type { LossFacts } from './loss-facts.ts';
import { high } from './loss-products.ts';
import { floorOf } from './underflow.ts';

/** What a partial product or sum may not be beyond; they differ for formats of 16 bits alone (§20). */
export interface OverflowLimits {
  readonly products: number;
  readonly sums: number;
  /** The underflow floor of a weight. */
  readonly floor: number;
}

/** In a native format: what any of its partial results may not be beyond. */
export function limitsOf(format: Format): OverflowLimits {
  const limit = formatFacts(format).largestFinite / 2;
  return { products: limit, sums: limit, floor: floorOf(format) };
}

/** 1 for the output elements of which that holds. */
export function overflowsOf(
  column: FlatColumn,
  analysis: Analysis,
  facts: LossFacts | null,
  limits: OverflowLimits,
): Uint8Array {
  const { kernel, cases, outputsFrom } = column;
  const marks = column.pool.uint8(outputsFrom[cases.length]!);
  if (kernel === 'softmaxBackward' || kernel === 'logSoftmaxBackward') markCotangents(marks, column, limits);
  if (facts === null) return marks;
  for (let i = 0; i < cases.length; i++) markLoss(marks, { column, analysis, facts, limits, i });
  return marks;
}

/**
 * Σ|dy| over the lane bounds every partial sum, and half of every difference of two; a difference of dy and a
 * mean of dy is no larger than that of the largest and the smallest.
 */
function markCotangents(
  marks: Uint8Array,
  { lanes, cotangent: dy }: FlatColumn,
  limits: OverflowLimits,
): void {
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = lanes.start[lane]!;
    const stride = lanes.stride[lane]!;
    const length = lanes.length[lane]!;
    let [absolute, least, most] = [0, Infinity, -Infinity];
    for (let k = 0, i = start; k < length; k++, i += stride) {
      absolute += Math.abs(dy[i]!);
      least = Math.min(least, dy[i]!);
      most = Math.max(most, dy[i]!);
    }
    if (absolute <= limits.sums && !(most - least > limits.products)) continue;
    for (let k = 0, i = start; k < length; k++, i += stride) marks[i] = 1;
  }
}

/** Case i of a column. */
interface LossCase {
  readonly column: FlatColumn;
  readonly analysis: Analysis;
  readonly facts: LossFacts;
  readonly limits: OverflowLimits;
  readonly i: number;
}

function markLoss(marks: Uint8Array, problem: LossCase): void {
  const { column, facts, limits, i } = problem;
  const denominator = facts.denominator[i]!;
  const isMarked =
    1 / denominator > limits.products || denominator > limits.sums || isDenominatorFlushed(facts, i, limits);
  if (column.kernel === 'crossEntropy') markForward(marks, problem, isMarked);
  else markLossGradient(marks, problem, isMarked);
}

/** D is a sum of weights, each of which may be flushed. */
function isDenominatorFlushed(facts: LossFacts, i: number, { floor }: OverflowLimits): boolean {
  const [denominator, positions] = [facts.denominator[i]!, facts.positions[i]!];
  return facts.losses[i]!.weight !== undefined && denominator < 2 * positions * floor;
}

/**
 * The products of 1/D, w_c, a part of t'_c and ℓ_c in any order, those of a class without a share too, which
 * a kernel multiplies by 0; and the sums over classes and positions of w·|t|·|ℓ| and, with smoothing, of
 * w·|ℓ|, before what is common to their terms.
 */
function markForward(
  marks: Uint8Array,
  { column, analysis, facts, limits, i: caseNumber }: LossCase,
  isMarked: boolean,
): void {
  const { lanes, state, logP } = analysis;
  const { reduction, labelSmoothing } = facts.losses[caseNumber]!;
  const inverse = high(1 / Math.abs(facts.denominator[caseNumber]!));
  const weightsFrom = facts.weightsFrom[caseNumber]!;
  const output = column.outputsFrom[caseNumber]!;
  const [first, end] = [column.lanesFrom[caseNumber]!, column.lanesFrom[caseNumber + 1]!];
  let [overall, overallSpread, isBeyond] = [0, 0, isMarked];
  for (let lane = first; lane < end; lane++) {
    if (facts.kept[lane] === 0 || state[lane] !== regular) continue;
    const length = lanes.length[lane]!;
    const stride = lanes.stride[lane]!;
    let [absolute, ofSpread, largest] = [0, 0, 0];
    for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
      const size = Math.abs(logP[i]!);
      const w = facts.weights[weightsFrom + k]!;
      if (size === Infinity) {
        // infinite in itself where a logit is: nothing overflows on the way; else the difference of two does
        if (column.logits[i] !== -Infinity && facts.weighted[i] !== 0) largest = Infinity;
        continue;
      }
      const t = Math.abs(facts.targets[i]!); // a kernel may have 1 − ε multiply a sum
      absolute += inverse * w * t * size;
      if (labelSmoothing > 0) ofSpread += inverse * w * size;
      largest = Math.max(largest, inverse * high(w) * high(t) * high(size));
    }
    const isLaneBeyond = Math.max(absolute, ofSpread) > limits.sums || largest > limits.products;
    if (reduction === 'none' && isLaneBeyond) marks[output + lane - first] = 1;
    overall += absolute;
    overallSpread += ofSpread;
    if (largest > limits.products) isBeyond = true;
  }
  if (reduction !== 'none' && (isBeyond || overall > limits.sums || overallSpread > limits.sums))
    marks[output] = 1;
}

/**
 * The products of dy, 1/D, w and t in any order, and the sums of w·|t| and of w, scaled: of the whole lane,
 * since a NaN of one class is in Σ w·t'. To the targets: those of dy, 1/D, w and ℓ.
 */
function markLossGradient(marks: Uint8Array, problem: LossCase, isMarked: boolean): void {
  const { column, analysis, facts, limits, i: caseNumber } = problem;
  const { lanes, logP } = analysis;
  const inverse = high(1 / Math.abs(facts.denominator[caseNumber]!));
  const weightsFrom = facts.weightsFrom[caseNumber]!;
  const isToTarget = column.kernel === 'crossEntropyTargetBackward';
  const end = column.lanesFrom[caseNumber + 1]!;
  for (let lane = column.lanesFrom[caseNumber]!; lane < end; lane++) {
    if (facts.kept[lane] === 0) continue;
    const scale = inverse * high(Math.abs(column.cotangent[lane]!));
    const length = lanes.length[lane]!;
    const stride = lanes.stride[lane]!;
    const isLaneMarked = isMarked || (!isToTarget && mayTargetsOverflow(problem, lane, scale));
    for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
      if (isLaneMarked) marks[i] = 1;
      if (!isToTarget) continue;
      const size = Math.abs(logP[i]!);
      const w = facts.weights[weightsFrom + k]!;
      const isInfinite = size === Infinity && column.logits[i] === -Infinity;
      if (!isInfinite && scale * high(w) * high(size) > limits.products) marks[i] = 1;
    }
  }
}

/** Whether a product or a sum of a position, of w and t', t, or 1, scaled, may overflow. */
function mayTargetsOverflow(
  { column: { lanes }, facts, limits, i: caseNumber }: LossCase,
  lane: number,
  scale: number,
): boolean {
  const { weights, targets } = facts;
  const { labelSmoothing } = facts.losses[caseNumber]!;
  const weightsFrom = facts.weightsFrom[caseNumber]!;
  const length = lanes.length[lane]!;
  const stride = lanes.stride[lane]!;
  let [absolute, ofSpread, largest] = [0, 0, 1];
  for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
    const w = weights[weightsFrom + k]!;
    const t = Math.abs(targets[i]!);
    absolute += w * t;
    if (labelSmoothing > 0) ofSpread += w;
    largest = Math.max(largest, high(w) * high(t));
  }
  return scale * Math.max(absolute, ofSpread) > limits.sums || scale * largest > limits.products;
}
