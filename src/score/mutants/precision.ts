/** Mutants whose formula is right and whose arithmetic is too coarse. None of them declares it. */
import { formatFacts, formatOf, type FloatArray } from '../../float/format.ts';
import { compensatedSum } from '../host/lane-steps.ts';
import { withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

/** Rounds to so many significant bits, by Veltkamp's splitting; what would overflow stays. */
export function roundToBits(value: number, bits: number): number {
  const scaled = value * (2 ** (53 - bits) + 1);
  return Number.isFinite(scaled) ? scaled - (scaled - value) : value;
}

/** e^z by linear interpolation between 64 powers of two in an octave: a relative error of 1.5e-5. */
function expByTable(z: number): number {
  const steps = 64 * z * Math.LOG2E;
  if (!(steps > -64_000)) return Math.exp(z); // NaN and −∞ too
  const below = Math.floor(steps);
  const [low, high] = [2 ** (below / 64), 2 ** ((below + 1) / 64)];
  return low + (high - low) * (steps - below);
}

/** e^(z − k·0.693147)·2^k: six digits of log 2, so that the error grows with k. */
function expWithShortLn2(z: number): number {
  if (!(z > -700)) return Math.exp(z);
  const k = Math.round(z * Math.LOG2E);
  return Math.exp(z - k * 0.693147) * 2 ** k;
}

/** One ULP of 1, relative. */
function epsilonOf(x: FloatArray): number {
  return 2 * formatFacts(formatOf(x)).unitRoundoff;
}

export const precisionMutants: readonly Mutant[] = [
  {
    name: 'exp-coarse-far-out',
    class: 'precision',
    stage: 'exponent',
    change: 'softmax has an exp that is 40 ULPs too large from −20 to −16.',
    seen: 'sonos/tract#2318: a fused softmax routed to an exp that is off by half a percent',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', (sound) => ({
      exp(z, place) {
        const isFarOut = z >= -20 && z <= -16;
        return sound.exp(z, place) * (isFarOut ? 1 + 40 * epsilonOf(place.data) : 1);
      },
    })),
  },
  {
    name: 'exp-by-table',
    class: 'precision',
    stage: 'exponent',
    change: 'logSumExp interpolates exp between 64 powers of two in an octave.',
    seen: 'ggml-org/llama.cpp#10069: exp by the bits of a float; openvinotoolkit/openvino#37857: by a line',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSumExp', () => ({ exp: expByTable })),
  },
  {
    name: 'exp-with-short-ln2',
    class: 'precision',
    stage: 'exponent',
    change: 'logSoftmaxBackward reduces the argument of exp by six digits of log 2.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('logSoftmaxBackward', () => ({ exp: expWithShortLn2 })),
  },
  {
    name: 'powers-in-float16',
    class: 'precision',
    stage: null,
    change: 'logSoftmax keeps the powers that it adds in 11 bits.',
    seen: 'google-deepmind/optax#1020: the log of the normaliser was quantized to bfloat16',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSoftmax', (sound) => ({
      exp: (z, place) => roundToBits(sound.exp(z, place), 11),
    })),
  },
  {
    name: 'reciprocal-of-12-bits',
    class: 'precision',
    stage: 'sum',
    change: 'softmax multiplies by a reciprocal of the sum that has 12 bits.',
    seen: 'ROCm/rocm-libraries#1722: multiplies by an approximate reciprocal of the sum',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', () => ({
      softmax: ({ powers, sum }) => powers.map((power) => power * roundToBits(1 / sum, 12)) as FloatArray,
    })),
  },
  {
    name: 'reciprocal-one-step-short',
    class: 'precision',
    stage: 'sum',
    change: 'softmax multiplies by a reciprocal of the sum that is 24 ULPs too large.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', () => ({
      softmax({ powers, sum }) {
        const reciprocal = (1 / sum) * (1 + 24 * epsilonOf(powers));
        return powers.map((power) => power * reciprocal) as FloatArray;
      },
    })),
  },
  {
    name: 'log-of-18-bits',
    class: 'precision',
    stage: 'logarithm',
    change: 'crossEntropy has a log that is too large by 2^-18 of it.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      log: (sum, place) => sound.log(sum, place) * (1 + 2 ** -18),
    })),
  },
  {
    name: 'float64-through-float32',
    class: 'precision',
    stage: 'exponent',
    change: 'logSumExp of float64 takes exp in float32.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSumExp', () => ({ exp: (z) => Math.fround(Math.exp(Math.fround(z))) })),
  },
  {
    name: 'lazy-rescaling',
    class: 'precision',
    stage: 'sum',
    change:
      'softmax adds online and does not rescale its sum where a new maximum is less than 2^-12 above the old.',
    seen: 'karpathy/llm.c#776: the online softmax is wrong',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', () => ({
      softmax({ x, powers }) {
        let [max, sum] = [-Infinity, 0];
        for (const value of x) {
          if (value > max) {
            if (!(value - max < 2 ** -12)) sum *= Math.exp(max - value);
            max = value;
          }
          sum += Math.exp(value - max);
        }
        return powers.map((power) => power / sum) as FloatArray;
      },
    })),
  },
  {
    name: 'early-zero',
    class: 'precision',
    stage: 'exponent',
    change: 'softmax has an exp that is 0 below −80.',
    seen: 'flashinfer-ai/flashinfer#4502: an exp2 for softmax that is 0 from a cut-off on',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', (sound) => ({
      exp: (z, place) => (z < -80 ? 0 : sound.exp(z, place)),
    })),
  },
  {
    name: 'weights-in-bfloat16',
    class: 'precision',
    stage: 'weight',
    change: 'crossEntropyBackward keeps class weights in 8 bits.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', () => ({
      share: (t, { weight }, _lane, k) => (weight === null ? t : roundToBits(weight[k]!, 8) * t),
    })),
  },
  {
    name: 'sum-in-float16',
    class: 'precision',
    stage: 'reduction',
    change: 'crossEntropy keeps the running sum of the positions in 11 bits.',
    seen: 'Modalities/modalities#464: a loss of about 36 was rounded to a grid of 0.25',
    isGradient: false,
    isSubtle: false,
    create: withSteps('crossEntropy', (sound) => ({
      reduce(losses, denominator, loss) {
        const total = losses.reduce((sum, value) => roundToBits(sum + value, 11), 0);
        return sound.reduce(Float64Array.of(total), denominator, loss);
      },
    })),
  },
  {
    name: 'dot-in-float16',
    class: 'precision',
    stage: 'product',
    change: 'softmaxBackward keeps Σ s·dy in 11 bits.',
    seen: 'none found',
    isGradient: true,
    isSubtle: false,
    create: withSteps('softmaxBackward', () => ({
      softmaxVjp(s, dy) {
        const dot = roundToBits(compensatedSum(s.map((share, k) => share * dy[k]!)), 11);
        return s.map((share, k) => share * (dy[k]! - dot)) as FloatArray;
      },
    })),
  },
];
