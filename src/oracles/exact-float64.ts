/**
 * The specified answers in float64 with compensated sums: exact enough for float32 data (their own error is
 * bounded with the formulas of the tolerances, at 2^-53). Special values by the contract, classified before
 * any arithmetic.
 */
import type { FlatColumn } from './flat-column.ts';
import { allMasked, hasInfinity, regular, type Analysis } from './lane-analysis.ts';
import type { LossFacts } from './loss-facts.ts';

/** Flat over the outputs; may be the analysis's own array. `facts` is there for crossEntropy. */
export function exactInFloat64(
  column: FlatColumn,
  analysis: Analysis,
  facts: LossFacts | null,
): Float64Array {
  switch (column.kernel) {
    case 'softmax':
      return analysis.p;
    case 'softmaxBackward':
      return softmaxGradient(column, analysis);
    case 'logSoftmax':
      return analysis.logP;
    case 'logSoftmaxBackward':
      return logSoftmaxGradient(column, analysis);
    case 'logSumExp':
      return logSumExpValues(column, analysis);
    case 'logSumExpBackward':
      return logSumExpGradient(column, analysis);
    case 'crossEntropy':
      return reducedLoss(column, analysis, facts!);
    case 'crossEntropyBackward':
      return lossGradient(column, analysis, facts!);
    case 'crossEntropyTargetBackward':
      return targetGradient(column, analysis, facts!);
  }
}

/** Neumaier's sum of what stands at start + k · stride; the sum as it is where it overflowed. */
function sumOf(values: Float64Array, start: number, stride: number, count: number): number {
  let sum = 0;
  let lost = 0;
  for (let k = 0, i = start; k < count; k++, i += stride) {
    const value = values[i]!;
    const total = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
    sum = total;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

function softmaxGradient({ lanes, cotangent: dy, pool }: FlatColumn, { p }: Analysis): Float64Array {
  const gradient = pool.float64(p.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = lanes.start[lane]!;
    const stride = lanes.stride[lane]!;
    const length = lanes.length[lane]!;
    for (let k = 0, i = start; k < length; k++, i += stride) gradient[i] = p[i]! * dy[i]!;
    const mean = sumOf(gradient, start, stride, length);
    for (let k = 0, i = start; k < length; k++, i += stride) gradient[i] = p[i]! * (dy[i]! - mean);
  }
  return gradient;
}

function logSoftmaxGradient({ lanes, cotangent: dy, pool }: FlatColumn, { p }: Analysis): Float64Array {
  const gradient = pool.float64(p.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = lanes.start[lane]!;
    const stride = lanes.stride[lane]!;
    const length = lanes.length[lane]!;
    const total = sumOf(dy, start, stride, length);
    for (let k = 0, i = start; k < length; k++, i += stride) gradient[i] = dy[i]! - p[i]! * total;
  }
  return gradient;
}

function logSumExpValues({ pool }: FlatColumn, { lanes, state, max, logSum }: Analysis): Float64Array {
  const values = pool.float64(lanes.count);
  for (let lane = 0; lane < lanes.count; lane++) {
    if (lanes.length[lane] === 0 || state[lane] === allMasked) values[lane] = -Infinity;
    else if (state[lane] === regular) values[lane] = max[lane]! + logSum[lane]!;
    else values[lane] = state[lane] === hasInfinity ? Infinity : NaN;
  }
  return values;
}

function logSumExpGradient({ lanes, cotangent: dy, pool }: FlatColumn, { p }: Analysis): Float64Array {
  const gradient = pool.float64(p.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    const stride = lanes.stride[lane]!;
    const length = lanes.length[lane]!;
    for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) gradient[i] = dy[lane]! * p[i]!;
  }
  return gradient;
}

/** The mean or sum over the positions of a case that is reduced, the loss of each of one that is not. */
function reducedLoss(
  { cases, lanes, lanesFrom, outputsFrom, pool }: FlatColumn,
  { state, logP }: Analysis,
  { losses, kept, weighted, hot, denominator }: LossFacts,
): Float64Array {
  const ofLanes = pool.float64(lanes.count);
  for (let lane = 0; lane < lanes.count; lane++) {
    if (kept[lane] === 0) continue;
    const start = lanes.start[lane]!;
    const stride = lanes.stride[lane]!;
    const length = lanes.length[lane]!;
    const y = hot[lane]!;
    if (state[lane] !== regular) ofLanes[lane] = NaN;
    else if (y >= 0) ofLanes[lane] = 0 + lossTerm(weighted, logP, start + y * stride);
    else {
      const terms = scratchFor(length);
      for (let k = 0, i = start; k < length; k++, i += stride) terms[k] = lossTerm(weighted, logP, i);
      ofLanes[lane] = sumOf(terms, 0, 1, length);
    }
  }
  const values = pool.float64(outputsFrom[cases.length]!);
  for (let i = 0; i < cases.length; i++) {
    const [from, count] = [lanesFrom[i]!, lanesFrom[i + 1]! - lanesFrom[i]!];
    if (losses[i]!.reduction === 'none') {
      for (let k = 0; k < count; k++) values[outputsFrom[i]! + k] = ofLanes[from + k]!;
    } else {
      values[outputsFrom[i]!] = denominator[i] === 0 ? NaN : sumOf(ofLanes, from, 1, count) / denominator[i]!;
    }
  }
  return values;
}

/** The terms of the last lane, in an array as long as the longest was. */
let scratch = new Float64Array(1024);

function scratchFor(length: number): Float64Array {
  if (scratch.length < length) scratch = new Float64Array(length);
  return scratch;
}

function lossTerm(weighted: Float64Array, logP: Float64Array, i: number): number {
  return weighted[i] === 0 ? 0 : -weighted[i]! * logP[i]!;
}

/** k of a position: dy, or dy/D for 'mean'. */
export function scaleOf({ lanes, cotangent }: FlatColumn, facts: LossFacts, lane: number): number {
  const i = lanes.caseOf[lane]!;
  const dy = cotangent[lane]!;
  if (facts.losses[i]!.reduction === 'none') return dy;
  const denominator = facts.denominator[i]!;
  return denominator === 0 ? NaN : dy / denominator;
}

function lossGradient(
  column: FlatColumn,
  { lanes, state, p, rest, argmax }: Analysis,
  facts: LossFacts,
): Float64Array {
  const { kept, weighted, total, hot } = facts;
  const gradient = column.pool.float64(p.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    if (kept[lane] === 0) continue;
    const start = lanes.start[lane]!;
    const stride = lanes.stride[lane]!;
    const length = lanes.length[lane]!;
    const scale = scaleOf(column, facts, lane);
    const isRegular = state[lane] === regular && !Number.isNaN(scale);
    for (let k = 0, i = start; k < length; k++, i += stride) {
      gradient[i] = isRegular ? scale * (p[i]! * total[lane]! - weighted[i]!) : NaN;
    }
    const y = hot[lane]!;
    if (isRegular && y >= 0 && y === argmax[lane]) {
      // p_y − 1 is minus the share of the others: their sum keeps its digits where p_y is close to 1.
      gradient[start + y * stride] = -scale * total[lane]! * (rest[lane]! / (1 + rest[lane]!));
    }
  }
  return gradient;
}

function targetGradient(
  column: FlatColumn,
  { lanes, state, logP }: Analysis,
  facts: LossFacts,
): Float64Array {
  const { losses, weights, weightsFrom } = facts;
  const gradient = column.pool.float64(logP.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    const caseOfLane = lanes.caseOf[lane]!;
    const from = weightsFrom[caseOfLane]!;
    const { labelSmoothing } = losses[caseOfLane]!;
    const stride = lanes.stride[lane]!;
    const length = lanes.length[lane]!;
    const scale = scaleOf(column, facts, lane);
    for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
      const w = weights[from + k]!;
      if (state[lane] !== regular) gradient[i] = NaN;
      else if (scale === 0 || w === 0 || labelSmoothing === 1) gradient[i] = 0;
      else gradient[i] = -scale * (1 - labelSmoothing) * w * logP[i]!;
    }
  }
  return gradient;
}
