/** The gradients of crossEntropy: k·(p_j·Σ_c w_c t'_c − w_j t'_j) to the logits, −k·(1−ε)·w_j·log p_j to the target. */
import {
  checkCotangent,
  checkHasTargetGradient,
  resolveLoss,
  type ResolvedLoss,
} from '../contract/validate.ts';
import type { CrossEntropyOptions, Target } from '../contract/subject.ts';
import { laneStart } from '../tensor/lanes.ts';
import { createTensor, tensorFormat, type Tensor } from '../tensor/tensor.ts';
import { denominatorOf, isIgnored, productOf3, smoothedTarget } from './cross-entropy.ts';
import { createLaneSums, normal, sumLane, type LaneSums } from './lane-sums.ts';

/** d/dlogits, the logits' shape: p − y where the target sums to 1 and nothing is weighted. 0 at ignored positions. */
export function crossEntropyBackward(
  logits: Tensor,
  target: Target,
  dy: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const loss = resolveLoss(logits, target, options);
  checkCotangent(dy, { like: logits, shape: loss.outputShape });
  const scale = scaleOf(loss, dy);
  const gradient = createTensor(logits.shape, tensorFormat(logits));
  const { length, stride, count } = loss.lanes;
  const sums = createLaneSums(length);
  const weighted = new Float64Array(length);
  for (let lane = 0; lane < count; lane++) {
    if (isIgnored(loss, lane)) continue;
    const start = laneStart(loss.lanes, lane);
    sumLane(sums, logits.data, { start, stride, length });
    const k = scale(lane);
    const isDefined = sums.state === normal && !Number.isNaN(k);
    if (isDefined) fillLogitGradient(loss, lane, { sums, weighted, k });
    for (let c = 0, i = start; c < length; c++, i += stride)
      gradient.data[i] = isDefined ? weighted[c]! : NaN;
  }
  return gradient;
}

/** k of a position: dy, or dy/D for 'mean'; NaN where D is 0. */
function scaleOf({ reduction, ...loss }: ResolvedLoss, dy: Tensor): (lane: number) => number {
  if (reduction === 'none') return (lane) => dy.data[lane]!;
  if (reduction === 'sum') return () => dy.data[0]!;
  const denominator = denominatorOf({ ...loss, reduction });
  const k = denominator === 0 ? NaN : dy.data[0]! / denominator;
  return () => k;
}

/** Fills `weighted` with the lane's gradient. */
function fillLogitGradient(
  loss: ResolvedLoss,
  lane: number,
  { sums, weighted, k }: { sums: LaneSums; weighted: Float64Array; k: number },
): void {
  const { powers, sum, rest, argmax } = sums;
  const { indices, labelSmoothing, weight, lanes } = loss;
  const { length } = lanes;
  if (indices !== null && labelSmoothing === 0) {
    const y = indices[lane]!;
    const w = weight === null ? 1 : weight[y]!;
    for (let c = 0; c < length; c++) weighted[c] = productOf3(k, w, powers[c]! / sum);
    // p_y − 1 is minus the other classes' share: as their sum it keeps its digits where p_y is close to 1.
    weighted[y] = -productOf3(k, w, y === argmax ? rest / sum : 1 - powers[y]! / sum);
    return;
  }
  const start = laneStart(lanes, lane);
  let total = 0;
  let lost = 0;
  for (let c = 0; c < length; c++) {
    const term = (weight === null ? 1 : weight[c]!) * smoothedTarget(loss, lane, { start, c });
    const next = total + term;
    lost += Math.abs(total) >= Math.abs(term) ? total - next + term : term - next + total;
    total = next;
    weighted[c] = term;
  }
  if (Number.isFinite(total)) total += lost;
  for (let c = 0; c < length; c++) weighted[c] = k * ((powers[c]! / sum) * total - weighted[c]!);
}

/** d/dtarget of probability targets, the logits' shape. A factor of 0 gives 0, though log p be −∞. */
export function crossEntropyTargetBackward(
  logits: Tensor,
  target: Target,
  dy: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const loss = resolveLoss(logits, target, options);
  checkHasTargetGradient(loss);
  checkCotangent(dy, { like: logits, shape: loss.outputShape });
  const scale = scaleOf(loss, dy);
  const gradient = createTensor(logits.shape, tensorFormat(logits));
  const { weight, labelSmoothing } = loss;
  const { length, stride, count } = loss.lanes;
  const sums = createLaneSums(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(loss.lanes, lane);
    sumLane(sums, logits.data, { start, stride, length });
    const k = scale(lane);
    for (let c = 0, i = start; c < length; c++, i += stride) {
      const w = (weight === null ? 1 : weight[c]!) * (1 - labelSmoothing);
      const logP = logits.data[i]! - sums.max - sums.logSum;
      gradient.data[i] = sums.state !== normal ? NaN : k === 0 || w === 0 ? 0 : productOf3(k, w, -logP);
    }
  }
  return gradient;
}
