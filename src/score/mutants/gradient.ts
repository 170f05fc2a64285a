/** Mutants whose forward is sound and whose gradient is not. */
import type { FloatArray } from '../../float/format.ts';
import { compensatedSum, dotProduct } from '../host/lane-steps.ts';
import { withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

export const gradientMutants: readonly Mutant[] = [
  {
    name: 'diagonal-jacobian',
    class: 'gradient',
    stage: 'product',
    change: 'softmaxBackward is s·(1 − s)·dy, the diagonal of the Jacobian alone.',
    seen: 'HomericIntelligence/Odyssey#2134: softmax_backward failed gradient checks, the dot product missing',
    isGradient: true,
    isSubtle: false,
    create: withSteps('softmaxBackward', () => ({
      softmaxVjp: (s, dy) => s.map((share, k) => share * (1 - share) * dy[k]!) as FloatArray,
    })),
  },
  {
    name: 'gradient-passed-through',
    class: 'gradient',
    stage: 'product',
    change: 'softmaxBackward returns dy.',
    seen: 'pjreddie/darknet#96: the backward of softmax copied the gradient of the output',
    isGradient: true,
    isSubtle: false,
    create: withSteps('softmaxBackward', () => ({ softmaxVjp: (_s, dy) => dy })),
  },
  {
    name: 'dot-of-the-neighbour',
    class: 'gradient',
    stage: 'strides',
    change: 'softmaxBackward of strided lanes takes Σ s·dy of the lane before for every second lane.',
    seen: 'Oneflow-Inc/oneflow#6771: rows per access of the warp kernel for the gradient of softmax',
    isGradient: true,
    isSubtle: true,
    create: withSteps('softmaxBackward', () => {
      let dot = 0;
      return {
        softmaxVjp(s, dy, { place: { lanes, lane } }) {
          if (lanes.stride === 1 || lane % 2 === 0) dot = dotProduct(s, dy);
          return s.map((share, k) => share * (dy[k]! - dot)) as FloatArray;
        },
      };
    }),
  },
  {
    name: 'ties-go-to-the-first',
    class: 'gradient',
    stage: 'product',
    change: 'logSumExpBackward gives the shares of all that tie for the maximum to the first of them.',
    seen: 'keras-team/keras#23616: logaddexp sent the whole gradient of equal inputs to the first; apache/mxnet#18563',
    isGradient: true,
    isSubtle: false,
    create: withSteps('logSumExpBackward', (sound) => ({
      logSumExpVjp(s, dy, parts) {
        const { x, max } = parts;
        const ties = x.filter((value) => value === max).length;
        const first = x.indexOf(max);
        return sound
          .logSumExpVjp(s, dy, parts)
          .map((g, k) => (x[k] !== max ? g : k === first ? g * ties : 0)) as FloatArray;
      },
    })),
  },
  {
    name: 'ties-loosened',
    class: 'gradient',
    stage: 'product',
    change: 'softmaxBackward lowers the share of all but the first that tie for the maximum by 2^-14 of it.',
    seen: 'ikawrakow/ik_llama.cpp#1298: a patch proposed there perturbs the maximum where several tie for it',
    isGradient: true,
    isSubtle: true,
    create: withSteps('softmaxBackward', (sound) => ({
      softmaxVjp(s, dy, parts) {
        const { x, max } = parts;
        const first = x.indexOf(max);
        const loosened = s.map((share, k) => (x[k] === max && k !== first ? share * (1 - 2 ** -14) : share));
        return sound.softmaxVjp(loosened as FloatArray, dy, parts);
      },
    })),
  },
  {
    name: 'target-found-by-value',
    class: 'gradient',
    stage: 'target',
    change:
      'crossEntropyBackward of strided lanes takes each class with the probability of the named one for the named one.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      logitGradient(p, shares, k, loss, lane) {
        const gradient = sound.logitGradient(p, shares, k, loss, lane);
        const y = loss.indices?.[lane];
        if (y === undefined || loss.lanes.stride === 1 || loss.labelSmoothing > 0) return gradient;
        return gradient.map((g, c) => (c !== y && p[c] === p[y] ? gradient[y]! : g)) as FloatArray;
      },
    })),
  },
  {
    name: 'targets-sum-to-one',
    class: 'gradient',
    stage: 'target',
    change: 'crossEntropyBackward is k·(p − t) for plain probabilities, also where they do not sum to 1.',
    seen: 'tensorflow/tensorflow#60314: a gradient for labels that are all 0; tensorflow/tensorflow#49178: gradients differ where labels are no distribution',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      logitGradient(p, shares, k, loss, lane) {
        const isPlain = loss.probabilities !== null && loss.weight === null && loss.labelSmoothing === 0;
        if (!isPlain) return sound.logitGradient(p, shares, k, loss, lane);
        return p.map((share, c) => k * (share - shares[c]!)) as FloatArray;
      },
    })),
  },
  {
    name: 'ignores-dy',
    class: 'gradient',
    stage: 'product',
    change: 'logSumExpBackward is softmax, whatever dy is.',
    seen: 'kulinseth/pytorch#289: nll_loss_backward did not take grad_output into account',
    isGradient: true,
    isSubtle: false,
    create: withSteps('logSumExpBackward', () => ({ logSumExpVjp: (s) => s })),
  },
  {
    name: 'mean-of-dy',
    class: 'gradient',
    stage: 'product',
    change: 'logSoftmaxBackward subtracts softmax times the mean of dy instead of the sum.',
    seen: 'ROCm/MIOpen#112: the backward of the logarithmic softmax was wrong',
    isGradient: true,
    isSubtle: false,
    create: withSteps('logSoftmaxBackward', () => ({
      logSoftmaxVjp(s, dy) {
        const mean = compensatedSum(dy) / dy.length;
        return s.map((share, k) => dy[k]! - share * mean) as FloatArray;
      },
    })),
  },
  {
    name: 'smoothing-subtracted',
    class: 'gradient',
    stage: 'smoothing',
    change: 'crossEntropyBackward subtracts ε/C from the target instead of adding it.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', () => ({
      smoothed: (t, { labelSmoothing, lanes }) => (1 - labelSmoothing) * t - labelSmoothing / lanes.length,
    })),
  },
  {
    name: 'saturated-gradient',
    class: 'gradient',
    stage: null,
    change: 'softmaxBackward clips its result to ±65504, the largest float16.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('softmaxBackward', (sound) => ({
      softmaxVjp: (s, dy, parts) =>
        sound.softmaxVjp(s, dy, parts).map((g) => Math.min(Math.max(g, -65504), 65504)) as FloatArray,
    })),
  },
  {
    name: 'solved-positions-skipped',
    class: 'gradient',
    stage: 'product',
    change: 'crossEntropyBackward gives no gradient where the named class has a probability above 1 − 2^-14.',
    seen: 'tensorflow/addons#693: a loss that clips probabilities has no gradient where it clips',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      logitGradient(p, shares, k, loss, lane) {
        const isSolved = loss.indices !== null && p[loss.indices[lane]!]! > 1 - 2 ** -14;
        return isSolved ? (p.map(() => 0) as FloatArray) : sound.logitGradient(p, shares, k, loss, lane);
      },
    })),
  },
  {
    name: 'labels-minus-probabilities',
    class: 'gradient',
    stage: 'product',
    change: 'crossEntropyTargetBackward is dy·(t − p), as if the targets were the logits.',
    seen: 'TensorFlow.js, tf.losses.softmaxCrossEntropy: docs/tensorflow-js-divergences.md',
    isGradient: true,
    isSubtle: false,
    create: withSteps('crossEntropyTargetBackward', (sound) => ({
      targetGradient: (k, logP, loss, lane, c) => k * (sound.target(loss, lane, c) - Math.exp(logP)),
    })),
  },
  {
    name: 'target-gradient-unsmoothed',
    class: 'gradient',
    stage: 'smoothing',
    change: 'crossEntropyTargetBackward leaves out the factor 1 − ε.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyTargetBackward', (sound) => ({
      targetGradient: (k, logP, loss, lane, c) =>
        sound.targetGradient(k, logP, { ...loss, labelSmoothing: 0 }, lane, c),
    })),
  },
  {
    name: 'target-gradient-of-named-only',
    class: 'gradient',
    stage: 'target',
    change: 'crossEntropyTargetBackward is 0 where the target is 0.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyTargetBackward', (sound) => ({
      targetGradient: (k, logP, loss, lane, c) =>
        sound.targetGradient(sound.target(loss, lane, c) === 0 ? 0 : k, logP, loss, lane, c),
    })),
  },
  {
    name: 'dot-of-the-first-512',
    class: 'gradient',
    stage: 'tail',
    change: 'softmaxBackward takes Σ s·dy over the first 512 classes of a wider lane.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('softmaxBackward', () => ({
      softmaxVjp(s, dy) {
        const dot = dotProduct(s.subarray(0, 512) as FloatArray, dy);
        return s.map((share, k) => share * (dy[k]! - dot)) as FloatArray;
      },
    })),
  },
  {
    name: 'partial-block-not-in-total',
    class: 'gradient',
    stage: 'tail',
    change: 'logSoftmaxBackward leaves what follows the last whole block of 256 out of Σ dy.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('logSoftmaxBackward', () => ({
      logSoftmaxVjp(s, dy) {
        const count = dy.length > 256 ? dy.length - (dy.length % 256) : dy.length;
        const total = compensatedSum(dy.subarray(0, count));
        return s.map((share, k) => dy[k]! - share * total) as FloatArray;
      },
    })),
  },
  {
    name: 'small-shares-left-out',
    class: 'gradient',
    stage: null,
    change: 'logSumExpBackward gives no gradient to shares below 2^-20.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('logSumExpBackward', () => ({
      logSumExpVjp: (s, dy) => s.map((share) => (share < 2 ** -20 ? 0 : share * dy)) as FloatArray,
    })),
  },
];
