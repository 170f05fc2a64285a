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
import type { FloatArray, NativeFormat } from '../float/format.ts';
import { laneStart } from '../tensor/lanes.ts';
import { isHalfTensor, type FloatTensor, type Tensor } from '../tensor/tensor.ts';
import { denominatorOf, isIgnored, lossOfRows, smoothedTargets } from './cross-entropy.ts';
import { decoded, encodedLike, outputFormat } from './halves.ts';
import { laneSumsFor, powersOfLane, roundedOff, sumLane, withLost, type LaneSums } from './lane-sums.ts';
import { createOutput } from './output.ts';
import { productOf3 } from './product-of-3.ts';
import { fromRows, isInterleaved, rowsOf, toRows } from './rows.ts';
import { fillByShares } from './shares.ts';
import type { LossGradient } from './signatures.ts';

/**
 * The gradient with respect to the logits, in their shape: p − y where the target sums to 1 and nothing is
 * weighted. 0 at ignored positions.
 */
export const crossEntropyBackward: LossGradient = <T extends FloatTensor>(
  logits: T,
  target: Target<T>,
  dy: T,
  options: CrossEntropyOptions<T> = {},
): T => {
  const loss = resolveLoss(logits, target, options);
  checkCotangent(dy, { like: logits, shape: loss.outputShape });
  const byTargets = isHalfTensor(logits) ? fillByTargetsOfHalves : fillByTargets;
  const gradient = gradientOf(decoded(logits), loss, decoded(dy), {
    format: outputFormat(logits),
    byTargets,
  });
  return encodedLike(logits, gradient);
};

interface Way {
  /** What the gradient is worked out in. */
  readonly format: NativeFormat;
  readonly byTargets: typeof fillByTargetsOfHalves;
}

function gradientOf(logits: Tensor, loss: ResolvedOptions, dy: Tensor, way: Way): Tensor {
  const { lanes, indices, labelSmoothing } = loss;
  if (isInterleaved(lanes)) {
    const rows = gradientOf(toRows(logits, lanes), lossOfRows(loss), dy, way);
    return fromRows(rows, logits.shape, lanes);
  }
  const gradient = createOutput(logits.shape, logits.data.length, way.format);
  const { length, stride, count } = lanes;
  const sums = laneSumsFor(length);
  const scale = scaleOfAll(loss, dy);
  for (let lane = 0; lane < count; lane++) {
    if (isIgnored(loss, lane)) continue;
    const start = laneStart(lanes, lane);
    powersOfLane(sums, logits.data, start, stride, length);
    const k = scale ?? dy.data[lane]!;
    if (Number.isNaN(sums.sum) || Number.isNaN(k)) {
      for (let c = 0, i = start; c < length; c++, i += stride) gradient.data[i] = NaN;
    } else if (indices !== null && labelSmoothing === 0) {
      fillByIndex(gradient.data, loss, lane, sums, k);
    } else {
      way.byTargets(gradient.data, loss, lane, sums, k, logits.data);
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
  { powers, sum, rest, maxAt }: LaneSums,
  k: number,
): void {
  const { length, stride } = lanes;
  const start = laneStart(lanes, lane);
  const y = indices![lane]!;
  const w = weight === null ? 1 : weight[y]!;
  for (let c = 0, i = start; c < length; c++, i += stride) gradient[i] = productOf3(k, w, powers[c]! / sum);
  // p_y − 1 is minus the other classes' share: as their sum it keeps its digits where p_y is close to 1.
  const at = start + y * stride;
  gradient[at] = -productOf3(k, w, at === maxAt ? rest / sum : 1 - powers[y]! / sum);
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
  options: CrossEntropyOptions<T> = {},
): T => {
  const loss = resolveLoss(logits, target, options);
  checkHasTargetGradient(loss);
  checkCotangent(dy, { like: logits, shape: loss.outputShape });
  return encodedLike(logits, targetGradientOf(decoded(logits), loss, decoded(dy), outputFormat(logits)));
};

function targetGradientOf(logits: Tensor, loss: ResolvedOptions, dy: Tensor, format: NativeFormat): Tensor {
  const { weight, labelSmoothing, lanes } = loss;
  if (isInterleaved(lanes)) {
    const unread = { ...loss, lanes: rowsOf(lanes) }; // no target is in its own gradient
    const rows = targetGradientOf(toRows(logits, lanes), unread, dy, format);
    return fromRows(rows, logits.shape, lanes);
  }
  const gradient = createOutput(logits.shape, logits.data.length, format);
  const { length, stride, count } = lanes;
  const sums = laneSumsFor(length);
  const scale = scaleOfAll(loss, dy);
  const kept = 1 - labelSmoothing;
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    sumLane(sums, logits.data, start, stride, length);
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
