/** Mutants that add, or keep a sum, in the half: it sticks, it overflows, or it is rounded once too often. */
import { halfFormats, type FloatArray } from '../../float/format.ts';
import { pairwiseSum, sequentialSum } from '../host/half-steps.ts';
import { compensatedSum, dotProduct } from '../host/lane-steps.ts';
import { everyKernel } from '../host/mutate.ts';
import { withHalf } from '../host/mutate-halves.ts';
import { halfMutants, type Mutant } from './mutant.ts';

const tile = 256;

/** The width from which the powers of equal logits add up to what float16 cannot hold. */
const overflowWidth = 65_520;

export const halfSumMutants: readonly Mutant[] = halfMutants([
  {
    name: 'powers-added-in-the-half',
    class: 'precision',
    stage: 'sum',
    change:
      'softmax adds the powers one after the other in the half, where 2,048 + 1 is 2,048, or 256 + 1 is 256.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('softmax', { steps: (_, { round }) => ({ sum: sequentialSum(round) }) }),
  },
  {
    name: 'powers-added-in-tiles-in-the-half',
    class: 'precision',
    stage: 'sum',
    change: 'logSumExp adds each 256 powers in the half, and the sums of these in float32.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('logSumExp', {
      steps: (_, { round }) => ({
        sum(powers) {
          const add = sequentialSum(round);
          const tiles: number[] = [];
          for (let from = 0; from < powers.length; from += tile)
            tiles.push(add(powers.subarray(from, from + tile)));
          return compensatedSum(tiles);
        },
      }),
    }),
  },
  {
    name: 'powers-added-in-halves-of-lanes',
    class: 'precision',
    stage: 'sum',
    change: 'logSoftmax adds the powers pairwise in the half, and does not declare it.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('logSoftmax', { steps: (_, { round }) => ({ sum: pairwiseSum(round) }) }),
  },
  {
    name: 'powers-stored-in-the-half',
    class: 'precision',
    stage: null,
    change: 'logSumExp rounds each power to the half before it is added.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('logSumExp', {
      steps: (sound, { round }) => ({ exp: (z, place) => round(sound.exp(z, place)) }),
    }),
  },
  {
    name: 'sum-stored-in-the-half',
    class: 'precision',
    stage: 'sum',
    change: 'softmax rounds the sum of the powers to the half.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('softmax', {
      steps: (sound, { round, largestFinite }) => ({
        sum: (powers, place) => Math.min(largestFinite, round(sound.sum(powers, place))),
      }),
    }),
  },
  {
    name: 'sum-beyond-65504',
    class: 'stability',
    stage: 'sum',
    change: 'Every kernel has ∞ for a sum of powers beyond 65,504, and 0 for all shares.',
    seen: 'none found',
    formats: ['float16'],
    elementsMin: overflowWidth,
    create: withHalf(everyKernel, {
      steps: (sound, { round }) => ({
        sum(powers, place) {
          const total = sound.sum(powers, place);
          return Number.isFinite(round(total)) ? total : Infinity;
        },
      }),
    }),
  },
  {
    name: 'online-rescaling-in-the-half',
    class: 'precision',
    stage: 'sum',
    change: 'softmax adds online, and rounds its running sum to the half at each new maximum.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('softmax', {
      steps: (_, { round }) => ({
        softmax({ x, powers }) {
          let [max, sum] = [-Infinity, 0];
          for (const value of x) {
            if (value > max) {
              sum = round(sum * round(Math.exp(max - value))) || 0;
              max = value;
            }
            sum += Math.exp(value - max);
          }
          return powers.map((power) => power / sum) as FloatArray;
        },
      }),
    }),
  },
  {
    name: 'dot-added-in-the-half',
    class: 'gradient',
    stage: 'product',
    change: 'softmaxBackward adds the s·dy one after the other in the half.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('softmaxBackward', {
      steps: (_, { round }) => ({
        softmaxVjp(s, dy) {
          const dot = sequentialSum(round)(s.map((share, k) => share * dy[k]!));
          return s.map((share, k) => share * (dy[k]! - dot)) as FloatArray;
        },
      }),
    }),
  },
  {
    name: 'dot-stored-in-the-half',
    class: 'gradient',
    stage: 'product',
    change: 'softmaxBackward rounds Σ s·dy to the half.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('softmaxBackward', {
      steps: (_, { round }) => ({
        softmaxVjp(s, dy) {
          const dot = round(dotProduct(s, dy));
          return s.map((share, k) => share * (dy[k]! - dot)) as FloatArray;
        },
      }),
    }),
  },
  {
    name: 'cotangents-added-in-the-half',
    class: 'gradient',
    stage: 'product',
    change: 'logSoftmaxBackward adds the dy one after the other in the half.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('logSoftmaxBackward', {
      steps: (_, { round }) => ({
        logSoftmaxVjp(s, dy) {
          const total = sequentialSum(round)(dy);
          return s.map((share, k) => dy[k]! - share * total) as FloatArray;
        },
      }),
    }),
  },
  {
    name: 'sum-of-cotangents-beyond-65504',
    class: 'gradient',
    stage: 'product',
    change: 'logSoftmaxBackward has ∞ for a sum of dy beyond 65,504.',
    seen: 'jax-ml/jax#40474: the sum of dy overflowed float16 in the gradient of log_softmax',
    formats: ['float16'],
    create: withHalf('logSoftmaxBackward', {
      steps: (_, { round }) => ({
        logSoftmaxVjp(s, dy) {
          const total = compensatedSum(dy);
          const kept = Number.isFinite(round(total)) ? total : round(total);
          return s.map((share, k) => dy[k]! - share * kept) as FloatArray;
        },
      }),
    }),
  },
]);
