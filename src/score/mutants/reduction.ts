/** Mutants that add or average the positions of a loss wrongly. */
import type { Tensor } from '../../tensor/tensor.ts';
import { compensatedSum } from '../host/lane-steps.ts';
import { denominatorOf } from '../host/loss-steps.ts';
import { withKernel, withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

export const reductionMutants: readonly Mutant[] = [
  {
    name: 'mean-over-elements',
    class: 'reduction',
    stage: 'reduction',
    change: "crossEntropy's mean divides by all logits instead of all positions.",
    seen: 'none found',
    isGradient: false,
    isSubtle: false,
    create: withSteps('crossEntropy', (sound) => ({
      denominator: (loss) => sound.denominator(loss) * loss.lanes.length,
    })),
  },
  {
    name: 'mean-of-means',
    class: 'reduction',
    stage: 'reduction',
    change:
      "crossEntropy's mean is that of the means of each entry of the first axis, where there are two axes or more.",
    seen: 'meta-pytorch/torchtune#1875: (x1/n1) + (x2/n2) is not (x1 + x2)/(n1 + n2)',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      reduce(losses, denominator, loss) {
        const { outerShape } = loss.lanes;
        if (loss.reduction !== 'mean' || outerShape.length < 2 || losses.length === 0) {
          return sound.reduce(losses, denominator, loss);
        }
        const entries = outerShape[0]!;
        const size = losses.length / entries;
        const means = Array.from({ length: entries }, (_, entry) => {
          const isElsewhere = (_loss: unknown, lane: number): boolean =>
            Math.floor(lane / size) !== entry || sound.isIgnored(loss, lane);
          const own = losses.subarray(entry * size, (entry + 1) * size);
          const count = loss.indices === null ? size : denominatorOf(loss, isElsewhere);
          return sound.reduce(own, count, loss);
        });
        return compensatedSum(means) / entries;
      },
    })),
  },
  {
    name: 'mean-over-the-batch',
    class: 'reduction',
    stage: 'reduction',
    change: "crossEntropy's mean over probabilities divides by the size of the first axis alone.",
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      denominator: (loss) =>
        loss.indices === null ? (loss.lanes.outerShape[0] ?? 1) : sound.denominator(loss),
    })),
  },
  {
    name: 'sum-from-the-mean',
    class: 'reduction',
    stage: 'reduction',
    change: "crossEntropy's sum with ignored positions is their mean times the number of all positions.",
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      reduce(losses, denominator, loss) {
        const total = sound.reduce(losses, denominator, loss);
        if (loss.reduction !== 'sum' || loss.ignoreIndex === null) return total;
        const kept = losses.reduce((count, _, lane) => count + (sound.isIgnored(loss, lane) ? 0 : 1), 0);
        return kept === 0 ? 0 : (total / kept) * losses.length;
      },
    })),
  },
  {
    name: 'first-256-positions',
    class: 'reduction',
    stage: 'reduction',
    change: 'crossEntropy adds the losses of the first 256 positions only.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      reduce: (losses, denominator, loss) => sound.reduce(losses.subarray(0, 256), denominator, loss),
    })),
  },
  {
    name: 'nothing-to-average-is-zero',
    class: 'reduction',
    stage: 'reduction',
    change: "crossEntropy's mean is 0 instead of NaN where its denominator is 0.",
    seen: 'pytorch/pytorch#50224, pytorch/pytorch#70348: 0 asked for, and once given, where NaN is the mean of nothing',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      reduce: (losses, denominator, loss) =>
        loss.reduction === 'mean' && denominator === 0 ? 0 : sound.reduce(losses, denominator, loss),
    })),
  },
  {
    name: 'unreduced-is-flat',
    class: 'reduction',
    stage: 'reduction',
    change: "crossEntropy's unreduced losses have one axis, whatever the logits' rank.",
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withKernel('crossEntropy', (sound) => (logits, target, options): Tensor => {
      const { data, shape } = sound.crossEntropy(logits, target, options);
      return { data, shape: options.reduction === 'none' ? [data.length] : shape };
    }),
  },
];
