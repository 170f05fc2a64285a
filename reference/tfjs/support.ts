/** What TensorFlow.js's public API has an answer for, whatever backend computes. */
import { isIndexTarget, type Case, type Loss } from '../../src/case/case.ts';
import { formatFacts } from '../../src/float/format.ts';
import { positionWeightsOf } from '../../src/subjects/stacking.ts';
import type { SupportTable } from '../reference.ts';

export const publicApiSupport: SupportTable = {
  formats: ['float32'],
  kernels: {
    softmax: { forward: true, backward: true }, // tf.softmax, tf.grad
    logSoftmax: { forward: true, backward: true }, // tf.logSoftmax, tf.grad
    logSumExp: { forward: true, backward: true }, // tf.logSumExp, tf.grad
    // tf.losses.softmaxCrossEntropy, tf.grad
    crossEntropy: { forward: true, backward: true, targetBackward: true },
  },
  lossOptions: {
    reduction: 'none: NONE · sum: SUM · mean: MEAN',
    'target=index': 'one-hot labels',
    labelSmoothing: 'labelSmoothing',
    weight:
      'index targets without smoothing: the weight of the position, w_y. Else there are no class weights',
    ignoreIndex:
      'a weight of 0 for the position, which ignores it where its loss is finite: asked for finite losses',
  },
};

export function publicApiDeclines(c: Case): string | null {
  const loss = c.loss === undefined ? null : whyLossDeclined(c, c.loss);
  if (loss !== null) return loss;
  const isScalarLoss = c.operation === 'crossEntropy' && c.logits.shape.length === 0;
  return isScalarLoss ? 'softmaxCrossEntropy takes [batch, classes]: a scalar has no classes' : null;
}

function whyLossDeclined(c: Case, loss: Loss): string | null {
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

/**
 * No loss can be infinite where all logits are finite and
 * no two are further apart than the largest finite number.
 */
function hasFiniteLosses(c: Case): boolean {
  let [min, max] = [Infinity, -Infinity];
  for (const value of c.logits.data) {
    if (!Number.isFinite(value)) return false;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return max - min < formatFacts(c.format).largestFinite / 2;
}
