/**
 * The specified answer in float64 with compensated sums: exact enough for float32 data (its own error is
 * bounded with the formulas of the tolerances, at 2^-53). Special values by the contract, classified before
 * any arithmetic.
 */
import type { Case } from '../case/case.ts';
import { pool } from '../float/pool.ts';
import { laneStart } from '../tensor/lanes.ts';
import { allMasked, hasInfinity, regular, type Analysis } from './lane-analysis.ts';
import type { LossFacts } from './loss-facts.ts';

/** Flat over the output; may be the analysis's own array. `facts` is there for crossEntropy. */
export function exactInFloat64(c: Case, analysis: Analysis, facts: LossFacts | null): Float64Array {
  switch (c.operation) {
    case 'softmax':
      return c.direction === 'forward' ? analysis.p : softmaxGradient(c, analysis);
    case 'logSoftmax':
      return c.direction === 'forward' ? analysis.logP : logSoftmaxGradient(c, analysis);
    case 'logSumExp':
      return c.direction === 'forward' ? logSumExpValues(analysis) : logSumExpGradient(c, analysis);
    case 'crossEntropy':
      if (c.direction === 'forward') return reducedLoss(analysis, facts!);
      return c.direction === 'backward'
        ? lossGradient(c, analysis, facts!)
        : targetGradient(c, analysis, facts!);
  }
}

/** Neumaier's sum of term(k) over a lane; the sum as it is where it overflowed. */
function sumOf(count: number, term: (k: number) => number): number {
  let sum = 0;
  let lost = 0;
  for (let k = 0; k < count; k++) {
    const value = term(k);
    const total = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
    sum = total;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

function softmaxGradient(c: Case, { lanes, p }: Analysis): Float64Array {
  const dy = c.cotangent!.data;
  const gradient = pool.float64(p.length);
  const { length, stride } = lanes;
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = laneStart(lanes, lane);
    const mean = sumOf(length, (k) => p[start + k * stride]! * dy[start + k * stride]!);
    for (let k = 0, i = start; k < length; k++, i += stride) gradient[i] = p[i]! * (dy[i]! - mean);
  }
  return gradient;
}

function logSoftmaxGradient(c: Case, { lanes, p }: Analysis): Float64Array {
  const dy = c.cotangent!.data;
  const gradient = pool.float64(p.length);
  const { length, stride } = lanes;
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = laneStart(lanes, lane);
    const total = sumOf(length, (k) => dy[start + k * stride]!);
    for (let k = 0, i = start; k < length; k++, i += stride) gradient[i] = dy[i]! - p[i]! * total;
  }
  return gradient;
}

function logSumExpValues({ lanes, state, max, logSum }: Analysis): Float64Array {
  const values = pool.float64(lanes.count);
  for (let lane = 0; lane < lanes.count; lane++) {
    if (lanes.length === 0 || state[lane] === allMasked) values[lane] = -Infinity;
    else if (state[lane] === regular) values[lane] = max[lane]! + logSum[lane]!;
    else values[lane] = state[lane] === hasInfinity ? Infinity : NaN;
  }
  return values;
}

function logSumExpGradient(c: Case, { lanes, p }: Analysis): Float64Array {
  const dy = c.cotangent!.data;
  const gradient = pool.float64(p.length);
  const { length, stride } = lanes;
  for (let lane = 0; lane < lanes.count; lane++) {
    for (let k = 0, i = laneStart(lanes, lane); k < length; k++, i += stride) gradient[i] = dy[lane]! * p[i]!;
  }
  return gradient;
}

function reducedLoss({ lanes, state, logP }: Analysis, facts: LossFacts): Float64Array {
  const { loss, kept, weighted, denominator } = facts;
  const { length, stride } = lanes;
  const losses = pool.float64(lanes.count);
  for (let lane = 0; lane < lanes.count; lane++) {
    if (kept[lane] === 0) continue;
    const start = laneStart(lanes, lane);
    losses[lane] =
      state[lane] !== regular ? NaN : sumOf(length, (k) => lossTerm(weighted, logP, start + k * stride));
  }
  if (loss.reduction === 'none') return losses;
  const total = sumOf(losses.length, (lane) => losses[lane]!);
  return Float64Array.of(denominator === 0 ? NaN : total / denominator);
}

function lossTerm(weighted: Float64Array, logP: Float64Array, i: number): number {
  return weighted[i] === 0 ? 0 : -weighted[i]! * logP[i]!;
}

/** k of a position: dy, or dy/D for 'mean'. */
export function scaleOf(c: Case, { loss, denominator }: LossFacts, lane: number): number {
  const dy = c.cotangent!.data;
  if (loss.reduction === 'none') return dy[lane]!;
  return denominator === 0 ? NaN : dy[0]! / denominator;
}

function lossGradient(c: Case, analysis: Analysis, facts: LossFacts): Float64Array {
  const { lanes, state, p, rest, argmax } = analysis;
  const { kept, weighted, total, hot } = facts;
  const { length, stride } = lanes;
  const gradient = pool.float64(p.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    if (kept[lane] === 0) continue;
    const start = laneStart(lanes, lane);
    const scale = scaleOf(c, facts, lane);
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

function targetGradient(c: Case, { lanes, state, logP }: Analysis, facts: LossFacts): Float64Array {
  const { weight, labelSmoothing } = facts.loss;
  const { length, stride } = lanes;
  const gradient = pool.float64(logP.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    const scale = scaleOf(c, facts, lane);
    for (let k = 0, i = laneStart(lanes, lane); k < length; k++, i += stride) {
      const w = weight === undefined ? 1 : weight.data[k]!;
      if (state[lane] !== regular) gradient[i] = NaN;
      else if (scale === 0 || w === 0 || labelSmoothing === 1) gradient[i] = 0;
      else gradient[i] = -scale * (1 - labelSmoothing) * w * logP[i]!;
    }
  }
  return gradient;
}
