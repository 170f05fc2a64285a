/** Mutants that take a position for another, or its part in a loss for another. */
import { createFloatArray, formatOf } from '../../float/format.ts';
import { laneStart, lanesOf } from '../../tensor/lanes.ts';
import { compensatedSum } from '../host/lane-steps.ts';
import type { Loss } from '../host/loss-steps.ts';
import { withKernel, withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

function hasMaskedClass({ data, lanes }: Loss, lane: number): boolean {
  for (let k = 0; k < lanes.length; k++)
    if (data[laneStart(lanes, lane) + k * lanes.stride] === -Infinity) return true;
  return false;
}

export const positionMutants: readonly Mutant[] = [
  {
    name: 'cotangent-taken-as-packed',
    class: 'axis and stride',
    stage: 'strides',
    change: 'logSoftmaxBackward reads the dy of strided lanes as if each lay in one piece.',
    seen: 'torch/nn#832, Dao-AILab/flash-attention#355: gradients were wrong where that of the output was not contiguous',
    isGradient: true,
    isSubtle: true,
    create: withKernel('logSoftmaxBackward', (sound) => (x, dy, options) => {
      const lanes = lanesOf(x.shape, options.axis ?? -1);
      const data = createFloatArray(formatOf(dy.data), dy.data.length);
      for (let lane = 0; lane < lanes.count; lane++)
        for (let k = 0; k < lanes.length; k++)
          data[laneStart(lanes, lane) + k * lanes.stride] = dy.data[lane * lanes.length + k]!;
      return sound.logSoftmaxBackward(x, { shape: dy.shape, data }, options);
    }),
  },
  {
    name: 'classes-in-another-order',
    class: 'targets',
    stage: 'strides',
    change: 'crossEntropyBackward along a middle axis reads class indices with the axes around it exchanged.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      target(loss, lane, k) {
        const { indices, lanes } = loss;
        if (indices === null) return sound.target(loss, lane, k);
        const outer = lanes.count / lanes.stride;
        const exchanged = (lane % lanes.stride) * outer + Math.floor(lane / lanes.stride);
        return indices[exchanged] === k ? 1 : 0;
      },
    })),
  },
  {
    name: 'first-cotangent-for-all',
    class: 'reduction',
    stage: 'reduction',
    change: "crossEntropyBackward of 'none' scales every position by the first one's dy.",
    seen: "linkedin/Liger-Kernel#968: gradients of reduction 'none' were wrong, and 0 where the first position was masked",
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      scale: (dy, denominator, loss) => sound.scale(dy, denominator, loss, 0),
    })),
  },
  {
    name: 'means-of-chunks-added',
    class: 'reduction',
    stage: 'reduction',
    change: "crossEntropy's mean over more than 64 positions is the mean of each 64, added up.",
    seen: 'NVIDIA-NeMo/Automodel#3803: the mean was the number of chunks times the mean',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      reduce(losses, denominator, loss) {
        const chunks = loss.reduction === 'mean' ? Math.ceil(losses.length / 64) : 1;
        return sound.reduce(losses, denominator, loss) * Math.max(1, chunks);
      },
    })),
  },
  {
    name: 'mean-over-soft-weights',
    class: 'reduction',
    stage: 'reduction',
    change:
      "crossEntropy's mean over probabilities with class weights divides by the sum of weight times target.",
    seen: 'pytorch/pytorch#61044: under review, the mean over probabilities divided by their weighted sum',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      denominator(loss) {
        const { probabilities, weight, lanes } = loss;
        if (probabilities === null || weight === null) return sound.denominator(loss);
        const weighted = probabilities.map((_, i) => {
          const lane = Math.floor(i / lanes.length);
          const k = i % lanes.length;
          return weight[k]! * probabilities[laneStart(lanes, lane) + k * lanes.stride]!;
        });
        return compensatedSum(weighted);
      },
    })),
  },
  {
    name: 'masked-position-unsmoothed',
    class: 'loss options',
    stage: 'smoothing',
    change: 'crossEntropy does not smooth the target of a position where a class is masked by −∞.',
    seen: 'facebookresearch/pytext#1698: avoids smoothing where it would make the loss infinite',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      share(t, loss, lane, k) {
        const own = hasMaskedClass(loss, lane) ? sound.target(loss, lane, k) : t;
        return sound.share(own, loss, lane, k);
      },
    })),
  },
];
