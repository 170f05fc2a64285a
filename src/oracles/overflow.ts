/**
 * Where the specified formula may overflow on the way to a finite result (docs/numerics.md §14): some order
 * of its products and sums takes a partial one beyond half the largest finite number. A non-finite answer
 * there is inconclusive.
 */
import type { Case } from '../case/case.ts';
import { formatFacts, type Format } from '../float/format.ts';
import { pool } from '../float/pool.ts';
import { laneStart } from '../tensor/lanes.ts';
import { regular, type Analysis } from './lane-analysis.ts';
import type { LossFacts } from './loss-facts.ts';
import { high, noParts, partsReader } from './loss-products.ts';
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

/** 1 for the output elements of which that holds; `size` is the output's. */
export function overflowsOf(
  c: Case,
  analysis: Analysis,
  facts: LossFacts | null,
  size: number,
  limits: OverflowLimits,
): Uint8Array {
  const marks = pool.uint8(size);
  if (c.operation === 'crossEntropy') markLoss(marks, { c, analysis, facts: facts!, limits });
  else if (c.direction === 'backward' && c.operation !== 'logSumExp')
    markCotangents(marks, { c, analysis, limits });
  return marks;
}

/**
 * Σ|dy| over the lane bounds every partial sum, and half of every difference of two; a difference of dy and a
 * mean of dy is no larger than that of the largest and the smallest.
 */
function markCotangents(
  marks: Uint8Array,
  { c, analysis, limits }: { c: Case; analysis: Analysis; limits: OverflowLimits },
): void {
  const { lanes } = analysis;
  const { length, stride } = lanes;
  const dy = c.cotangent!.data;
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = laneStart(lanes, lane);
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

interface LossCase {
  readonly c: Case;
  readonly analysis: Analysis;
  readonly facts: LossFacts;
  readonly limits: OverflowLimits;
}

function markLoss(marks: Uint8Array, problem: LossCase): void {
  const { c, facts, limits } = problem;
  const { denominator } = facts;
  const isMarked =
    1 / denominator > limits.products || denominator > limits.sums || isDenominatorFlushed(facts, limits);
  if (c.direction === 'forward') markForward(marks, problem, isMarked);
  else markLossGradient(marks, problem, isMarked);
}

/** D is a sum of weights, each of which may be flushed. */
function isDenominatorFlushed(
  { loss, denominator, positions }: LossFacts,
  { floor }: OverflowLimits,
): boolean {
  return loss.weight !== undefined && denominator < 2 * positions * floor;
}

/**
 * The products of 1/D, w_c, a part of t'_c and ℓ_c in any order, those of a class without a share too, which
 * a kernel multiplies by 0; and the sums over classes and positions of w·|t|·|ℓ| and, with smoothing, of
 * w·|ℓ|, before what is common to their terms.
 */
function markForward(marks: Uint8Array, { analysis, facts, limits }: LossCase, isMarked: boolean): void {
  const { lanes, state, logP } = analysis;
  const { weight, reduction, labelSmoothing } = facts.loss;
  const inverse = high(1 / Math.abs(facts.denominator));
  const parts = noParts();
  const read = partsReader(facts, lanes.length);
  let [overall, overallSpread, isBeyond] = [0, 0, isMarked];
  for (let lane = 0; lane < lanes.count; lane++) {
    if (facts.kept[lane] === 0 || state[lane] !== regular) continue;
    let [absolute, ofSpread, largest] = [0, 0, 0];
    for (let k = 0, i = laneStart(lanes, lane); k < lanes.length; k++, i += lanes.stride) {
      const size = Math.abs(logP[i]!);
      if (size === Infinity) continue; // infinite in itself: nothing overflows on the way
      const w = weight === undefined ? 1 : weight.data[k]!;
      read(parts, k, i, lane);
      absolute += inverse * w * parts.target * size;
      if (labelSmoothing > 0) ofSpread += inverse * w * size;
      largest = Math.max(largest, inverse * high(w) * high(parts.target) * high(size));
    }
    const isLaneBeyond = Math.max(absolute, ofSpread) > limits.sums || largest > limits.products;
    if (reduction === 'none' && isLaneBeyond) marks[lane] = 1;
    overall += absolute;
    overallSpread += ofSpread;
    if (largest > limits.products) isBeyond = true;
  }
  if (reduction !== 'none' && (isBeyond || overall > limits.sums || overallSpread > limits.sums))
    marks[0] = 1;
}

/**
 * The products of dy, 1/D, w and t in any order, and the sums of w·|t| and of w, scaled: of the whole lane,
 * since a NaN of one class is in Σ w·t'. To the targets: those of dy, 1/D, w and ℓ.
 */
function markLossGradient(marks: Uint8Array, problem: LossCase, isMarked: boolean): void {
  const { c, analysis, facts, limits } = problem;
  const { lanes, logP } = analysis;
  const { weight, reduction } = facts.loss;
  const inverse = high(1 / Math.abs(facts.denominator));
  const targets = c.direction === 'backward' ? targetsOf(problem) : null;
  for (let lane = 0; lane < lanes.count; lane++) {
    if (facts.kept[lane] === 0) continue;
    const scale = inverse * high(Math.abs(c.cotangent!.data[reduction === 'none' ? lane : 0]!));
    const start = laneStart(lanes, lane);
    const isLaneMarked = isMarked || (targets !== null && targets(lane, start, scale));
    for (let k = 0, i = start; k < lanes.length; k++, i += lanes.stride) {
      if (isLaneMarked) marks[i] = 1;
      if (targets !== null) continue;
      const size = Math.abs(logP[i]!);
      const w = weight === undefined ? 1 : weight.data[k]!;
      if (size !== Infinity && scale * high(w) * high(size) > limits.products) marks[i] = 1;
    }
  }
}

/** Whether a product or a sum of a position, of w and t', t, or 1, scaled, may overflow. */
function targetsOf({
  analysis: { lanes },
  facts,
  limits,
}: LossCase): (lane: number, start: number, scale: number) => boolean {
  const { weight, labelSmoothing } = facts.loss;
  const parts = noParts();
  const read = partsReader(facts, lanes.length);
  return (lane, start, scale) => {
    let [absolute, ofSpread, largest] = [0, 0, 1];
    for (let k = 0, i = start; k < lanes.length; k++, i += lanes.stride) {
      const w = weight === undefined ? 1 : weight.data[k]!;
      read(parts, k, i, lane);
      absolute += w * parts.target;
      if (labelSmoothing > 0) ofSpread += w;
      largest = Math.max(largest, high(w) * high(parts.target));
    }
    return scale * Math.max(absolute, ofSpread) > limits.sums || scale * largest > limits.products;
  };
}
