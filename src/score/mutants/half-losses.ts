/** Mutants of cross-entropy on halves: what is counted, named or divided by in the half. */
import { halfFormats, type FloatArray } from '../../float/format.ts';
import { sequentialSum } from '../host/half-steps.ts';
import type { Loss, LossSteps } from '../host/loss-steps.ts';
import { withHalf } from '../host/mutate-halves.ts';
import { halfMutants, type Mutant } from './mutant.ts';

const losses = ['crossEntropy', 'crossEntropyBackward'] as const;

/** D of 'mean', added one by one by `add`. */
function denominatorBy(
  add: (terms: ArrayLike<number>) => number,
  isIgnored: LossSteps['isIgnored'],
): (loss: Loss) => number {
  return (loss) => {
    const { indices, weight, lanes } = loss;
    const counted = Array.from({ length: lanes.count }, (_, lane) =>
      isIgnored(loss, lane) ? 0 : indices === null || weight === null ? 1 : weight[indices[lane]!]!,
    );
    return add(counted);
  };
}

export const halfLossMutants: readonly Mutant[] = halfMutants([
  {
    name: 'losses-added-in-the-half',
    class: 'reduction',
    stage: 'reduction',
    change: 'crossEntropy adds the losses one after the other in the half.',
    seen: 'pytorch/pytorch#85791: the mean of many losses in float16 was infinite',
    formats: halfFormats,
    create: withHalf('crossEntropy', {
      steps: (sound, { round }) => ({
        reduce: (all, denominator, loss) =>
          sound.reduce(Float64Array.of(sequentialSum(round)(all)), denominator, loss),
      }),
    }),
  },
  {
    name: 'sum-of-losses-beyond-65504',
    class: 'reduction',
    stage: 'reduction',
    change: 'crossEntropy divides a sum of losses that is ∞ beyond 65,504.',
    seen: 'pytorch/pytorch#61523: cross entropy of float16 overflowed in its mean',
    formats: ['float16'],
    create: withHalf('crossEntropy', {
      steps: (_, { round }) => ({
        reduce(all, denominator, { reduction }) {
          const total = all.reduce((sum, value) => sum + value, 0);
          const kept = Number.isFinite(round(total)) ? total : round(total);
          return reduction === 'sum' ? kept : denominator === 0 ? NaN : kept / denominator;
        },
      }),
    }),
  },
  {
    name: 'classes-added-before-smoothing',
    class: 'loss options',
    stage: 'smoothing',
    change: 'crossEntropy stores Σ w·log p of all classes in the half before it is multiplied by ε/C.',
    seen: 'huggingface/transformers#10674: the smoothed loss was infinite, its sum beyond float16',
    formats: ['float16'],
    create: withHalf('crossEntropy', {
      steps: (sound, { round }) => ({
        positionLoss(shares, logP, loss, lane) {
          const { labelSmoothing: e, weight, lanes } = loss;
          const own = sound.positionLoss(shares, logP, loss, lane);
          if (e === 0 || logP.includes(-Infinity)) return own;
          const all = [...logP].reduce((sum, value, k) => sum + (weight?.[k] ?? 1) * value, 0);
          return Number.isFinite(round(all)) ? own : -round(all) * (e / lanes.length);
        },
      }),
    }),
  },
  {
    name: 'denominator-added-in-the-half',
    class: 'reduction',
    stage: 'reduction',
    change: 'crossEntropy and its gradient add the weights of D one after the other in the half.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf(losses, {
      steps: (sound, { round }) => ({ denominator: denominatorBy(sequentialSum(round), sound.isIgnored) }),
    }),
  },
  {
    name: 'positions-in-the-half',
    class: 'reduction',
    stage: 'reduction',
    change: 'crossEntropy divides by the number of positions as the half has it.',
    seen: 'none found',
    formats: ['bfloat16'],
    inaccurateIn: ['bfloat16'],
    create: withHalf('crossEntropy', {
      steps: (sound, { round }) => ({ denominator: (loss) => round(sound.denominator(loss)) }),
    }),
  },
  {
    name: 'mean-by-a-rounded-reciprocal',
    class: 'reduction',
    stage: 'reduction',
    change: 'crossEntropy multiplies by 1/D of the half.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('crossEntropy', {
      steps: (sound, { round }) => ({
        reduce(all, denominator, loss) {
          if (loss.reduction === 'sum' || denominator === 0) return sound.reduce(all, denominator, loss);
          return sound.reduce(all, 1, loss) * round(1 / denominator);
        },
      }),
    }),
  },
  {
    name: 'cotangent-over-positions-stored',
    class: 'gradient',
    stage: 'reduction',
    change: 'crossEntropyBackward stores dy/D in the half, where it may be 0.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('crossEntropyBackward', {
      steps: (sound, { round }) => ({
        scale: (dy, denominator, loss, lane) => round(sound.scale(dy, denominator, loss, lane)),
      }),
    }),
  },
  {
    name: 'reciprocal-of-d-in-the-half',
    class: 'gradient',
    stage: 'reduction',
    change: 'crossEntropyTargetBackward multiplies dy by 1/D of the half.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('crossEntropyTargetBackward', {
      steps: (sound, { round }) => ({
        scale: (dy, denominator, loss, lane) =>
          loss.reduction === 'mean'
            ? dy[0]! * round(1 / denominator)
            : sound.scale(dy, denominator, loss, lane),
      }),
    }),
  },
  {
    name: 'class-index-in-the-half',
    class: 'targets',
    stage: 'target',
    change:
      'crossEntropy and its gradient hold class indices in the half, where 2,049 is 2,048, or 257 is 256.',
    seen: 'THUFutureLab/gluon-face#28: labels beyond float16 were infinite',
    formats: halfFormats,
    create: withHalf(losses, {
      steps: (sound, { round }) => ({
        target: (loss, lane, k) =>
          loss.indices === null ? sound.target(loss, lane, k) : Number(round(loss.indices[lane]!) === k),
      }),
    }),
  },
  {
    name: 'ignore-index-in-the-half',
    class: 'loss options',
    stage: 'ignoreIndex',
    change: 'crossEntropy and its gradient compare class indices with ignoreIndex in the half.',
    seen: 'none found',
    formats: ['bfloat16'],
    create: withHalf(losses, {
      steps: (_, { round }) => ({
        isIgnored: ({ indices, ignoreIndex }, lane) =>
          indices !== null && ignoreIndex !== null && round(indices[lane]!) === round(ignoreIndex),
      }),
    }),
  },
  {
    name: 'smoothing-share-rounded',
    class: 'loss options',
    stage: 'smoothing',
    change: 'crossEntropy rounds ε/C to the half.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('crossEntropy', {
      steps: (_, { round }) => ({
        smoothed: (t, { labelSmoothing: e, lanes }) => (e === 0 ? t : (1 - e) * t + round(e / lanes.length)),
      }),
    }),
  },
  {
    name: 'kept-share-rounded',
    class: 'loss options',
    stage: 'smoothing',
    change: 'crossEntropyBackward rounds 1 − ε to the half.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('crossEntropyBackward', {
      steps: (_, { round }) => ({
        smoothed: (t, { labelSmoothing: e, lanes }) => (e === 0 ? t : round(1 - e) * t + e / lanes.length),
      }),
    }),
  },
  {
    name: 'weighted-losses-stored',
    class: 'precision',
    stage: 'weight',
    change: 'crossEntropy rounds each weighted log p to the half before it is added.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('crossEntropy', {
      steps: (sound, { round }) => ({
        positionLoss(shares, logP, loss, lane) {
          const isNothing = (k: number): boolean => shares[k] === 0 && logP[k] === -Infinity;
          const stored = logP.map((value, k) => (isNothing(k) ? 0 : round(value * shares[k]!))) as FloatArray;
          return sound.positionLoss(new Float64Array(shares.length).fill(1), stored, loss, lane);
        },
      }),
    }),
  },
  {
    name: 'weighted-targets-stored',
    class: 'gradient',
    stage: 'weight',
    change: 'crossEntropyBackward rounds each w·t to the half.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('crossEntropyBackward', {
      steps: (sound, { round }) => ({
        share: (t, loss, lane, k) => round(sound.share(t, loss, lane, k)),
      }),
    }),
  },
  {
    name: 'target-shares-added-in-the-half',
    class: 'gradient',
    stage: 'target',
    change: 'crossEntropyBackward adds w·t over the classes one after the other in the half.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('crossEntropyBackward', {
      steps: (_, { round }) => ({
        logitGradient(p, shares, k) {
          const total = sequentialSum(round)(shares);
          return p.map((share, c) => k * (share * total - shares[c]!)) as FloatArray;
        },
      }),
    }),
  },
  {
    name: 'share-stored-before-the-target',
    class: 'gradient',
    stage: null,
    change: 'crossEntropyBackward rounds the shares to the half before the targets are subtracted.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('crossEntropyBackward', {
      steps: (sound, { round }) => ({
        logitGradient: (p, shares, k, loss, lane) =>
          sound.logitGradient(p.map(round) as FloatArray, shares, k, loss, lane),
      }),
    }),
  },
  {
    name: 'gradient-scaled-by-1024',
    class: 'gradient',
    stage: 'product',
    change: 'crossEntropyBackward stores 1,024 times the gradient in the half, and divides it by that.',
    seen: 'none found',
    formats: ['float16'],
    create: withHalf('crossEntropyBackward', {
      steps: (sound, { round }) => ({
        logitGradient: (...args) =>
          sound.logitGradient(...args).map((value) => round(1024 * value) / 1024) as FloatArray,
      }),
    }),
  },
  {
    name: 'gradient-stored-before-its-scale',
    class: 'gradient',
    stage: 'product',
    change: 'crossEntropyBackward stores a 4,096th of the gradient in the half, and multiplies it by that.',
    seen: 'none found',
    formats: ['float16'],
    create: withHalf('crossEntropyBackward', {
      steps: (sound, { round }) => ({
        logitGradient: (...args) =>
          sound.logitGradient(...args).map((value) => 4096 * round(value / 4096)) as FloatArray,
      }),
    }),
  },
]);
