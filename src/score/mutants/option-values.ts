/** Mutants that go wrong at values of the loss's options that seldom anybody passes. */
import { compensatedSum } from '../host/lane-steps.ts';
import { denominatorOf, type Loss, type LossSteps } from '../host/loss-steps.ts';
import { withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

const bothLosses = ['crossEntropy', 'crossEntropyBackward'] as const;

/** The steps of a kernel that ignores other positions than those it should, in the denominator too. */
function ignoring(isIgnored: LossSteps['isIgnored']): Partial<LossSteps> {
  return { isIgnored, denominator: (loss) => denominatorOf(loss, isIgnored) };
}

/** The loss with its class indices mapped. */
function withIndices(loss: Loss, map: (y: number) => number): Loss {
  return loss.indices === null ? loss : { ...loss, indices: loss.indices.map(map) };
}

export const optionValueMutants: readonly Mutant[] = [
  {
    name: 'ignored-class-clamped',
    class: 'loss options',
    stage: 'ignoreIndex',
    change: 'crossEntropy takes an ignored class of C or more for the last class.',
    seen: "pytorch/pytorch#15508: an ignore_index of 255 was no class, and out of bounds with reduction 'none'",
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => {
      const clamped = (loss: Loss): Loss => withIndices(loss, (y) => Math.min(y, loss.lanes.length - 1));
      const isIgnored: typeof sound.isIgnored = (loss, lane) =>
        (loss.ignoreIndex ?? 0) < loss.lanes.length && sound.isIgnored(loss, lane);
      return {
        isIgnored,
        target: (loss, lane, k) => sound.target(clamped(loss), lane, k),
        denominator: (loss) => denominatorOf(clamped(loss), isIgnored),
      };
    }),
  },
  {
    name: 'ignored-class-has-a-gradient',
    class: 'loss options',
    stage: 'ignoreIndex',
    change: 'crossEntropyBackward ignores an ignoreIndex that is negative or a class, and no other.',
    seen: 'yiskw713/boundary_loss_for_remote_sensing#6: 255 marks what is to be ignored, and is no class',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      isIgnored: (loss, lane) => (loss.ignoreIndex ?? 0) < loss.lanes.length && sound.isIgnored(loss, lane),
    })),
  },
  {
    name: 'ignore-index-of-a-signed-byte',
    class: 'loss options',
    stage: 'ignoreIndex',
    change: 'The losses keep ignoreIndex in a signed byte, where 255 is −1.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps(bothLosses, (sound) => ({
      isIgnored: (loss, lane) =>
        sound.isIgnored(
          { ...loss, ignoreIndex: loss.ignoreIndex === null ? null : (loss.ignoreIndex << 24) >> 24 },
          lane,
        ),
    })),
  },
  {
    name: 'negative-class-from-the-end',
    class: 'loss options',
    stage: 'ignoreIndex',
    change: 'crossEntropy counts a negative class from the end, and ignores −1 and −100 alone of them.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => {
      const counted = (loss: Loss): Loss =>
        withIndices(loss, (y) => (y < 0 ? Math.max(0, y + loss.lanes.length) : y));
      const isIgnored: typeof sound.isIgnored = (loss, lane) =>
        loss.ignoreIndex !== -2 && sound.isIgnored(loss, lane);
      return {
        isIgnored,
        target: (loss, lane, k) => sound.target(counted(loss), lane, k),
        denominator: (loss) => denominatorOf(counted(loss), isIgnored),
      };
    }),
  },
  {
    name: 'ignored-state-stays',
    class: 'loss options',
    stage: 'ignoreIndex',
    change: 'crossEntropy ignores the position after an ignored one, too.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) =>
      ignoring((loss, lane) => sound.isIgnored(loss, lane) || (lane > 0 && sound.isIgnored(loss, lane - 1))),
    ),
  },
  {
    name: 'ignored-state-comes-early',
    class: 'loss options',
    stage: 'ignoreIndex',
    change: 'crossEntropyBackward gives no gradient to the position before an ignored one.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      isIgnored: (loss, lane) =>
        sound.isIgnored(loss, lane) || (lane + 1 < loss.lanes.count && sound.isIgnored(loss, lane + 1)),
      denominator: (loss) => denominatorOf(loss, sound.isIgnored),
    })),
  },
  {
    name: 'smoothing-in-tenths',
    class: 'loss options',
    stage: 'smoothing',
    change: 'The losses keep label smoothing to one decimal.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps(bothLosses, (sound) => ({
      smoothed: (t, loss) =>
        sound.smoothed(t, { ...loss, labelSmoothing: Math.round(10 * loss.labelSmoothing) / 10 }),
    })),
  },
  {
    name: 'smoothing-of-a-tenth-or-half',
    class: 'loss options',
    stage: 'smoothing',
    change: 'crossEntropy knows a label smoothing of 0, 0.1, 0.5, 0.9 and 1, and takes 0.1 for any other.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      smoothed(t, loss) {
        const known = [0, 0.1, 0.5, 0.9, 1].some((epsilon) => Math.abs(epsilon - loss.labelSmoothing) < 1e-6);
        return sound.smoothed(t, known ? loss : { ...loss, labelSmoothing: 0.1 });
      },
    })),
  },
  {
    name: 'equal-weights-counted-once',
    class: 'loss options',
    stage: 'reduction',
    change: "crossEntropy's mean adds each weight once to the denominator, however many positions have it.",
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      denominator(loss) {
        if (loss.indices === null || loss.weight === null) return sound.denominator(loss);
        const weights = new Set<number>();
        loss.indices.forEach((y, lane) => {
          if (!sound.isIgnored(loss, lane)) weights.add(loss.weight![y]!);
        });
        return compensatedSum([...weights]);
      },
    })),
  },
  {
    name: 'equal-weights-dropped',
    class: 'loss options',
    stage: 'weight',
    change: 'crossEntropyBackward takes weights that are all the same for none.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      share(t, loss, lane, k) {
        const { weight } = loss;
        const isSame = weight !== null && weight.length > 1 && weight.every((w) => w === weight[0] && w > 0);
        return sound.share(t, isSame ? { ...loss, weight: null } : loss, lane, k);
      },
    })),
  },
];
