/** What each reference has an answer for, as a table: read it before reading any of their verdicts. */
import { isIndexTarget, type Case, type Loss } from '../../src/case/case.ts';
import type { Direction, Operation } from '../../src/contract/subject.ts';
import { formatFacts } from '../../src/float/format.ts';
import { positionWeightsOf } from './one-hot.ts';
import type { ReferenceName } from '../reference.ts';

/** True, or why the reference has no such thing. */
export type Support = true | string;

const composed = "TensorFlow composes this gradient from other kernels; tfjs-node's is the same formula";
const noLogSumExp = 'TensorFlow has no log-sum-exp kernel: it is composed, as in tfjs-node';

const publicApi: Readonly<Record<Operation, Partial<Record<Direction, Support>>>> = {
  softmax: { forward: true, backward: true }, // tf.softmax, tf.grad
  logSoftmax: { forward: true, backward: true }, // tf.logSoftmax, tf.grad
  logSumExp: { forward: true, backward: true }, // tf.logSumExp, tf.grad
  crossEntropy: { forward: true, backward: true, targetBackward: true }, // tf.losses.softmaxCrossEntropy, tf.grad
};

/** Reference × operation × direction. */
export const support: Readonly<
  Record<ReferenceName, Readonly<Record<Operation, Partial<Record<Direction, Support>>>>>
> = {
  'tfjs-cpu': publicApi,
  'tfjs-wasm': publicApi,
  'tfjs-node': publicApi,
  tensorflow: {
    softmax: { forward: true, backward: composed }, // Softmax
    logSoftmax: { forward: true, backward: composed }, // LogSoftmax
    logSumExp: { forward: noLogSumExp, backward: noLogSumExp },
    // [Sparse]SoftmaxCrossEntropyWithLogits: loss and backprop; the labels' gradient is −LogSoftmax, as TensorFlow registers it
    crossEntropy: { forward: true, backward: true, targetBackward: true },
  },
};

/** Options of cross-entropy, each with what the reference makes of it. */
export const lossSupport: Readonly<Record<'public API' | 'tensorflow', Readonly<Record<string, string>>>> = {
  'public API': {
    reduction: 'none: NONE · sum: SUM · mean: MEAN',
    'target=index': 'one-hot labels',
    labelSmoothing: 'labelSmoothing',
    weight:
      'index targets without smoothing: the weight of the position, w_y. Else there are no class weights',
    ignoreIndex:
      'a weight of 0 for the position, which ignores it where its loss is finite: asked for finite losses',
  },
  tensorflow: {
    reduction: 'none: the loss as it is · sum: Sum · mean: Mean',
    'target=index': 'SparseSoftmaxCrossEntropyWithLogits',
    labelSmoothing: 'none',
    weight: 'none',
    ignoreIndex: 'none',
  },
};

/** Whether it takes class indices as they are; the others are given labels, one-hot where the target is of indices. */
export function takesIndices(reference: string): boolean {
  return reference === 'tensorflow';
}

/** Why the reference is not asked, or null. */
export function whyDeclined(name: ReferenceName, c: Case): string | null {
  if (c.format !== 'float32') return 'float32 only';
  const has = support[name][c.operation][c.direction] ?? `no ${c.direction} of ${c.operation}`;
  if (has !== true) return has;
  const loss = c.loss === undefined ? null : whyLossDeclined(name, c, c.loss);
  if (loss !== null) return loss;
  if (c.logits.shape.length > 0) return null;
  if (name === 'tensorflow') return 'the kernel takes a matrix: a scalar has no classes';
  return c.operation === 'crossEntropy'
    ? 'softmaxCrossEntropy takes [batch, classes]: a scalar has no classes'
    : null;
}

function whyLossDeclined(name: ReferenceName, c: Case, loss: Loss): string | null {
  const isOwn = name === 'tensorflow';
  if (isOwn && loss.labelSmoothing !== 0) return 'the kernel has no label smoothing';
  if (isOwn && loss.weight !== undefined) return 'the kernel has no weights';
  if (isOwn && loss.ignoreIndex !== undefined) return 'the kernel has no ignoreIndex';
  const isPlainIndex = isIndexTarget(loss.target) && loss.labelSmoothing === 0;
  if (loss.weight !== undefined && !isPlainIndex) return 'no class weights, only weights of positions';
  if (loss.ignoreIndex !== undefined && !isPlainIndex)
    return 'no ignoreIndex, only a weight of 0 without smoothing';
  const weights = positionWeightsOf(loss);
  if (weights === null || !weights.includes(0)) return null;
  if (!hasFiniteLosses(c)) return 'a weight of 0 does not silence an infinite loss';
  const dividesByZero = loss.reduction === 'mean' && weights.every((weight) => weight === 0);
  return dividesByZero ? 'weights of 0 alone divide by 0, also where a position is ignored' : null;
}

/** No loss can be infinite where all logits are finite and no two are further apart than the largest finite number. */
function hasFiniteLosses(c: Case): boolean {
  let [min, max] = [Infinity, -Infinity];
  for (const value of c.logits.data) {
    if (!Number.isFinite(value)) return false;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return max - min < formatFacts(c.format).largestFinite / 2;
}
