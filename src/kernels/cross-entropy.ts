/**
 * crossEntropy: ℓ = −Σ_c w_c·t'_c·log p_c over the softmax of the logits, reduced;
 * gradients in cross-entropy-gradient.ts.
 */
import { resolveLoss, type ResolvedOptions } from '../contract/validate.ts';
import type { CrossEntropyOptions, Target } from '../contract/subject.ts';
import type { FloatArray } from '../float/format.ts';
import { laneStart } from '../tensor/lanes.ts';
import type { FloatTensor, Tensor } from '../tensor/tensor.ts';
import { decoded, encodedLike } from './halves.ts';
import { forEachLane, roundedOff, withLost, type LaneSums } from './lane-sums.ts';
import { outputFor } from './output.ts';
import { productOf3 } from './product-of-3.ts';
import { isInterleaved, rowsOf, toRows } from './rows.ts';
import type { Into, LossKernel } from './signatures.ts';

/** The loss, in the logits' shape without the class axis for 'none', and in [] for 'sum' and 'mean'. */
export const crossEntropy: LossKernel = <T extends FloatTensor>(
  logits: T,
  target: Target<T>,
  options: CrossEntropyOptions<T> & Into<T> = {},
): T => {
  const loss = resolveLoss(logits, target, options);
  const { out, weight } = options;
  const output = outputFor(logits, loss.outputShape, out, () => ({ logits, target, weight }));
  return encodedLike(logits, lossOf(decoded(logits), loss, output), out);
};

function lossOf(logits: Tensor, loss: ResolvedOptions, output: Tensor): Tensor {
  const { reduction, lanes } = loss;
  if (isInterleaved(logits.data, lanes)) return lossOf(toRows(logits, lanes), lossOfRows(loss), output);
  let sum = 0;
  let lost = 0;
  forEachLane(logits, lanes, output.data, (lane, sums) => {
    const value = isIgnored(loss, lane) ? 0 : positionLoss(loss, lane, sums, logits.data);
    if (reduction === 'none') {
      output.data[lane] = value;
    } else {
      const total = sum + value;
      lost += roundedOff(total, sum, value);
      sum = total;
    }
  });
  if (reduction === 'sum') output.data[0] = withLost(sum, lost);
  if (reduction === 'mean') output.data[0] = meanOf(withLost(sum, lost), denominatorOf(loss));
  return output;
}

/** The same loss of logits whose lanes are rows. Class indices have the lanes' order, whatever the axis. */
export function lossOfRows(loss: ResolvedOptions): ResolvedOptions {
  const { lanes, probabilities } = loss;
  const rows =
    probabilities === null ? null : toRows({ shape: [], data: probabilities }, lanes, 'beside').data;
  return { ...loss, lanes: rowsOf(lanes), probabilities: rows };
}

/**
 * NaN where there is nothing to divide by: smoothing alone
 * can make a total of positions whose weights are all 0.
 */
function meanOf(total: number, denominator: number): number {
  return denominator === 0 ? NaN : total / denominator;
}

export function isIgnored({ indices, ignoreIndex }: ResolvedOptions, lane: number): boolean {
  return ignoreIndex !== null && indices !== null && indices[lane] === ignoreIndex;
}

/** D of 'mean': the number of positions for probabilities; for indices Σ w_y over those not ignored. */
export function denominatorOf(loss: ResolvedOptions): number {
  const { indices, weight, ignoreIndex, lanes } = loss;
  if (indices === null || (weight === null && ignoreIndex === null)) return lanes.count;
  let sum = 0;
  let lost = 0;
  for (let lane = 0; lane < indices.length; lane++) {
    if (isIgnored(loss, lane)) continue;
    const w = weight === null ? 1 : weight[indices[lane]!]!;
    const total = sum + w;
    lost += roundedOff(total, sum, w);
    sum = total;
  }
  return withLost(sum, lost);
}

function positionLoss(loss: ResolvedOptions, lane: number, sums: LaneSums, logits: FloatArray): number {
  const { indices, labelSmoothing, weight, lanes } = loss;
  const { length, stride } = lanes;
  const start = laneStart(lanes, lane);
  if (Number.isNaN(sums.sum)) return NaN;
  const { max } = sums;
  const logSum = Math.log1p(sums.rest);
  if (indices !== null && labelSmoothing === 0) {
    const y = indices[lane]!;
    return lossTerm(weight === null ? 1 : weight[y]!, 1, logits[start + y * stride]! - max - logSum);
  }
  const targets = smoothedTargets(loss, lane);
  let sum = 0;
  let lost = 0;
  for (let c = 0, i = start; c < length; c++, i += stride) {
    const term = lossTerm(weight === null ? 1 : weight[c]!, targets[c]!, logits[i]! - max - logSum);
    const total = sum + term;
    lost += roundedOff(total, sum, term);
    sum = total;
  }
  return withLost(sum, lost);
}

/** −w·t·log p, and 0 where w·t is 0, though log p be −∞. */
function lossTerm(w: number, t: number, logP: number): number {
  return w === 0 || t === 0 ? 0 : productOf3(w, t, -logP);
}

let smoothed: Float64Array = new Float64Array(1024);

/** t'_c = (1 − ε)·t_c + ε/C of each class of a lane, in memory that holds until the next lane. */
export function smoothedTargets(loss: ResolvedOptions, lane: number): Float64Array {
  const { indices, probabilities, labelSmoothing, lanes } = loss;
  const { length, stride } = lanes;
  if (smoothed.length < length) smoothed = new Float64Array(length);
  const kept = 1 - labelSmoothing;
  const spread = labelSmoothing === 0 ? 0 : labelSmoothing / length;
  if (probabilities === null) {
    for (let c = 0; c < length; c++) smoothed[c] = spread;
    smoothed[indices![lane]!] = kept + spread;
  } else {
    for (let c = 0, i = laneStart(lanes, lane); c < length; c++, i += stride) {
      smoothed[c] = kept * probabilities[i]! + spread;
    }
  }
  return smoothed;
}
