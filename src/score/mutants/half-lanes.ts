/** Mutants that work a lane of halves wrongly: its shift, exponents, masks, ends and memory. */
import { halfFormats, type FloatArray } from '../../float/format.ts';
import { maximum } from '../host/lane-steps.ts';
import { withHalf } from '../host/mutate-halves.ts';
import { truncate } from './half-conversions.ts';
import { halfMutants, type Mutant } from './mutant.ts';

/** Elements of 16 bits in a vector of 128. */
const vector = 8;

export const halfLaneMutants: readonly Mutant[] = halfMutants([
  {
    name: 'no-shift-in-the-half',
    class: 'stability',
    stage: 'shift',
    change: 'softmax takes exp of the logits as they are, and stores it in the half.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('softmax', {
      steps: (sound, { round }) => ({ max: () => 0, exp: (z, place) => round(sound.exp(z, place)) }),
    }),
  },
  {
    name: 'no-shift-in-whole-vectors',
    class: 'stability',
    stage: 'shift',
    change: 'logSoftmax does not subtract the maximum where the width is a multiple of 8.',
    seen: 'pytorch/pytorch#62897: the path by vectors of a half did not subtract the maximum',
    formats: halfFormats,
    create: withHalf('logSoftmax', {
      steps: (sound) => ({ max: (x, place) => (x.length % vector === 0 ? 0 : sound.max(x, place)) }),
    }),
  },
  {
    name: 'shift-stored-in-the-half',
    class: 'stability',
    stage: 'shift',
    change: 'softmax rounds x − max to the half.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('softmax', {
      steps: (_, { round }) => ({ shift: (x, max) => round(x - max) }),
    }),
  },
  {
    name: 'shift-truncated',
    class: 'gradient',
    stage: 'shift',
    change: 'logSumExpBackward drops the low bits of x − max.',
    seen: 'ROCm/aiter#5151: float32 became bfloat16 by dropping 16 bits',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('logSumExpBackward', {
      steps: (_, half) => ({ shift: (x, max) => truncate(x - max, half) }),
    }),
  },
  {
    name: 'maximum-by-16-bits',
    class: 'special values',
    stage: 'shift',
    change: 'softmaxBackward compares bits as signed integers of 16 bits, which reverses negative numbers.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('softmaxBackward', {
      steps: (_, { encode }) => ({
        max(x) {
          if (x.some(Number.isNaN)) return NaN;
          const key = (value: number): number => (encode(value) << 16) >> 16;
          return [...x].reduce((max, value) => (key(value) > key(max) ? value : max), x[0] ?? -Infinity);
        },
      }),
    }),
  },
  {
    name: 'log-of-the-stored-share',
    class: 'stability',
    stage: 'logarithm',
    change: 'logSoftmax is the logarithm of a share that was stored in the half, where small ones are 0.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('logSoftmax', {
      steps: (sound, { round }) => ({
        logSoftmax: (parts) => sound.softmax(parts).map((share) => Math.log(round(share))) as FloatArray,
      }),
    }),
  },
  {
    name: 'clamp-of-1e-8',
    class: 'stability',
    stage: 'logarithm',
    change: 'crossEntropy takes log of a stored share that is at least 1e-8, which is 0 in float16.',
    seen: 'Lasagne/Lasagne#567: a constant of 1e-8 against log of 0 is 0 in float16',
    formats: halfFormats,
    create: withHalf('crossEntropy', {
      steps: (sound, { round }) => ({
        logSoftmax: (parts) =>
          sound.softmax(parts).map((share) => Math.log(Math.max(round(share), round(1e-8)))) as FloatArray,
      }),
    }),
  },
  {
    name: 'log-sum-exp-stored',
    class: 'gradient',
    stage: 'shift',
    change: 'logSumExpBackward is dy·exp(x − L) with L stored in the half.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('logSumExpBackward', {
      steps: (sound, { round }) => ({
        logSumExpVjp(_s, dy, { x, max, logSum, place }) {
          const stored = round(max + logSum);
          return x.map((value) => dy * sound.exp(value - stored, place)) as FloatArray;
        },
      }),
    }),
  },
  {
    name: 'log-of-the-sum-stored',
    class: 'precision',
    stage: 'logarithm',
    change: 'logSoftmax rounds log Σ to the half.',
    seen: 'google-deepmind/optax#1020: the log of the normaliser was quantized to bfloat16',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('logSoftmax', {
      steps: (sound, { round }) => ({ log: (sum, place) => round(sound.log(sum, place)) }),
    }),
  },
  {
    name: 'exp2-by-a-rounded-log2-e',
    class: 'precision',
    stage: 'exponent',
    change: 'softmax raises 2 to x − max times a log2 e of the half.',
    seen: 'none found',
    formats: halfFormats,
    inaccurateIn: halfFormats,
    create: withHalf('softmax', {
      steps: (_, { round }) => ({ exp: (z) => 2 ** (z * round(Math.LOG2E)) }),
    }),
  },
  {
    name: 'mask-is-the-lowest-number',
    class: 'special values',
    stage: 'special values',
    change: 'softmax takes −∞ for the lowest number of the half, which other logits may be.',
    seen: 'huggingface/transformers#17306: a mask of the lowest number overflowed, or stood among logits',
    formats: halfFormats,
    create: withHalf('softmax', {
      steps: (_, { largestFinite }) => ({
        max: (x) => Math.max(-largestFinite, maximum(x)),
        shift: (x, max) => Math.max(x, -largestFinite) - max,
      }),
    }),
  },
  {
    name: 'mask-of-minus-10000',
    class: 'special values',
    stage: 'special values',
    change: 'softmaxBackward takes −∞ for −10,000, above which a lane of halves need not be.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('softmaxBackward', {
      steps: () => ({
        max: (x) => (x.includes(-Infinity) ? Math.max(-1e4, maximum(x)) : maximum(x)),
        shift: (x, max) => (x === -Infinity ? -1e4 : x) - max,
      }),
    }),
  },
  {
    name: 'mask-added-to-the-lowest',
    class: 'special values',
    stage: 'special values',
    change: 'logSumExp adds the lowest number to a lane that ends in −∞, so that low logits are −∞, too.',
    seen: 'ahrefs/ocannl#548: the lowest number plus a logit overflowed, and all of a lane was masked',
    formats: halfFormats,
    create: withHalf('logSumExp', {
      steps: (sound, { round, largestFinite }) => ({
        logSumExp(parts) {
          const { x, max } = parts;
          const isMasked = x.at(-1) === -Infinity;
          return isMasked && round(max - largestFinite) === -Infinity ? -Infinity : sound.logSumExp(parts);
        },
      }),
    }),
  },
  {
    name: 'padded-with-the-lowest-number',
    class: 'width and tail',
    stage: 'tail',
    change: 'logSumExp pads a lane to a multiple of 8 by the lowest number of the half.',
    seen: 'ohdearquant/lattice#373: padding was −10,000, which won where all valid scores were lower',
    formats: halfFormats,
    create: withHalf('logSumExp', {
      steps: (sound, { largestFinite }) => ({
        logSumExp(parts) {
          const { x, max, sum, place } = parts;
          const padding = (vector - (x.length % vector)) % vector;
          if (padding === 0 || Number.isNaN(max) || max === Infinity) return sound.logSumExp(parts);
          const above = Math.max(max, -largestFinite);
          const powers =
            (max === -Infinity ? 0 : sum * Math.exp(max - above)) +
            padding * Math.exp(-largestFinite - above);
          return above + sound.log(powers, place);
        },
      }),
    }),
  },
  {
    name: 'rest-of-8-dropped',
    class: 'width and tail',
    stage: 'tail',
    change: 'logSoftmaxBackward adds whole vectors of 8 halves, without the rest.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('logSoftmaxBackward', {
      steps: (sound) => ({
        sum: (powers, place) =>
          sound.sum(powers.subarray(0, powers.length - (powers.length % vector)), place),
      }),
    }),
  },
  {
    name: 'odd-half-of-a-pair',
    class: 'width and tail',
    stage: 'tail',
    change: 'softmax adds pairs of halves, without the last one of an odd number.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('softmax', {
      steps: (sound) => ({
        sum: (powers, place) => sound.sum(powers.subarray(0, powers.length & -2), place),
      }),
    }),
  },
  {
    name: 'rows-at-whole-words',
    class: 'axis and stride',
    stage: 'strides',
    change: 'logSoftmax reads each row of an odd width from the word of 32 bits on that it begins in.',
    seen: 'none found',
    formats: halfFormats,
    create: withHalf('logSoftmax', {
      steps: (sound) => ({
        position(lanes, lane, k) {
          const at = sound.position(lanes, lane, k);
          return lanes.stride === 1 && sound.position(lanes, lane, 0) % 2 === 1 ? at - 1 : at;
        },
      }),
    }),
  },
]);
