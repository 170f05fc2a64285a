/** Later mistakes in losses: targets, weights, ignored positions, smoothing, and sum and mean. */
import type { FloatArray } from '../../src/float/format.ts';
import { withSteps } from '../../src/score/host/mutate.ts';
import type { LaterMistake } from './later-mistake.ts';

export const laterMistakesOfLosses: readonly LaterMistake[] = [
  {
    name: 'gradient-below-1e-12-is-zero',
    stage: 'flushing',
    change: 'crossEntropyBackward gives 0 for what is nearer to 0 than 1e-12.',
    create: withSteps('crossEntropyBackward', (sound) => ({
      logitGradient: (p, shares, k, loss, lane) =>
        sound.logitGradient(p, shares, k, loss, lane).map((g) => (Math.abs(g) < 1e-12 ? 0 : g)) as FloatArray,
    })),
  },
  {
    name: 'share-left-out-of-target-gradient',
    stage: 'product',
    change: 'crossEntropyTargetBackward gives p·log p for log p.',
    create: withSteps('crossEntropyTargetBackward', (sound) => ({
      targetGradient: (k, logP, loss, lane, c) =>
        sound.targetGradient(k, logP === -Infinity ? logP : Math.exp(logP) * logP, loss, lane, c),
    })),
  },
  {
    name: 'target-in-a-byte',
    stage: 'target',
    change: 'crossEntropyBackward keeps probabilities as 256ths.',
    create: withSteps('crossEntropyBackward', (sound) => ({
      target(loss, lane, k) {
        const t = sound.target(loss, lane, k);
        return loss.probabilities === null ? t : Math.round(256 * t) / 256;
      },
    })),
  },
  {
    name: 'classes-counted-from-one',
    stage: 'target',
    change: 'crossEntropy takes a class above 0 for the one before it.',
    create: withSteps('crossEntropy', (sound) => ({
      target(loss, lane, k) {
        const { indices } = loss;
        if (indices === null) return sound.target(loss, lane, k);
        const y = indices[lane]!;
        return (y > 0 ? y - 1 : y) === k ? 1 : 0;
      },
    })),
  },
  {
    name: 'target-not-above-one',
    stage: 'target',
    change: 'crossEntropy takes 1 for a probability above it.',
    create: withSteps('crossEntropy', (sound) => ({
      target: (loss, lane, k) => Math.min(1, sound.target(loss, lane, k)),
    })),
  },
  {
    name: 'weight-squared',
    stage: 'weight',
    change: 'crossEntropy multiplies by the weight of a class twice.',
    create: withSteps('crossEntropy', (sound) => ({
      share(t, loss, lane, k) {
        const once = sound.share(t, loss, lane, k);
        return loss.weight === null ? once : once * loss.weight[k]!;
      },
    })),
  },
  {
    name: 'weight-by-position',
    stage: 'weight',
    change: 'crossEntropyBackward takes the weight whose number is that of the position, modulo the classes.',
    create: withSteps('crossEntropyBackward', (sound) => ({
      share: (t, loss, lane) =>
        loss.weight === null ? t : sound.share(t, loss, lane, lane % loss.lanes.length),
    })),
  },
  {
    name: 'target-gradient-unweighted',
    stage: 'weight',
    change: 'crossEntropyTargetBackward does not look at the weights.',
    create: withSteps('crossEntropyTargetBackward', (sound) => ({
      targetGradient: (k, logP, loss, lane, c) =>
        sound.targetGradient(k, logP, { ...loss, weight: null }, lane, c),
    })),
  },
  {
    name: 'only-trailing-positions-ignored',
    stage: 'ignoreIndex',
    change: 'crossEntropy ignores a position only where all behind it are to be ignored, as padding is.',
    create: withSteps('crossEntropy', (sound) => ({
      isIgnored(loss, lane) {
        for (let later = lane; later < loss.lanes.count; later++)
          if (!sound.isIgnored(loss, later)) return false;
        return true;
      },
    })),
  },
  {
    name: 'ignored-by-magnitude',
    stage: 'ignoreIndex',
    change: 'crossEntropyBackward ignores a class also where it is ignoreIndex but for its sign.',
    create: withSteps('crossEntropyBackward', () => ({
      isIgnored: ({ indices, ignoreIndex }, lane) =>
        indices !== null && ignoreIndex !== null && Math.abs(indices[lane]!) === Math.abs(ignoreIndex),
    })),
  },
  {
    name: 'smoothing-on-top',
    stage: 'smoothing',
    change: 'crossEntropy adds ε/C to a target that it does not multiply by 1 − ε.',
    create: withSteps('crossEntropy', () => ({
      smoothed: (t, { labelSmoothing, lanes }) => t + labelSmoothing / lanes.length,
    })),
  },
  {
    name: 'smoothing-over-positions',
    stage: 'smoothing',
    change: 'crossEntropyBackward shares ε out over the positions, not the classes.',
    create: withSteps('crossEntropyBackward', () => ({
      smoothed: (t, { labelSmoothing, lanes }) =>
        labelSmoothing === 0 ? t : (1 - labelSmoothing) * t + labelSmoothing / lanes.count,
    })),
  },
  {
    name: 'mean-of-losses-above-zero',
    stage: 'reduction',
    change: 'crossEntropy divides the sum by the number of losses that are not 0.',
    create: withSteps('crossEntropy', (sound) => ({
      reduce(losses, denominator, loss) {
        if (loss.reduction !== 'mean' || denominator === 0) return sound.reduce(losses, denominator, loss);
        return sound.reduce(losses, losses.filter((value) => value !== 0).length, loss);
      },
    })),
  },
  {
    name: 'target-gradient-of-a-mean-not-divided',
    stage: 'reduction',
    change: "crossEntropyTargetBackward takes dy for dy/D where the reduction is 'mean'.",
    create: withSteps('crossEntropyTargetBackward', (sound) => ({
      scale: (dy, denominator, loss, lane) => sound.scale(dy, denominator === 0 ? 0 : 1, loss, lane),
    })),
  },
  {
    name: 'mean-over-one-less',
    stage: 'reduction',
    change: 'crossEntropyBackward divides by D − 1 where D is above 1.',
    create: withSteps('crossEntropyBackward', (sound) => ({
      denominator(loss) {
        const denominator = sound.denominator(loss);
        return denominator > 1 ? denominator - 1 : denominator;
      },
    })),
  },
  {
    name: 'large-loss-is-one-hundred-thousand',
    stage: null,
    change: 'crossEntropy gives 100,000 for any loss beyond it.',
    create: withSteps('crossEntropy', (sound) => ({
      positionLoss: (shares, logP, loss, lane) => Math.min(1e5, sound.positionLoss(shares, logP, loss, lane)),
    })),
  },
];
