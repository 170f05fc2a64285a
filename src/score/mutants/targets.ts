/** Mutants that read the target wrongly. */
import { compensatedSum, maximum } from '../host/lane-steps.ts';
import type { Loss, LossSteps } from '../host/loss-steps.ts';
import { withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

/** All probabilities of a position. */
function targetOf(sound: LossSteps, loss: Loss, lane: number): Float64Array {
  return Float64Array.from({ length: loss.lanes.length }, (_, k) => sound.target(loss, lane, k));
}

function isLargest(t: Float64Array, k: number): boolean {
  return t.indexOf(maximum(t)) === k;
}

export const targetMutants: readonly Mutant[] = [
  {
    name: 'probabilities-as-argmax',
    class: 'targets',
    stage: 'target',
    change: 'crossEntropy takes probabilities for the class of the largest of them.',
    seen: 'none found',
    isGradient: false,
    isSubtle: false,
    create: withSteps('crossEntropy', (sound) => ({
      target(loss, lane, k) {
        if (loss.indices !== null) return sound.target(loss, lane, k);
        return isLargest(targetOf(sound, loss, lane), k) ? 1 : 0;
      },
    })),
  },
  {
    name: 'two-hot-as-one-hot',
    class: 'targets',
    stage: 'target',
    change: 'crossEntropy reads the largest target alone where another is exactly 0.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      target(loss, lane, k) {
        const t = targetOf(sound, loss, lane);
        return t.includes(0) && !isLargest(t, k) ? 0 : t[k]!;
      },
    })),
  },
  {
    name: 'negative-target-is-zero',
    class: 'targets',
    stage: 'target',
    change: 'crossEntropy takes a negative target for 0.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      target: (loss, lane, k) => Math.max(0, sound.target(loss, lane, k)),
    })),
  },
  {
    name: 'targets-renormalised',
    class: 'targets',
    stage: 'target',
    change: 'crossEntropyBackward divides the probabilities of a position by their sum.',
    seen: 'kvark/meganeura#102: the gradient for labels that are no probabilities had to be corrected',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      target: (loss, lane, k) =>
        sound.target(loss, lane, k) / (compensatedSum(targetOf(sound, loss, lane)) || 1),
    })),
  },
  {
    name: 'target-along-the-last-axis',
    class: 'targets',
    stage: 'strides',
    change: 'crossEntropy along an inner axis reads the probabilities as if they lay along the last one.',
    seen: 'PaddlePaddle/Paddle#27311: cross_entropy did not hand its axis on to log_softmax',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      target(loss, lane, k) {
        const { probabilities, lanes } = loss;
        return probabilities === null ? sound.target(loss, lane, k) : probabilities[lane * lanes.length + k]!;
      },
    })),
  },
  {
    name: 'index-in-a-byte',
    class: 'targets',
    stage: 'target',
    change: 'crossEntropy keeps a class index in a signed byte.',
    seen: 'tensorflow/models#6641: class indices overflowed uint8',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      target: (loss, lane, k) =>
        loss.indices === null ? sound.target(loss, lane, k) : (loss.indices[lane]! << 24) >> 24 === k ? 1 : 0,
    })),
  },
  {
    name: 'class-zero-is-padding',
    class: 'targets',
    stage: 'target',
    change: 'crossEntropyBackward gives no gradient to positions whose class index is 0.',
    seen: 'lucidrains/DALLE-pytorch#58: ignore index 0, which is padding by convention, and elsewhere a class',
    isGradient: true,
    isSubtle: false,
    create: withSteps('crossEntropyBackward', (sound) => ({
      scale: (dy, denominator, loss, lane) =>
        loss.indices?.[lane] === 0 ? 0 : sound.scale(dy, denominator, loss, lane),
    })),
  },
  {
    name: 'last-class-lost',
    class: 'targets',
    stage: 'target',
    change: 'crossEntropy makes an index one-hot over C − 1 classes, so that the last class has no loss.',
    seen: 'none found',
    isGradient: false,
    isSubtle: false,
    create: withSteps('crossEntropy', (sound) => ({
      target: (loss, lane, k) =>
        loss.indices !== null && k === loss.lanes.length - 1 ? 0 : sound.target(loss, lane, k),
    })),
  },
];
