/** Later mistakes in what is done with a lane. */
import { createFloatArray, formatOf, roundTo, type FloatArray } from '../../src/float/format.ts';
import { withKernel, withSteps } from '../../src/score/host/mutate.ts';
import { roundToBits } from '../../src/score/mutants/precision.ts';
import { laneStart, lanesOf } from '../../src/tensor/lanes.ts';
import type { LaterMistake } from './later-mistake.ts';

/** 2^n·(1 + f) for e^z = 2^(n + f): up to 6 % too large. */
function expByTheBitsOfAFloat(z: number): number {
  const scaled = z * Math.LOG2E;
  if (!(scaled > -1000)) return Math.exp(z); // NaN and −∞ too
  const whole = Math.floor(scaled);
  return 2 ** whole * (1 + scaled - whole);
}

/** (1 + z/2^12)^(2^12): e^z where z is small. */
function expAsALimit(z: number): number {
  return z > -4000 ? (1 + z / 4096) ** 4096 : 0;
}

/** The second half is added onto the first, and the middle of an odd number is forgotten. */
function sumByHalves(powers: FloatArray): number {
  const rest = Float64Array.from(powers);
  let width = rest.length;
  while (width > 1) {
    const half = Math.floor(width / 2);
    for (let k = 0; k < half; k++) rest[k]! += rest[width - half + k]!;
    width = half;
  }
  return rest[0] ?? 0;
}

export const laterMistakesOfLanes: readonly LaterMistake[] = [
  {
    name: 'shift-by-minimum',
    stage: 'shift',
    change: 'softmax subtracts the minimum of the lane.',
    create: withSteps('softmax', (sound) => ({
      max(x, place) {
        const max = sound.max(x, place);
        return Number.isFinite(max)
          ? Float64Array.from(x).reduce((low, value) => Math.min(low, value), Infinity)
          : max;
      },
    })),
  },
  {
    name: 'shift-by-largest-magnitude',
    stage: 'shift',
    change: 'logSoftmaxBackward subtracts the largest magnitude of the lane.',
    create: withSteps('logSoftmaxBackward', (sound) => ({
      max(x, place) {
        const max = sound.max(x, place);
        return Number.isFinite(max)
          ? Float64Array.from(x).reduce(
              (high, value) => (value === -Infinity ? high : Math.max(high, Math.abs(value))),
              0,
            )
          : max;
      },
    })),
  },
  {
    name: 'shifted-only-where-large',
    stage: 'shift',
    change: 'logSumExp subtracts the maximum only where it is above 80.',
    create: withSteps('logSumExp', (sound) => ({
      max(x, place) {
        const max = sound.max(x, place);
        return max <= 80 && max > -Infinity ? 0 : max;
      },
    })),
  },
  {
    name: 'exp-by-the-bits-of-a-float',
    stage: 'exponent',
    change:
      'logSoftmax writes the argument of exp into the bits of a float, so that e^z is up to 6 % too large.',
    create: withSteps('logSoftmax', () => ({ exp: expByTheBitsOfAFloat })),
  },
  {
    name: 'exp-as-a-limit',
    stage: 'exponent',
    change: 'crossEntropy takes (1 + z/4096)^4096 for e^z.',
    create: withSteps('crossEntropy', () => ({ exp: expAsALimit })),
  },
  {
    name: 'exp-at-sixteenths',
    stage: 'exponent',
    change: 'softmaxBackward rounds the argument of exp to sixteenths where it is below −2.',
    create: withSteps('softmaxBackward', (sound) => ({
      exp: (z, place) => sound.exp(z < -2 ? Math.round(16 * z) / 16 : z, place),
    })),
  },
  {
    name: 'sum-in-12-bits',
    stage: 'sum',
    change: 'logSoftmax adds up in 12 bits.',
    create: withSteps('logSoftmax', () => ({
      sum: (powers) => Float64Array.from(powers).reduce((sum, power) => roundToBits(sum + power, 12), 0),
    })),
  },
  {
    name: 'online-sum-not-rescaled',
    stage: 'sum',
    change: 'softmax adds up in one pass, and leaves the sum as it is where a larger logit comes.',
    create: withSteps('softmax', (sound) => ({
      softmax(parts) {
        if (!Number.isFinite(parts.max)) return sound.softmax(parts);
        let [max, sum] = [-Infinity, 0];
        for (const value of parts.x) {
          max = Math.max(max, value);
          sum += value === -Infinity ? 0 : Math.exp(value - max);
        }
        return sound.softmax({ ...parts, sum });
      },
    })),
  },
  {
    name: 'halves-forget-the-middle',
    stage: 'tail',
    change: 'crossEntropyBackward adds up by halves, and forgets the middle of an odd number.',
    create: withSteps('crossEntropyBackward', () => ({ sum: sumByHalves })),
  },
  {
    name: 'dot-from-the-second',
    stage: 'tail',
    change: 'softmaxBackward begins the dot product of a lane wider than 16 at its second element.',
    create: withSteps('softmaxBackward', (sound) => ({
      softmaxVjp(s, dy, parts) {
        if (s.length <= 16) return sound.softmaxVjp(s, dy, parts);
        const dot = Float64Array.from(s).reduce((sum, share, k) => (k === 0 ? 0 : sum + share * dy[k]!), 0);
        return s.map((share, k) => share * (dy[k]! - dot)) as FloatArray;
      },
    })),
  },
  {
    name: 'filled-up-from-the-start',
    stage: 'tail',
    change: 'logSumExp fills the last block of three with elements from the start of the lane.',
    create: withSteps('logSumExp', (sound) => ({
      sum(powers, place) {
        if (powers.length === 0) return sound.sum(powers, place);
        const padded = createFloatArray(formatOf(powers), 3 * Math.ceil(powers.length / 3));
        for (let k = 0; k < padded.length; k++) padded[k] = powers[k % powers.length]!;
        return sound.sum(padded, place);
      },
    })),
  },
  {
    name: 'log2-for-log',
    stage: 'logarithm',
    change: 'logSoftmax takes the binary logarithm of the sum.',
    create: withSteps('logSoftmax', () => ({ log: Math.log2 })),
  },
  {
    name: 'log-of-p-plus-a-bit',
    stage: 'logarithm',
    change: 'crossEntropy takes log(p + 1e-9) for log p.',
    create: withSteps('crossEntropy', (sound) => ({
      logSoftmax: (parts) => sound.softmax(parts).map((p) => Math.log(p + 1e-9)) as FloatArray,
    })),
  },
  {
    name: 'log-by-two-terms',
    stage: 'logarithm',
    change: 'logSumExp takes u − u²/2 for the logarithm of a sum 1 + u below 1.25.',
    create: withSteps('logSumExp', (sound) => ({
      log(sum, place) {
        const u = sum - 1;
        return u < 0.25 && u >= 0 ? u - (u * u) / 2 : sound.log(sum, place);
      },
    })),
  },
  {
    name: 'shares-below-1e-30-are-zero',
    stage: 'flushing',
    change: 'softmax gives 0 for what is below 1e-30.',
    create: withSteps('softmax', (sound) => ({
      softmax: (parts) => sound.softmax(parts).map((p) => (p < 1e-30 ? 0 : p)) as FloatArray,
    })),
  },
  {
    name: 'dot-added-not-subtracted',
    stage: 'product',
    change: 'softmaxBackward adds the dot product to the cotangent.',
    create: withSteps('softmaxBackward', () => ({
      softmaxVjp(s, dy) {
        const dot = Float64Array.from(s).reduce((sum, share, k) => sum + share * dy[k]!, 0);
        return s.map((share, k) => share * (dy[k]! + dot)) as FloatArray;
      },
    })),
  },
  {
    name: 'derivative-of-a-sigmoid',
    stage: 'product',
    change: 'logSumExpBackward gives dy·p·(1 − p).',
    create: withSteps('logSumExpBackward', () => ({
      logSumExpVjp: (s, dy) => s.map((share) => dy * share * (1 - share)) as FloatArray,
    })),
  },
  {
    name: 'share-squared-where-dy-sums-below-zero',
    stage: 'product',
    change: 'logSoftmaxBackward subtracts p²·Σdy where the sum of dy is negative.',
    create: withSteps('logSoftmaxBackward', (sound) => ({
      logSoftmaxVjp(s, dy, parts) {
        const total = Float64Array.from(dy).reduce((sum, value) => sum + value, 0);
        if (!(total < 0)) return sound.logSoftmaxVjp(s, dy, parts);
        return s.map((share, k) => dy[k]! - share * share * total) as FloatArray;
      },
    })),
  },
  {
    name: 'middle-axis-of-three-is-last',
    stage: 'strides',
    change: 'softmax along the middle axis of three takes lanes that lie in one piece.',
    create: withSteps('softmax', (sound) => ({
      position(lanes, lane, k) {
        const isMiddle = lanes.axis === 1 && lanes.outerShape.length === 2;
        return isMiddle ? lane * lanes.length + k : sound.position(lanes, lane, k);
      },
    })),
  },
  {
    name: 'answers-from-the-last-lane-on',
    stage: 'strides',
    change: 'logSumExp of more than four lanes writes their answers in reverse order.',
    create: withKernel('logSumExp', (sound) => (x, options) => {
      const y = sound.logSumExp(x, options);
      if (y.data.length > 4) y.data.reverse();
      return y;
    }),
  },
  {
    name: 'odd-lanes-begin-one-late',
    stage: 'strides',
    change:
      'logSoftmax along the first of several axes begins every second lane one element late, round the end.',
    create: withKernel('logSoftmax', (sound) => (x, options) => {
      const lanes = lanesOf(x.shape, options.axis ?? -1);
      if (lanes.axis > 0 || lanes.outerShape.length === 0) return sound.logSoftmax(x, options);
      const data = x.data.slice() as FloatArray;
      for (let lane = 1; lane < lanes.count; lane += 2)
        for (let k = 0; k < lanes.length; k++) {
          const from = laneStart(lanes, lane) + ((k + 1) % lanes.length) * lanes.stride;
          data[laneStart(lanes, lane) + k * lanes.stride] = x.data[from]!;
        }
      return sound.logSoftmax({ shape: x.shape, data }, options);
    }),
  },
  {
    name: 'nan-turned-into-zero',
    stage: 'special values',
    change: 'logSoftmaxBackward gives 0 for each NaN.',
    create: withSteps('logSoftmaxBackward', (sound) => ({
      logSoftmaxVjp: (s, dy, parts) =>
        sound.logSoftmaxVjp(s, dy, parts).map((g) => (Number.isNaN(g) ? 0 : g)) as FloatArray,
    })),
  },
  {
    name: 'masked-class-as-lowest-number',
    stage: 'special values',
    change: 'logSoftmax gives the lowest float32 for a class of −∞.',
    create: withSteps('logSoftmax', (sound) => ({
      logSoftmax: (parts) =>
        sound
          .logSoftmax(parts)
          .map((logP, k) =>
            parts.x[k] === -Infinity && logP === -Infinity ? -3.4028234e38 : logP,
          ) as FloatArray,
    })),
  },
  {
    name: 'ties-counted-once',
    stage: null,
    change:
      'logSumExp takes 1 and the powers of what is below the maximum, so that a maximum is counted once.',
    create: withSteps('logSumExp', (sound) => ({
      sum(powers, place) {
        if (powers.some(Number.isNaN)) return sound.sum(powers, place);
        return 1 + sound.sum(powers.filter((power) => power < 1) as FloatArray, place);
      },
    })),
  },
  {
    name: 'wide-lane-in-bfloat16',
    stage: null,
    change: 'softmax of a lane wider than 64 rounds its answers to 8 bits.',
    create: withSteps('softmax', (sound) => ({
      softmax(parts) {
        const p = sound.softmax(parts);
        const isWide = p.length > 64;
        return p.map((share) => roundTo(formatOf(p), isWide ? roundToBits(share, 8) : share)) as FloatArray;
      },
    })),
  },
];
