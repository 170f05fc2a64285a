/** Mutants that read the target wrongly. */
import { compensatedSum, maximum } from '../host/lane-steps.ts';
import type { Loss, LossSteps } from '../host/loss-steps.ts';
import { withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

/** Reads the targets of a position, all at once, as what `read` makes of them: a lane may be 200,000 wide. */
function reading(read: (t: Float64Array) => Float64Array): (sound: LossSteps) => Partial<LossSteps> {
  return (sound) => {
    let last: { readonly loss: Loss; readonly lane: number; readonly t: Float64Array } | null = null;
    return {
      target(loss, lane, k) {
        if (last?.loss !== loss || last.lane !== lane) {
          const t = Float64Array.from({ length: loss.lanes.length }, (_, c) => sound.target(loss, lane, c));
          last = { loss, lane, t: read(t) };
        }
        return last.t[k]!;
      },
    };
  };
}

/** The first of them, where several are as large. */
function placeOfLargest(t: Float64Array): number {
  return t.indexOf(maximum(t));
}

/** The largest alone; 0 for the others. */
function largestOf(t: Float64Array): Float64Array {
  const place = placeOfLargest(t);
  return t.map((value, k) => (k === place ? value : 0));
}

function renormalised(t: Float64Array): Float64Array {
  const sum = compensatedSum(t) || 1;
  return t.map((value) => value / sum);
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
    create: withSteps(
      'crossEntropy',
      reading((t) => {
        const place = placeOfLargest(t);
        return t.map((_, k) => (k === place ? 1 : 0));
      }),
    ),
  },
  {
    name: 'two-hot-as-one-hot',
    class: 'targets',
    stage: 'target',
    change: 'crossEntropy reads the largest target alone where another is exactly 0.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps(
      'crossEntropy',
      reading((t) => (t.includes(0) ? largestOf(t) : t)),
    ),
  },
  {
    name: 'third-share-lost',
    class: 'targets',
    stage: 'target',
    change: 'crossEntropy reads two targets alone, the largest, where another is exactly 0.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps(
      'crossEntropy',
      reading((t) => {
        const first = largestOf(t);
        const second = largestOf(t.map((value, k) => (first[k] === 0 ? value : 0)));
        return t.includes(0) ? first.map((value, k) => value + second[k]!) : t;
      }),
    ),
  },
  {
    name: 'sparse-targets-renormalised',
    class: 'targets',
    stage: 'target',
    change: 'crossEntropyBackward divides probabilities by their sum where one of them is exactly 0.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps(
      'crossEntropyBackward',
      reading((t) => (t.includes(0) ? renormalised(t) : t)),
    ),
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
    create: withSteps('crossEntropyBackward', reading(renormalised)),
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
