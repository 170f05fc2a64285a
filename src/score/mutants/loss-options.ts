/** Mutants that take label smoothing, class weights or ignoreIndex otherwise than the contract does. */
import { compensatedSum } from '../host/lane-steps.ts';
import { denominatorOf } from '../host/loss-steps.ts';
import { withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

export const lossOptionMutants: readonly Mutant[] = [
  {
    name: 'smoothing-over-the-others',
    class: 'loss options',
    stage: 'smoothing',
    change: 'crossEntropy spreads ε over the other C − 1 classes instead of over all, in the gradient too.',
    seen: 'awslabs/sockeye#203, OpenNMT/OpenNMT#570: ε/(C − 1), and ε/(C − 2)',
    isGradient: false,
    isSubtle: true,
    create: withSteps(['crossEntropy', 'crossEntropyBackward'], () => ({
      smoothed(t, { labelSmoothing, lanes }) {
        const others = lanes.length - 1;
        return others === 0 ? t : (1 - labelSmoothing) * t + (labelSmoothing * (1 - t)) / others;
      },
    })),
  },
  {
    name: 'smoothing-not-weighted',
    class: 'loss options',
    stage: 'smoothing',
    change: 'crossEntropy does not weigh the part of the target that smoothing adds.',
    seen: 'pytorch/pytorch#104776: whether class weights ought to change the smoothing',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      share(t, loss, lane, k) {
        const spread = loss.labelSmoothing / loss.lanes.length;
        return sound.share(t - spread, loss, lane, k) + spread;
      },
    })),
  },
  {
    name: 'smoothing-weighted-by-the-named-class',
    class: 'loss options',
    stage: 'smoothing',
    change: 'crossEntropyBackward weighs a smoothed position by the weight of its class index alone.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      share: (t, loss, lane, k) =>
        sound.share(t, loss, lane, loss.indices === null ? k : loss.indices[lane]!),
    })),
  },
  {
    name: 'smoothing-not-in-gradient',
    class: 'loss options',
    stage: 'smoothing',
    change: 'crossEntropyBackward does not smooth the target, which the forward does.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', () => ({ smoothed: (t) => t })),
  },
  {
    name: 'smoothing-of-ignored',
    class: 'loss options',
    stage: null,
    change: 'crossEntropy adds the smoothing part of the ignored positions.',
    seen: 'pytorch/pytorch#73205: the uniform part of the loss took ignored samples into account',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      isIgnored: (loss, lane) => loss.labelSmoothing === 0 && sound.isIgnored(loss, lane),
      target: (loss, lane, k) => (sound.isIgnored(loss, lane) ? 0 : sound.target(loss, lane, k)),
    })),
  },
  {
    name: 'smoothing-of-one-refused',
    class: 'loss options',
    stage: 'smoothing',
    change: 'crossEntropy smooths only where ε is below 1.',
    seen: 'pytorch/pytorch#63122: under review, smoothing was taken where 0 < ε < 1',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      smoothed: (t, loss) => (loss.labelSmoothing === 1 ? t : sound.smoothed(t, loss)),
    })),
  },
  {
    name: 'weights-normalised',
    class: 'loss options',
    stage: 'weight',
    change: 'crossEntropy scales the class weights to a mean of 1, but not in the denominator.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      share(t, loss, lane, k) {
        const share = sound.share(t, loss, lane, k);
        if (loss.weight === null) return share;
        return (share * loss.weight.length) / compensatedSum(loss.weight);
      },
    })),
  },
  {
    name: 'mean-over-positions',
    class: 'loss options',
    stage: 'reduction',
    change: "crossEntropy's mean over class indices counts positions instead of adding their weights.",
    seen: 'PaddlePaddle/Paddle#30180: the denominator with weights and an ignored index was wrong',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      denominator: (loss) => sound.denominator({ ...loss, weight: null }),
    })),
  },
  {
    name: 'mean-over-positions-in-gradient',
    class: 'loss options',
    stage: 'reduction',
    change:
      "crossEntropyBackward's mean over class indices counts positions instead of adding their weights.",
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      denominator: (loss) => sound.denominator({ ...loss, weight: null }),
    })),
  },
  {
    name: 'only-minus-100-is-ignored',
    class: 'loss options',
    stage: 'ignoreIndex',
    change: 'crossEntropy ignores class −100 and no other ignoreIndex.',
    seen: 'unslothai/unsloth#192: the kernel compares with −100; flagos-ai/FlagGems#73: −100 alone was not ignored',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => {
      const isIgnored: typeof sound.isIgnored = (loss, lane) =>
        loss.ignoreIndex === -100 && sound.isIgnored(loss, lane);
      return { isIgnored, denominator: (loss) => denominatorOf(loss, isIgnored) };
    }),
  },
  {
    name: 'ignored-counted-in-mean',
    class: 'loss options',
    stage: 'reduction',
    change: "crossEntropy's mean without weights divides by all positions, the ignored ones too.",
    seen: 'open-mmlab/mmsegmentation#546, PaddlePaddle/Paddle#23708: the mean counted ignored positions',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      denominator: (loss) => (loss.weight === null ? loss.lanes.count : sound.denominator(loss)),
    })),
  },
  {
    name: 'weight-of-ignored-read',
    class: 'loss options',
    stage: null,
    change:
      'crossEntropyBackward reads the weight of an ignored class, out of bounds where that is no class.',
    seen: 'pytorch/pytorch#69339, pytorch/pytorch#72056: index -100 out of bounds with weights, smoothing and ignored positions',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      denominator: (loss) =>
        loss.weight === null ? sound.denominator(loss) : denominatorOf(loss, () => false),
    })),
  },
  {
    name: 'ignored-times-zero',
    class: 'loss options',
    stage: 'ignoreIndex',
    change:
      'crossEntropy multiplies the loss of an ignored position by 0, which a NaN among its logits survives.',
    seen: 'qubvel-org/segmentation_models.pytorch#852: multiplies the loss of each sample by 1 or 0',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      isIgnored: () => false,
      share: (t, loss, lane, k) => (sound.isIgnored(loss, lane) ? 0 : sound.share(t, loss, lane, k)),
    })),
  },
  {
    name: 'gradient-of-ignored',
    class: 'loss options',
    stage: 'ignoreIndex',
    change: 'crossEntropyBackward gives ignored positions the gradient of class 0.',
    seen: 'PaddlePaddle/Paddle#28622: gradients of elements with the ignored index were wrong',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      isIgnored: () => false,
      target: (loss, lane, k) =>
        sound.isIgnored(loss, lane) ? (k === 0 ? 1 : 0) : sound.target(loss, lane, k),
    })),
  },
  {
    name: 'weights-not-for-probabilities',
    class: 'loss options',
    stage: 'weight',
    change: 'crossEntropy leaves class weights out where the target is probabilities.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      share: (t, loss, lane, k) => (loss.indices === null ? t : sound.share(t, loss, lane, k)),
    })),
  },
];
