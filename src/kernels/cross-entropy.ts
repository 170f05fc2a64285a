/** crossEntropy: ℓ = −Σ_c w_c·t'_c·log p_c over the softmax of the logits, reduced; gradients in cross-entropy-gradient.ts. */
import { resolveLoss, type ResolvedLoss } from '../contract/validate.ts';
import type { CrossEntropyOptions, Target } from '../contract/subject.ts';
import type { FloatArray } from '../float/format.ts';
import { laneStart } from '../tensor/lanes.ts';
import { createTensor, tensorFormat, type Tensor } from '../tensor/tensor.ts';
import { compensatedSum, createLaneSums, normal, sumLane, type LaneSums } from './lane-sums.ts';

/** The logits' shape without the class axis for 'none', [] for 'sum' and 'mean'. */
export function crossEntropy(logits: Tensor, target: Target, options: CrossEntropyOptions = {}): Tensor {
  const loss = resolveLoss(logits, target, options);
  const { lanes, reduction, outputShape } = loss;
  const losses = new Float64Array(lanes.count);
  const sums = createLaneSums(lanes.length);
  for (let lane = 0; lane < lanes.count; lane++) {
    losses[lane] = isIgnored(loss, lane) ? 0 : positionLoss(loss, lane, { sums, logits: logits.data });
  }
  const output = createTensor(outputShape, tensorFormat(logits));
  if (reduction === 'none') {
    output.data.set(losses);
  } else {
    const total = compensatedSum(losses, { start: 0, stride: 1, count: losses.length });
    output.data[0] = reduction === 'sum' ? total : meanOf(total, denominatorOf(loss));
  }
  return output;
}

/** NaN where there is nothing to divide by: smoothing alone can make a total of positions whose weights are all 0. */
function meanOf(total: number, denominator: number): number {
  return denominator === 0 ? NaN : total / denominator;
}

export function isIgnored({ indices, ignoreIndex }: ResolvedLoss, lane: number): boolean {
  return ignoreIndex !== null && indices !== null && indices[lane] === ignoreIndex;
}

/** D of 'mean': the number of positions for probabilities; for indices Σ w_y over those not ignored. */
export function denominatorOf(loss: ResolvedLoss): number {
  const { indices, weight, lanes } = loss;
  if (indices === null) return lanes.count;
  let sum = 0;
  let lost = 0;
  for (let lane = 0; lane < indices.length; lane++) {
    if (isIgnored(loss, lane)) continue;
    const w = weight === null ? 1 : weight[indices[lane]!]!;
    const total = sum + w;
    lost += sum >= w ? sum - total + w : w - total + sum;
    sum = total;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

/** t'_c = (1 − ε)·t_c + ε/C at class c of a lane. */
export function smoothedTarget(
  loss: ResolvedLoss,
  lane: number,
  { start, c }: { start: number; c: number },
): number {
  const { indices, probabilities, labelSmoothing, lanes } = loss;
  const t = indices === null ? probabilities![start + c * lanes.stride]! : indices[lane] === c ? 1 : 0;
  return labelSmoothing === 0 ? t : (1 - labelSmoothing) * t + labelSmoothing / lanes.length;
}

function positionLoss(
  loss: ResolvedLoss,
  lane: number,
  { sums, logits }: { sums: LaneSums; logits: FloatArray },
): number {
  const { lanes, indices, labelSmoothing, weight } = loss;
  const { length, stride } = lanes;
  const start = laneStart(lanes, lane);
  sumLane(sums, logits, { start, stride, length });
  if (sums.state !== normal) return NaN;
  if (indices !== null && labelSmoothing === 0) {
    const y = indices[lane]!;
    const w = weight === null ? 1 : weight[y]!;
    return lossTerm(w, 1, logits[start + y * stride]! - sums.max - sums.logSum);
  }
  let sum = 0;
  let lost = 0;
  for (let c = 0, i = start; c < length; c++, i += stride) {
    const t = smoothedTarget(loss, lane, { start, c });
    const term = lossTerm(weight === null ? 1 : weight[c]!, t, logits[i]! - sums.max - sums.logSum);
    const total = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - total + term : term - total + sum;
    sum = total;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

/** −w·t·log p, and 0 where w·t is 0, though log p be −∞. */
function lossTerm(w: number, t: number, logP: number): number {
  return w === 0 || t === 0 ? 0 : productOf3(w, t, -logP);
}

/**
 * a·b·c without an overflow or underflow that the result does not have: the smallest by the largest first, so that the
 * first product lies between the factors or is beyond 1 on the result's own side.
 */
export function productOf3(a: number, b: number, c: number): number {
  const [x, y, z] = [Math.abs(a), Math.abs(b), Math.abs(c)];
  if (x >= y && x >= z) return y <= z ? a * b * c : a * c * b;
  if (y >= z) return x <= z ? b * a * c : b * c * a;
  return x <= y ? c * a * b : c * b * a;
}
