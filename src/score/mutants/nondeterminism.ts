/** Mutants whose answer depends on the calls before: each `create` starts afresh. */
import { roundTo, formatOf, type FloatArray } from '../../float/format.ts';
import { fromOrdinal, toOrdinal } from '../../float/ulp.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { buildHost, soundSteps } from '../host/host.ts';
import { compensatedSum, gather, scatter } from '../host/lane-steps.ts';
import { withKernel, withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

/** One after the other, rounded to the format each time. */
function sequentialSum(terms: FloatArray): number {
  const format = formatOf(terms);
  let sum = 0;
  for (const term of terms) sum = roundTo(format, sum + term);
  return sum;
}

export const nondeterminismMutants: readonly Mutant[] = [
  {
    name: 'order-of-summation-alternates',
    class: 'nondeterminism',
    stage: 'state',
    change: 'softmax adds forwards in one call and backwards in the next.',
    seen: 'JustVugg/colibri#1098: without a barrier in the reduction of softmax, runs of the same input differed',
    isGradient: false,
    isSubtle: true,
    create: withKernel('softmax', () => {
      const orders = [
        buildHost({ ...soundSteps, sum: sequentialSum }),
        buildHost({ ...soundSteps, sum: (powers) => sequentialSum(powers.toReversed() as FloatArray) }),
      ];
      let calls = 0;
      return (x, options) => orders[calls++ % 2]!.softmax(x, options);
    }),
  },
  {
    name: 'maximum-kept-by-shape',
    class: 'nondeterminism',
    stage: 'state',
    change: 'softmax keeps the maximum of a lane for the next tensor of that shape.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', (sound) => {
      const kept = new Map<string, number>();
      return {
        max(x, place) {
          const key = `${place.shape.join()}/${place.lanes.axis}/${place.lane}`;
          const max = kept.get(key) ?? sound.max(x, place);
          kept.set(key, max);
          return max;
        },
      };
    }),
  },
  {
    name: 'stale-scratch',
    class: 'nondeterminism',
    stage: 'state',
    change:
      'logSumExp adds whole blocks of 32 of a scratch buffer, which ends in powers of wider lanes before.',
    seen: 'ggml-org/llama.cpp#26385: shared memory was used again before it was read',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSumExp', () => {
      let scratch = new Float64Array(0);
      return {
        sum(powers) {
          const length = powers.length > 32 ? Math.ceil(powers.length / 32) * 32 : powers.length;
          if (scratch.length < length) scratch = Float64Array.from({ length }, (_, k) => scratch[k] ?? 0);
          scratch.set(powers);
          return compensatedSum(scratch.subarray(0, length));
        },
      };
    }),
  },
  {
    name: 'ignored-left-unwritten',
    class: 'nondeterminism',
    stage: 'state',
    change: 'crossEntropyBackward leaves at ignored positions what its last gradient of that size held.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withKernel('crossEntropyBackward', (sound) => {
      const last = new Map<string, Tensor>();
      return (logits, target, dy, options) => {
        const gradient = sound.crossEntropyBackward(logits, target, dy, options);
        const key = `${formatOf(logits.data)}/${logits.data.length}`;
        const before = last.get(key);
        const lanes = soundSteps.lanes(logits.shape, options.axis ?? -1);
        if (before !== undefined && options.ignoreIndex !== undefined) {
          target.data.forEach((y, lane) => {
            if (y !== options.ignoreIndex) return;
            const stale = gather(soundSteps, before.data, lanes, lane);
            scatter(soundSteps, gradient.data, { ...logits, lanes, lane }, stale);
          });
        }
        last.set(key, { shape: gradient.shape, data: gradient.data.slice() as FloatArray });
        return gradient;
      };
    }),
  },
  {
    name: 'last-bit-of-every-seventh-call',
    class: 'nondeterminism',
    stage: 'state',
    change: 'softmax is one ULP off in the first element of every seventh call.',
    seen: 'NervanaSystems/neon#171, ggml-org/llama.cpp#5853: races in the reduction of softmax',
    isGradient: false,
    isSubtle: true,
    create: withKernel('softmax', (sound) => {
      let calls = 0;
      return (x, options) => {
        const y = sound.softmax(x, options);
        const [first] = y.data;
        if (++calls % 7 === 0 && first !== undefined && first > 0) {
          y.data[0] = fromOrdinal(toOrdinal(first, formatOf(y.data)) - 1n, formatOf(y.data));
        }
        return y;
      };
    }),
  },
  {
    name: 'coarse-once-warm',
    class: 'nondeterminism',
    stage: 'state',
    change: 'logSoftmax has an exp that is too large by 2^-17 of it from its 65th call on.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withKernel('logSoftmax', (sound) => {
      const warm = buildHost({ ...soundSteps, exp: (z) => Math.exp(z) * (z < 0 ? 1 + 2 ** -17 : 1) });
      let calls = 0;
      return (x, options) => (++calls > 64 ? warm : sound).logSoftmax(x, options);
    }),
  },
];
