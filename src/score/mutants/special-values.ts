/** Mutants that see NaN, infinities, masks or empty lanes otherwise than the contract does. */
import { createFloatArray, formatOf, type FloatArray } from '../../float/format.ts';
import { compensatedSum, maximum } from '../host/lane-steps.ts';
import { withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

/** The values with −∞ where `isMasked` says so. */
function masked(x: FloatArray, isMasked: (value: number, k: number) => boolean): FloatArray {
  return x.map((value, k) => (isMasked(value, k) ? -Infinity : value)) as FloatArray;
}

export const specialValueMutants: readonly Mutant[] = [
  {
    name: 'nan-skipped',
    class: 'special values',
    stage: 'special values',
    change: 'softmax takes a NaN for a class of probability 0.',
    seen: 'ohdearquant/lattice#740: the maximum ignored NaN and a fast exp made it 0, so that [x, NaN] gave [1, 0]',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', (sound) => ({
      max: (x) => maximum(masked(x, Number.isNaN)),
      exp: (z, place) => (Number.isNaN(z) ? 0 : sound.exp(z, place)),
    })),
  },
  {
    name: 'nan-at-the-end-unseen',
    class: 'special values',
    stage: 'special values',
    change: 'logSumExp does not see a NaN in the last position of a lane.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSumExp', () => {
      const isLastNaN = (value: number, k: number, x: FloatArray): boolean =>
        k > 0 && k === x.length - 1 && Number.isNaN(value);
      return {
        max: (x) => maximum(masked(x, (value, k) => isLastNaN(value, k, x))),
        sum: (powers) => compensatedSum(powers.filter((value, k) => !isLastNaN(value, k, powers))),
      };
    }),
  },
  {
    name: 'infinity-wins',
    class: 'special values',
    stage: 'special values',
    change: 'softmax shares the probability of a lane among its +∞, instead of giving NaN.',
    seen: 'FluxML/NNlib.jl#206, jax-ml/jax#21495: which of the two softmax([inf, 0]) ought to be',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', (sound) => ({
      softmax(parts) {
        if (parts.max !== Infinity) return sound.softmax(parts);
        const winners = parts.x.filter((value) => value === Infinity).length;
        return parts.x.map((value) => (value === Infinity ? 1 / winners : 0)) as FloatArray;
      },
    })),
  },
  {
    name: 'masked-lane-is-zero',
    class: 'special values',
    stage: 'special values',
    change: 'softmax of a lane of −∞ alone is all zeros instead of NaN.',
    seen: 'pytorch/pytorch#131060: _safe_softmax, which attention wants and softmax is not',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', (sound) => ({
      softmax: (parts) =>
        parts.max === -Infinity ? createFloatArray(formatOf(parts.x), parts.x.length) : sound.softmax(parts),
    })),
  },
  {
    name: 'masked-lane-is-uniform',
    class: 'special values',
    stage: 'special values',
    change: 'softmaxBackward takes a lane of −∞ alone for a lane of equal logits.',
    seen: 'tenstorrent/tt-metal#56056: softmax of a row of -inf was uniform',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmaxBackward', () => ({
      shift: (x, max) => (max === -Infinity ? 0 : x - max),
    })),
  },
  {
    name: 'log-sum-exp-of-infinity',
    class: 'special values',
    stage: 'special values',
    change: 'logSumExp adds the maximum to the logarithm without a look at whether it is infinite.',
    seen: 'tensorflow/tensorflow#11692: reduce_logsumexp(-inf) was NaN; HenrikBengtsson/matrixStats#84: the same of several',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSumExp', () => ({ logSumExp: ({ max, logSum }) => max + logSum })),
  },
  {
    name: 'empty-log-sum-exp-is-zero',
    class: 'special values',
    stage: 'special values',
    change: 'logSumExp over an empty axis is 0 instead of −∞.',
    seen: 'jax-ml/jax#7643, scipy/scipy#20399: logsumexp of an empty array raised, where -inf is due',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSumExp', (sound) => ({
      logSumExp: (parts) => (parts.x.length === 0 ? 0 : sound.logSumExp(parts)),
    })),
  },
  {
    name: 'low-values-are-masked',
    class: 'special values',
    stage: 'special values',
    change: 'logSoftmax takes −1e9 and below for −∞.',
    seen: 'allenai/allennlp#893: a mask that goes wrong where the logits themselves are extremely negative',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSoftmax', () => ({
      max: (x) => maximum(masked(x, (value) => value <= -1e9)),
      shift: (x, max) => (x <= -1e9 ? -Infinity - max : x - max),
    })),
  },
  {
    name: 'maximum-by-bits',
    class: 'special values',
    stage: 'shift',
    change: 'softmax compares floats as signed integers, which reverses the order of negative ones.',
    seen: 'bytedance/lightseq#74: a maximum by warps was wrong where all logits are negative',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', (sound) => ({
      max(x, place) {
        const max = sound.max(x, place);
        return max < 0 ? -sound.max(x.map((value) => -value) as FloatArray, place) : max;
      },
    })),
  },
  {
    name: 'nan-leaks-to-the-next-lane',
    class: 'special values',
    stage: 'special values',
    change: 'logSoftmax does not reset its NaN flag, so that the lane after one with a NaN is NaN too.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSoftmax', (sound) => {
      let isMarked = false;
      return {
        max(x, place) {
          const max = sound.max(x, place);
          const isLeaking = isMarked && place.lane > 0;
          isMarked = Number.isNaN(max);
          return isLeaking ? NaN : max;
        },
      };
    }),
  },
  {
    name: 'zero-times-infinity',
    class: 'special values',
    stage: 'special values',
    change: 'crossEntropy multiplies a target of 0 by a logarithm of −∞, which is NaN.',
    seen: 'google-deepmind/optax#896, pytorch/xla#2553: cross entropy handled -inf logits of other classes wrongly',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', () => ({
      positionLoss: (shares, logP) => -compensatedSum(shares.map((share, k) => share * logP[k]!)),
    })),
  },
  {
    name: 'zero-cotangent-times-infinity',
    class: 'special values',
    stage: 'special values',
    change: 'crossEntropyTargetBackward multiplies a factor of 0 by a logarithm of −∞, which is NaN.',
    seen: 'google-deepmind/optax#1762: the gradient at -inf logits was NaN even for a tangent of 0',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropyTargetBackward', () => ({
      targetGradient: (k, logP, { weight, labelSmoothing }, _lane, c) =>
        -(k * logP) * (1 - labelSmoothing) * (weight === null ? 1 : weight[c]!),
    })),
  },
  {
    name: 'loss-capped-at-100',
    class: 'special values',
    stage: 'logarithm',
    change: 'crossEntropy takes no logarithm below −100.',
    seen: 'ml-explore/mlx#1280: clips logarithms at −100, as BCELoss does',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      logSoftmax: (parts) => sound.logSoftmax(parts).map((logP) => Math.max(-100, logP)) as FloatArray,
    })),
  },
  {
    name: 'weightless-position-unread',
    class: 'special values',
    stage: 'special values',
    change: 'crossEntropy is 0 at a position whose weights are all 0, although a logit is NaN.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      positionLoss: (shares, logP, loss, lane) =>
        shares.every((share) => share === 0) ? 0 : sound.positionLoss(shares, logP, loss, lane),
    })),
  },
  {
    name: 'one-class-is-certain',
    class: 'special values',
    stage: 'special values',
    change: 'softmax of a single class is 1 without a look at it.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', (sound) => ({
      softmax: (parts) =>
        parts.x.length === 1 ? (parts.x.map(() => 1) as FloatArray) : sound.softmax(parts),
    })),
  },
];
