/**
 * Where the specified formula may overflow on the way to a finite result: a product, a difference of
 * cotangents, a partial sum of absolute values or 1/D beyond half the largest finite number. A non-finite
 * answer there is inconclusive.
 */
import type { Case } from '../case/case.ts';
import { formatFacts } from '../float/format.ts';
import { pool } from '../float/pool.ts';
import { laneStart } from '../tensor/lanes.ts';
import { scaleOf } from './exact-float64.ts';
import { regular, type Analysis } from './lane-analysis.ts';
import type { LossFacts } from './loss-facts.ts';
import { floorOf } from './tolerance.ts';

/** 1 for the output elements of which that holds; `size` is the output's. */
export function overflowsOf(c: Case, analysis: Analysis, facts: LossFacts | null, size: number): Uint8Array {
  const marks = pool.uint8(size);
  const limit = formatFacts(c.format).largestFinite / 2;
  if (c.operation === 'crossEntropy') markLoss(marks, { c, analysis, facts: facts!, limit });
  else if (c.direction === 'backward' && c.operation !== 'logSumExp')
    markCotangents(marks, { c, analysis, limit });
  return marks;
}

/** Σ|dy| over the lane bounds every partial sum, and half of every difference of two. */
function markCotangents(
  marks: Uint8Array,
  { c, analysis, limit }: { c: Case; analysis: Analysis; limit: number },
): void {
  const { lanes } = analysis;
  const { length, stride } = lanes;
  const dy = c.cotangent!.data;
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = laneStart(lanes, lane);
    let absolute = 0;
    for (let k = 0, i = start; k < length; k++, i += stride) absolute += Math.abs(dy[i]!);
    if (absolute <= limit) continue;
    for (let k = 0, i = start; k < length; k++, i += stride) marks[i] = 1;
  }
}

interface LossCase {
  readonly c: Case;
  readonly analysis: Analysis;
  readonly facts: LossFacts;
  readonly limit: number;
}

function markLoss(marks: Uint8Array, problem: LossCase): void {
  const { c, facts, limit } = problem;
  const { loss, denominator, positions } = facts;
  const isFlushed = loss.weight !== undefined && denominator < 2 * positions * floorOf(c.format);
  const isTinyMean = 1 / denominator > limit || denominator > limit || isFlushed;
  if (c.direction === 'forward') markForward(marks, problem, isTinyMean);
  else markLossGradient(marks, problem, isTinyMean);
}

function markForward(marks: Uint8Array, { analysis, facts, limit }: LossCase, isTinyMean: boolean): void {
  const { lanes, state, logP } = analysis;
  const { weight } = facts.loss;
  let overall = 0;
  for (let lane = 0; lane < lanes.count; lane++) {
    if (facts.kept[lane] === 0 || state[lane] !== regular) continue;
    let absolute = 0;
    for (let k = 0, i = laneStart(lanes, lane); k < lanes.length; k++, i += lanes.stride) {
      if (facts.absolute[i] === 0) continue;
      const size = Math.abs(logP[i]!);
      if (size === Infinity) continue; // infinite in itself: nothing overflows on the way
      absolute += facts.absolute[i]! * size;
      const w = weight === undefined ? 1 : weight.data[k]!;
      if (size > limit || w * size > limit) absolute = Infinity; // before the target makes it small
    }
    overall += absolute;
    if (facts.loss.reduction === 'none' && absolute > limit) marks[lane] = 1;
  }
  if (facts.loss.reduction !== 'none' && (isTinyMean || overall > limit)) marks[0] = 1;
}

function markLossGradient(
  marks: Uint8Array,
  { c, analysis, facts, limit }: LossCase,
  isTinyMean: boolean,
): void {
  const { lanes, logP } = analysis;
  const { weight, reduction } = facts.loss;
  for (let lane = 0; lane < lanes.count; lane++) {
    if (facts.kept[lane] === 0) continue;
    const dy = Math.abs(c.cotangent!.data[reduction === 'none' ? lane : 0]!);
    const scale = Math.max(dy, Math.abs(scaleOf(c, facts, lane)));
    const isLaneMarked =
      isTinyMean || scale > limit || scale * Math.max(1, facts.absoluteTotal[lane]!) > limit;
    for (let k = 0, i = laneStart(lanes, lane); k < lanes.length; k++, i += lanes.stride) {
      if (isLaneMarked) marks[i] = 1;
      if (c.direction !== 'targetBackward') continue;
      const size = Math.abs(logP[i]!);
      if (size === Infinity) continue;
      const w = weight === undefined ? 1 : weight.data[k]!;
      if (size > limit || w * size > limit || Math.max(1, w) * scale * size > limit) marks[i] = 1;
    }
  }
}
