/**
 * The steps of the host on halves, at each level: `fused` leaves them as they are, in float32; `composed`
 * rounds what each step stores and adds in float32; `storage` adds in the half, too. Sound at its level.
 */
import type { HalfLevel } from '../../contract/subject.ts';
import { halfFacts, type FloatArray, type HalfFormat } from '../../float/format.ts';
import { soundSteps, type Steps } from './host.ts';
import { compensatedSum } from './lane-steps.ts';
import { denominatorOf } from './loss-steps.ts';

type Round = (value: number) => number;
type Sum = (terms: ArrayLike<number>) => number;

/** One after the other, each rounded. */
export function sequentialSum(round: Round): Sum {
  return (terms) => {
    let sum = 0;
    for (let k = 0; k < terms.length; k++) sum = round(sum + terms[k]!);
    return sum;
  };
}

/** Blocks of 8 one after the other, halves above. */
export function pairwiseSum(round: Round): Sum {
  const add = (terms: ArrayLike<number>, from: number, to: number): number => {
    if (to - from > 8) {
      const middle = from + 8 * Math.ceil((to - from) / 16);
      return round(add(terms, from, middle) + add(terms, middle, to));
    }
    let sum = 0;
    for (let k = from; k < to; k++) sum = round(sum + terms[k]!);
    return sum;
  };
  return (terms) => add(terms, 0, terms.length);
}

/** A sum that overflows the half where it would be stored stays in float32: else it would be `wrong`. */
function storedUnlessInfinite(round: Round): Round {
  return (value) => (Number.isFinite(round(value)) ? round(value) : Math.fround(value));
}

export function halfSteps(level: HalfLevel, format: HalfFormat): Steps {
  if (level === 'fused') return soundSteps;
  const { round } = halfFacts(format);
  const inStorage = pairwiseSum(round);
  const stored = storedUnlessInfinite(round);
  const sum: Sum = level === 'storage' ? inStorage : (terms) => stored(compensatedSum(terms));
  return roundingSteps(round, sum);
}

/** Every stored value is rounded by the one, and every sum is the other's. */
export function roundingSteps(round: Round, sum: Sum): Steps {
  const each = (values: FloatArray, of: (value: number, k: number) => number): FloatArray =>
    values.map((value, k) => round(of(value, k))) as FloatArray;
  return {
    ...soundSteps,
    shift: (x, max) => round(x - max),
    exp: (z) => round(Math.exp(z)),
    sum,
    log: (total) => round(Math.log(total)),
    softmax: ({ powers, sum: total }) => each(powers, (power) => power / total),
    logSoftmax: ({ shifted, logSum }) => each(shifted, (z) => z - logSum),
    logSumExp: ({ max, logSum }) => (Math.abs(max) === Infinity ? max : round(max + logSum)),
    softmaxVjp(s, dy) {
      const dot = sum(s.map((share, k) => round(share * dy[k]!)));
      return each(s, (share, k) => share * round(dy[k]! - dot));
    },
    logSoftmaxVjp(s, dy) {
      const total = sum(dy);
      return each(s, (share, k) => dy[k]! - round(share * total));
    },
    logSumExpVjp: (s, dy) => each(s, (share) => share * dy),
    smoothed(t, { labelSmoothing, lanes }) {
      if (labelSmoothing === 0) return t;
      return round(round(round(1 - labelSmoothing) * t) + round(labelSmoothing / lanes.length));
    },
    share: (t, { weight }, _lane, k) => (weight === null ? t : round(weight[k]! * t)),
    positionLoss: (shares, logP) =>
      -sum(shares.map((share, k) => (share === 0 && logP[k] === -Infinity ? 0 : round(share * logP[k]!)))),
    denominator(loss) {
      const { indices, weight, lanes } = loss;
      if (indices === null) return lanes.count;
      if (weight === null) return denominatorOf(loss, soundSteps.isIgnored);
      return sum(
        Float64Array.from(indices, (y, lane) => (soundSteps.isIgnored(loss, lane) ? 0 : weight[y]!)),
      );
    },
    reduce(losses, denominator, { reduction }) {
      const total = sum(losses);
      if (reduction === 'sum') return total;
      return denominator === 0 ? NaN : round(total / denominator);
    },
    scale(dy, denominator, { reduction }, lane) {
      if (reduction === 'none') return dy[lane]!;
      if (reduction === 'sum') return dy[0]!;
      return denominator === 0 ? NaN : round(dy[0]! / denominator);
    },
    logitGradient(p, shares, k) {
      const total = sum(shares);
      return each(p, (share, c) => k * round(round(share * total) - shares[c]!));
    },
    targetGradient(k, logP, { weight, labelSmoothing }, _lane, c) {
      const w = round(round(1 - labelSmoothing) * (weight === null ? 1 : weight[c]!));
      if (k === 0 || w === 0) return Number.isNaN(logP) ? NaN : 0;
      return -round(round(k * logP) * w);
    },
  };
}
