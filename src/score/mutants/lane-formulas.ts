/** Mutants that work on a lane by another formula: right on paper, and not as floats. */
import { formatOf, roundTo, type FloatArray } from '../../float/format.ts';
import { withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';
import { roundToBits } from './precision.ts';

export const laneFormulaMutants: readonly Mutant[] = [
  {
    name: 'share-by-log-sum-exp',
    class: 'gradient',
    stage: 'shift',
    change: 'logSumExpBackward takes e^(x − L) for the share, with L rounded at its own size.',
    seen: 'stan-dev/math#1679: derivatives of log_sum_exp were wrong of large arguments; pytorch/pytorch#195829',
    isGradient: true,
    isSubtle: true,
    create: withSteps('logSumExpBackward', (sound) => ({
      softmax(parts) {
        const { x } = parts;
        const format = formatOf(x);
        const total = roundTo(format, sound.logSumExp(parts));
        return x.map((value) => Math.exp(roundTo(format, value - total))) as FloatArray;
      },
    })),
  },
  {
    name: 'exp2-of-scaled-logits',
    class: 'stability',
    stage: 'shift',
    change: 'logSumExp takes 2^(x·c − m·c) for e^(x − m), with m·c rounded at its own size.',
    seen: 'pytorch/pytorch#121558: attention that scales its logits for exp2 gave NaN for large ones',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSumExp', (sound) => ({
      logSumExp(parts) {
        const { x, max, place } = parts;
        const format = formatOf(x);
        const scale = roundTo(format, Math.LOG2E);
        const scaledMax = roundTo(format, max * scale);
        const powers = x.map((value) => 2 ** roundTo(format, value * scale - scaledMax)) as FloatArray;
        return sound.logSumExp({ ...parts, logSum: Math.log(sound.sum(powers, place)) });
      },
    })),
  },
  {
    name: 'maximum-in-bfloat16',
    class: 'stability',
    stage: 'shift',
    change: 'crossEntropy keeps the maximum of a lane in 8 bits.',
    seen: 'tenstorrent/tt-metal#38452: the sum of softmax was reduced in float32, and the maximum was not',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      max: (x, place) => roundToBits(sound.max(x, place), 8),
    })),
  },
  {
    name: 'logs-added-one-by-one',
    class: 'precision',
    stage: 'sum',
    change:
      'logSumExp adds one logit after the other to the logarithm of the sum, each time rounded at its size.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSumExp', (sound) => ({
      logSumExp(parts) {
        const { x, max } = parts;
        if (!Number.isFinite(max)) return sound.logSumExp(parts);
        let total = -Infinity;
        for (const value of x) {
          const [low, high] = [Math.min(total, value), Math.max(total, value)];
          const added = low === -Infinity ? 0 : Math.log1p(Math.exp(low - high));
          total = roundTo(formatOf(x), high + added);
        }
        return total;
      },
    })),
  },
  {
    name: 'epsilon-in-the-sum',
    class: 'stability',
    stage: 'sum',
    change: 'softmax divides by the sum and a millionth, lest it divide by 0.',
    seen: 'OpenNMT/CTranslate2#1468: the softmax of one of its back ends added an epsilon',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', (sound) => ({ sum: (powers, place) => sound.sum(powers, place) + 1e-6 })),
  },
  {
    name: 'second-of-two-by-difference',
    class: 'stability',
    stage: null,
    change: 'softmax of two classes takes 1 minus the probability of the first for that of the second.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', (sound) => ({
      softmax(parts) {
        const p = sound.softmax(parts);
        if (p.length === 2) p[1] = 1 - p[0]!;
        return p;
      },
    })),
  },
];
