/**
 * Mutants whose mistake is small beside a large cotangent or weight elsewhere, and so within a floor that is
 * scaled by it.
 */
import { formatOf, type FloatArray } from '../../float/format.ts';
import { dotProduct, maximum } from '../host/lane-steps.ts';
import type { Loss } from '../host/loss-steps.ts';
import { withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

function isSingle(data: FloatArray): boolean {
  return formatOf(data) === 'float32';
}

/** What exp gives where its argument is kept above the logarithm of the format's smallest normal number. */
function leastPower(data: FloatArray): number {
  return isSingle(data) ? 2 ** -126 : 2 ** -1022;
}

/** The part of the heaviest class and dy below which elements of the gradient are done wrong. */
function lightest({ weight, data }: Loss, k: number): number {
  const ofHeaviest = weight === null ? 1 : maximum(weight);
  return (isSingle(data) ? 2 ** -124 : 2 ** -1020) * Math.abs(k) * ofHeaviest;
}

function withLightest(spoiled: (g: number) => number): Mutant['create'] {
  return withSteps('crossEntropyBackward', (sound) => ({
    logitGradient(p, shares, k, loss, lane) {
      const limit = lightest(loss, k);
      return sound
        .logitGradient(p, shares, k, loss, lane)
        .map((g) => (Math.abs(g) < limit ? spoiled(g) : g)) as FloatArray;
    },
  }));
}

export const besideLargeFactorsMutants: readonly Mutant[] = [
  {
    name: 'masked-class-keeps-a-share',
    class: 'gradient',
    stage: 'special values',
    change:
      'logSumExpBackward takes a share of the smallest normal number at least, as an exp that is clamped gives it, also for −∞.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('logSumExpBackward', (sound) => ({
      logSumExpVjp(s, dy, parts) {
        const clamped = s.map((share) => Math.max(share, leastPower(s))) as FloatArray;
        return sound.logSumExpVjp(clamped, dy, parts);
      },
    })),
  },
  {
    name: 'masked-class-moves',
    class: 'gradient',
    stage: 'special values',
    change:
      'softmaxBackward takes a share of the smallest normal number at least for the last product, also for −∞.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('softmaxBackward', (sound) => ({
      softmaxVjp(s, dy, parts) {
        const least = leastPower(s);
        const dot = dotProduct(s, dy);
        return sound
          .softmaxVjp(s, dy, parts)
          .map((g, k) => (s[k]! < least ? least * (dy[k]! - dot) : g)) as FloatArray;
      },
    })),
  },
  {
    name: 'light-classes-zeroed',
    class: 'gradient',
    stage: 'flushing',
    change:
      'crossEntropyBackward is 0 where the gradient is below 2^-124 of dy times the largest weight, 2^-1020 in float64.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withLightest(() => 0),
  },
  {
    name: 'light-classes-turned',
    class: 'gradient',
    stage: null,
    change:
      'crossEntropyBackward has the other sign where the gradient is below 2^-124 of dy times the largest weight, 2^-1020 in float64.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withLightest((g) => -g),
  },
  {
    name: 'weight-of-zero-kept-normal',
    class: 'gradient',
    stage: 'weight',
    change:
      'crossEntropyTargetBackward is −k times the smallest normal number where a weight is 0 and log p is not.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyTargetBackward', (sound) => ({
      targetGradient(k, logP, loss, lane, c) {
        if (loss.weight?.[c] === 0 && logP < 0) return -k * leastPower(loss.data);
        return sound.targetGradient(k, logP, loss, lane, c);
      },
    })),
  },
];
