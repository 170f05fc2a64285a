/**
 * The gradients of crossEntropy: k·(p_j·Σ_c w_c t'_c − w_j
 * t'_j) to the logits, −k·(1−ε)·w_j·log p_j to the target.
 */
import {
  checkCotangent,
  checkHasTargetGradient,
  resolveLoss,
  type ResolvedOptions,
} from '../contract/validate.ts';
import type { CrossEntropyOptions, Target } from '../contract/subject.ts';
import { formatOf, type FloatArray } from '../float/format.ts';
import { laneStart } from '../tensor/lanes.ts';
import { isHalfTensor, type FloatTensor, type Tensor } from '../tensor/tensor.ts';
import { denominatorOf, isIgnored, lossOfRows, smoothedTargets } from './cross-entropy.ts';
import { decoded, encodedLike } from './halves.ts';
import {
  addRest,
  laneSumsFor,
  powersOfLane,
  roundedOff,
  withLost,
  writeShares,
  type LaneSums,
} from './lane-sums.ts';
import { outputFor } from './output.ts';
import { powerOfMinus } from './power.ts';
import { productOf3 } from './product-of-3.ts';
import { fromRows, isInterleaved, rowsFor, rowsOf, toRows } from './rows.ts';
import { fillByShares } from './shares.ts';
import type { Into, LossGradient } from './signatures.ts';
import { copyIn, copyOut, inBlocks, instanceFor, writeLogs } from './simd/blocks.ts';
import type { KernelInstance } from './simd/instance.ts';

/**
 * The gradient with respect to the logits, in their shape: p − y where the target sums to 1 and nothing is
 * weighted. 0 at ignored positions.
 */
export const crossEntropyBackward: LossGradient = <T extends FloatTensor>(
  logits: T,
  target: Target<T>,
  dy: T,
  options: CrossEntropyOptions<T> & Into<T> = {},
): T => {
  const loss = resolveLoss(logits, target, options);
  checkCotangent(dy, { like: logits, shape: loss.outputShape });
  const { out, weight } = options;
  const gradient = outputFor(logits, logits.shape, out, () => ({ logits, target, dy, weight }));
  const byTargets = isHalfTensor(logits) ? fillByTargetsOfHalves : fillByTargets;
  return encodedLike(logits, gradientOf(decoded(logits), loss, decoded(dy), { gradient, byTargets }), out);
};

interface Way {
  /** What is filled. */
  readonly gradient: Tensor;
  readonly byTargets: typeof fillByTargetsOfHalves;
}

function gradientOf(logits: Tensor, loss: ResolvedOptions, dy: Tensor, way: Way): Tensor {
  const { lanes, indices, labelSmoothing } = loss;
  const { gradient, byTargets } = way;
  if (isInterleaved(logits.data, lanes)) {
    const rows = { gradient: rowsFor(gradient, lanes), byTargets };
    return fromRows(gradientOf(toRows(logits, lanes), lossOfRows(loss), dy, rows), gradient, lanes);
  }
  const { length, stride, count } = lanes;
  const scale = scaleOfAll(loss, dy);
  const there = instanceFor(logits.data, gradient.data, lanes);
  if (there !== null && indices !== null && labelSmoothing === 0) {
    const data = {
      logits: logits.data,
      gradient: gradient.data,
      kOf: (lane: number) => scale ?? dy.data[lane]!,
    };
    fillRowsByIndex(there, loss, data);
    return gradient;
  }
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    if (isIgnored(loss, lane)) {
      for (let c = 0, i = start; c < length; c++, i += stride) gradient.data[i] = 0;
      continue;
    }
    powersOfLane(sums, logits.data, start, stride, length);
    const k = scale ?? dy.data[lane]!;
    if (Number.isNaN(sums.sum) || Number.isNaN(k)) {
      for (let c = 0, i = start; c < length; c++, i += stride) gradient.data[i] = NaN;
    } else if (indices !== null && labelSmoothing === 0) {
      fillByIndex(gradient.data, loss, lane, sums, k, logits.data);
    } else {
      byTargets(gradient.data, loss, lane, sums, k, logits.data);
    }
  }
  return gradient;
}

/**
 * k of every position where the loss is reduced: dy, or dy/D for 'mean';
 * NaN where D is 0. Null where each has its own.
 */
function scaleOfAll(loss: ResolvedOptions, dy: Tensor): number | null {
  if (loss.reduction === 'none') return null;
  if (loss.reduction === 'sum') return dy.data[0]!;
  const denominator = denominatorOf(loss);
  return denominator === 0 ? NaN : dy.data[0]! / denominator;
}

/** k·w_y·(p_c − [c = y]) */
function fillByIndex(
  gradient: FloatArray,
  { indices, weight, lanes }: ResolvedOptions,
  lane: number,
  sums: LaneSums,
  k: number,
  logits: FloatArray,
): void {
  const { powers, sum } = sums;
  const { length, stride } = lanes;
  const start = laneStart(lanes, lane);
  const y = indices![lane]!;
  const w = weight === null ? 1 : weight[y]!;
  if (formatOf(gradient) === 'float32') writeShares(gradient, { start, stride, length }, sums, k * w);
  else
    for (let c = 0, i = start; c < length; c++, i += stride) gradient[i] = productOf3(k, w, powers[c]! / sum);
  if (powers[y] === 1) addRest(sums, logits, { start, stride, length });
  gradient[start + y * stride] = -productOf3(k, w, shareOfOthers(powers[y]!, sums));
}

/**
 * 1 − p_y. Where y is the largest class it is the other classes' share, whose sum keeps its digits where
 * p_y is close to 1.
 */
function shareOfOthers(power: number, { sum, rest }: Pick<LaneSums, 'sum' | 'rest'>): number {
  return power === 1 ? rest / sum : 1 - power / sum;
}

interface RowsByIndex {
  readonly logits: FloatArray;
  readonly gradient: FloatArray;
  readonly kOf: (lane: number) => number;
}

/** The same for rows of float32, by the instance. k·w is far from what float64 has no numbers for. */
function fillRowsByIndex(
  there: KernelInstance,
  loss: ResolvedOptions,
  { logits, gradient, kOf }: RowsByIndex,
): void {
  const { indices, weight, lanes } = loss;
  const { length } = lanes;
  const weightOf = (lane: number): number => (weight === null ? 1 : weight[indices![lane]!]!);
  inBlocks(there, lanes, (first, rows) => {
    copyIn(there.x, logits, first * length, rows * length);
    for (let r = 0; r < rows; r++) there.factors[r] = kOf(first + r) * weightOf(first + r);
    there.scaleRows(rows, length, true);
    copyOut(there, gradient, first * length, rows * length);
    for (let r = 0; r < rows; r++) {
      const lane = first + r;
      const start = lane * length;
      if (isIgnored(loss, lane)) {
        gradient.fill(0, start, start + length);
        continue;
      }
      const at = start + indices![lane]!;
      const sums = { sum: there.sums[r]!, rest: there.rests[r]! };
      const others = shareOfOthers(powerOfMinus(there.maxima[r]! - logits[at]!), sums);
      gradient[at] = -productOf3(kOf(lane), weightOf(lane), others);
    }
  });
}

/** k·(p_c·Σ w t' − w_c t'_c) */
function fillByTargets(
  gradient: FloatArray,
  loss: ResolvedOptions,
  lane: number,
  { powers, sum }: LaneSums,
  k: number,
): void {
  const { weight, lanes } = loss;
  const { length, stride } = lanes;
  const terms = smoothedTargets(loss, lane);
  let total = 0;
  let lost = 0;
  for (let c = 0; c < length; c++) {
    const term = weight === null ? terms[c]! : weight[c]! * terms[c]!;
    const next = total + term;
    lost += roundedOff(next, total, term);
    total = next;
    terms[c] = term;
  }
  total = withLost(total, lost);
  for (let c = 0, i = laneStart(lanes, lane); c < length; c++, i += stride) {
    gradient[i] = k * ((powers[c]! / sum) * total - terms[c]!);
  }
}

/** The same, with w_c t'_c beside its share of the rest where p_c is close to 1. */
function fillByTargetsOfHalves(
  gradient: FloatArray,
  loss: ResolvedOptions,
  lane: number,
  sums: LaneSums,
  k: number,
  logits: FloatArray,
): void {
  const { weight, lanes } = loss;
  const { length, stride } = lanes;
  const values = smoothedTargets(loss, lane);
  if (weight !== null) for (let c = 0; c < length; c++) values[c] = weight[c]! * values[c]!;
  const place = { start: laneStart(lanes, lane), stride, length };
  fillByShares(gradient, logits, place, sums, { values, from: 0, step: 1, scale: k });
}

/**
 * The gradient with respect to probability targets, in the logits' shape. A factor of 0 gives 0, though log p
 * be −∞.
 */
export const crossEntropyTargetBackward: LossGradient = <T extends FloatTensor>(
  logits: T,
  target: Target<T>,
  dy: T,
  options: CrossEntropyOptions<T> & Into<T> = {},
): T => {
  const loss = resolveLoss(logits, target, options);
  checkHasTargetGradient(loss);
  checkCotangent(dy, { like: logits, shape: loss.outputShape });
  const { out, weight } = options;
  const gradient = outputFor(logits, logits.shape, out, () => ({ logits, target, dy, weight }));
  return encodedLike(logits, targetGradientOf(decoded(logits), loss, decoded(dy), gradient), out);
};

function targetGradientOf(logits: Tensor, loss: ResolvedOptions, dy: Tensor, gradient: Tensor): Tensor {
  const { weight, labelSmoothing, lanes } = loss;
  if (isInterleaved(logits.data, lanes)) {
    const unread = { ...loss, lanes: rowsOf(lanes) }; // no target is in its own gradient
    const rows = targetGradientOf(toRows(logits, lanes), unread, dy, rowsFor(gradient, lanes));
    return fromRows(rows, gradient, lanes);
  }
  const { length, stride, count } = lanes;
  const scale = scaleOfAll(loss, dy);
  const kept = 1 - labelSmoothing;
  const there = instanceFor(logits.data, gradient.data, lanes);
  if (there !== null && weight === null) {
    const factorOf = (lane: number): number => -((scale ?? dy.data[lane]!) * kept);
    writeLogs(there, lanes, { x: logits.data, y: gradient.data, factorOf });
    return gradient;
  }
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    powersOfLane(sums, logits.data, start, stride, length);
    addRest(sums, logits.data, { start, stride, length });
    const { max } = sums;
    const logSum = Math.log1p(sums.rest);
    const k = scale ?? dy.data[lane]!;
    for (let c = 0, i = start; c < length; c++, i += stride) {
      const w = weight === null ? kept : kept * weight[c]!;
      const logP = logits.data[i]! - max - logSum;
      const isZero = (k === 0 || w === 0) && !Number.isNaN(logSum);
      gradient.data[i] = isZero ? 0 : productOf3(k, w, -logP);
    }
  }
  return gradient;
}
