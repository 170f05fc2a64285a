/**
 * The reference that people write for such a loop: the formulas in float64, the maximum taken off first. Not
 * an exact answer: that is src/oracles.
 */
import { lanesOf, laneStart } from '../../tensor/lanes.ts';
import { forwardShapeOf, type Answer, type LoopCall, type LoopLoss } from './loop-call.ts';

export function answerInFloat64(call: LoopCall): Answer {
  const { kernel, shape, axis, logits, dy, loss } = call;
  const lanes = lanesOf(shape, axis);
  const { length, stride, count } = lanes;
  const isForward = dy === null;
  const outShape = isForward ? forwardShapeOf(call) : shape;
  const data = new Float64Array(outShape.reduce((a, b) => a * b, 1));
  const denominator = loss === null ? 1 : denominatorOf(loss, count);
  const [x, e, g] = [new Float64Array(length), new Float64Array(length), new Float64Array(length)];
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    for (let k = 0; k < length; k++) x[k] = logits[start + k * stride]!;
    const { max, sum } = powersOf(x, e);
    const logSum = max + Math.log(sum);
    if (loss !== null) {
      lossOfLane(call, { loss, lane, start, stride, denominator, data, x, e, max, sum });
      continue;
    }
    if (kernel === 'logSumExp') {
      data[lane] = logSum;
      continue;
    }
    if (kernel === 'logSumExpBackward') g.fill(dy![lane]!);
    else if (!isForward) for (let k = 0; k < length; k++) g[k] = dy![start + k * stride]!;
    let dot = 0;
    if (kernel === 'softmaxBackward') for (let k = 0; k < length; k++) dot += (g[k]! * e[k]!) / sum;
    if (kernel === 'logSoftmaxBackward') for (let k = 0; k < length; k++) dot += g[k]!;
    for (let k = 0; k < length; k++) {
      const p = e[k]! / sum;
      data[start + k * stride] =
        kernel === 'softmax'
          ? p
          : kernel === 'logSoftmax'
            ? x[k]! - max - Math.log(sum)
            : kernel === 'softmaxBackward'
              ? p * (g[k]! - dot)
              : kernel === 'logSoftmaxBackward'
                ? g[k]! - p * dot
                : p * g[k]!;
    }
  }
  if (kernel === 'crossEntropy' && loss!.reduction === 'mean') data[0]! /= denominator;
  return { shape: outShape, data };
}

/** exp(x − max) into `e`. The sum is NaN where a logit is NaN or +∞ is beside another. */
function powersOf(x: Float64Array, e: Float64Array): { readonly max: number; readonly sum: number } {
  let max = -Infinity;
  for (const value of x) max = Math.max(max, value);
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += e[k] = Math.exp(x[k]! - max);
  return { max, sum };
}

interface LossLane {
  readonly loss: LoopLoss;
  readonly lane: number;
  readonly start: number;
  readonly stride: number;
  readonly denominator: number;
  readonly data: Float64Array;
  readonly x: Float64Array;
  readonly e: Float64Array;
  readonly max: number;
  readonly sum: number;
}

function lossOfLane({ kernel, dy }: LoopCall, at: LossLane): void {
  const { loss, lane, start, stride, denominator, data, x, e, max, sum } = at;
  const { indices, probabilities, reduction, labelSmoothing, weight, ignoreIndex } = loss;
  const classes = x.length;
  if (indices !== null && indices[lane] === ignoreIndex) return;
  const share = (c: number): number => {
    const t = indices === null ? probabilities![start + c * stride]! : indices[lane] === c ? 1 : 0;
    return (weight?.[c] ?? 1) * ((1 - labelSmoothing) * t + labelSmoothing / classes);
  };
  const logP = (c: number): number => x[c]! - max - Math.log(sum);
  if (kernel === 'crossEntropy') {
    let value = 0;
    for (let c = 0; c < classes; c++) value -= times(share(c), logP(c));
    data[reduction === 'none' ? lane : 0]! += value;
    return;
  }
  const k = reduction === 'none' ? dy![lane]! : reduction === 'sum' ? dy![0]! : dy![0]! / denominator;
  let total = 0;
  for (let c = 0; c < classes; c++) total += share(c);
  for (let c = 0; c < classes; c++) {
    data[start + c * stride] =
      kernel === 'crossEntropyBackward'
        ? k * ((e[c]! / sum) * total - share(c))
        : -times(k * (1 - labelSmoothing) * (weight?.[c] ?? 1), logP(c));
  }
}

/** As `scipy.special.xlogy`: nothing of what is infinite is nothing. */
function times(factor: number, value: number): number {
  return factor === 0 && !Number.isNaN(value) ? 0 : factor * value;
}

/** What a mean is over: the positions, or the weights of the classes that are named. */
function denominatorOf({ indices, weight, ignoreIndex, reduction }: LoopLoss, count: number): number {
  if (reduction !== 'mean') return 1;
  if (indices === null) return count;
  let sum = 0;
  for (const y of indices) if (y !== ignoreIndex) sum += weight?.[y] ?? 1;
  return sum;
}
