/**
 * Usual mistakes, each a small implementation of ours, in every kernel that has the step: where one gives the
 * very answers of what is diagnosed, the stage is confirmed.
 */
import type { StageName } from '../case/stage.ts';
import { formatFacts, formatOf, isHalf, roundTo, type FloatArray, type Format } from '../float/format.ts';
import { buildHost, soundSteps, type Steps } from '../score/host/host.ts';
import { sequentialSum } from '../score/host/half-steps.ts';
import { everyKernel } from '../score/host/mutate.ts';
import { withHalf, type HalfChange } from '../score/host/mutate-halves.ts';
import { compensatedSum } from '../score/host/lane-steps.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { lanesOf } from '../tensor/lanes.ts';

export interface Replica {
  readonly stage: StageName;
  /** What gives the same, as the end of a sentence. */
  readonly words: string;
  /** The planted mistake that is the same in some kernels, where there is one. */
  readonly mutant: string | null;
  /** In native formats, and in halves by way of float32 where nothing else is said of them. */
  readonly steps: Partial<Steps>;
  readonly inHalves?: HalfChange;
}

export function implementationOf({ steps, inHalves, words }: Replica, format: Format): Implementation {
  const module = isHalf(format)
    ? withHalf(everyKernel, inHalves ?? { steps: () => steps })()
    : buildHost({ ...soundSteps, ...steps });
  return subjectImplementation({ ...module }, { name: words });
}

const blocks = [2, 4, 8, 16, 32, 64];
const firsts = [32, 64, 128, 256, 512, 1000, 1024];
const tailMutants: Readonly<Record<string, string>> = {
  'rest 4': 'tail-of-four-dropped',
  'last 32': 'last-of-31-dropped',
  'first 1024': 'threads-of-one-block',
  'first 1000': 'thousand-classes',
};

export const replicas: readonly Replica[] = [
  {
    stage: 'sum',
    words: 'a sequential sum in the format of the data',
    mutant: null,
    steps: { sum: runningSum },
    inHalves: { steps: (_, { round }) => ({ sum: sequentialSum(round) }) },
  },
  {
    stage: 'sum',
    words: 'a sum of the powers with a millionth added',
    mutant: 'epsilon-in-the-sum',
    steps: { sum: (powers) => compensatedSum(powers) + 1e-6 },
  },
  {
    stage: 'shift',
    words: 'exp of the logits as they are',
    mutant: 'no-shift',
    steps: { max: () => 0, shift: (x) => x },
  },
  {
    stage: 'shift',
    words: 'exp of the logits as they are, stored in the half',
    mutant: null,
    steps: {},
    inHalves: { steps: (_, { round }) => ({ max: () => 0, exp: (z) => round(Math.exp(z)) }) },
  },
  {
    stage: 'shift',
    words: 'a shift by the first logit of the lane',
    mutant: 'shift-by-first',
    steps: { max: (x) => x[0] ?? -Infinity },
  },
  {
    stage: 'shift',
    words: 'a maximum that starts at 0',
    mutant: 'maximum-starts-at-zero',
    steps: { max: (x, place) => Math.max(0, soundSteps.max(x, place)) },
  },
  {
    stage: 'shift',
    words: 'x − LSE, with LSE rounded at its own size',
    mutant: 'log-sum-exp-then-subtract',
    steps: {
      logSoftmax({ x, max, logSum }) {
        const total = roundTo(formatOf(x), max + logSum);
        return x.map((value) => value - total) as FloatArray;
      },
    },
  },
  {
    stage: 'logarithm',
    words: 'the logarithm of the probabilities',
    mutant: 'log-of-softmax',
    steps: { logSoftmax: (parts) => soundSteps.softmax(parts).map((p) => Math.log(p)) as FloatArray },
  },
  {
    stage: 'logarithm',
    words: 'the logarithm of probabilities that were stored in the half',
    mutant: null,
    steps: {},
    inHalves: {
      steps: (sound, { round }) => ({
        logSoftmax: (parts) => sound.softmax(parts).map((p) => Math.log(round(p))) as FloatArray,
      }),
    },
  },
  {
    stage: 'flushing',
    words: 'results below the normal numbers that become 0',
    mutant: null,
    steps: { softmax: (parts) => flushed(soundSteps.softmax(parts)) },
    inHalves: {
      codec: ({ write }, { smallestNormal }) => ({
        write: (value) => write(Math.abs(value) < smallestNormal ? 0 : value),
      }),
    },
  },
  {
    stage: 'product',
    words: 'the diagonal of the Jacobian alone',
    mutant: 'diagonal-jacobian',
    steps: { softmaxVjp: (s, dy) => s.map((share, k) => share * (1 - share) * dy[k]!) as FloatArray },
  },
  {
    stage: 'product',
    words: 'dy as the gradient',
    mutant: 'gradient-passed-through',
    steps: { softmaxVjp: (_s, dy) => dy, logSoftmaxVjp: (_s, dy) => dy },
  },
  {
    stage: 'target',
    words: 'p − t, without the sum of the targets',
    mutant: 'targets-sum-to-one',
    steps: { logitGradient: (p, shares, k) => p.map((share, c) => k * (share - shares[c]!)) as FloatArray },
  },
  {
    stage: 'smoothing',
    words: 'no smoothing at all',
    mutant: 'smoothing-not-in-gradient',
    steps: { smoothed: (t) => t },
  },
  { stage: 'weight', words: 'no class weights at all', mutant: null, steps: { share: (t) => t } },
  { stage: 'ignoreIndex', words: 'no position ignored', mutant: null, steps: { isIgnored: () => false } },
  {
    stage: 'strides',
    words: 'the last axis in the place of the one that is asked',
    mutant: null,
    steps: { lanes: (shape) => lanesOf(shape, -1) },
  },
  {
    stage: 'strides',
    words: 'lanes of neighbouring elements, whatever the axis is',
    mutant: 'reshape-not-transpose',
    steps: { position: (lanes, lane, k) => lane * lanes.length + k },
  },
  ...blocks.map((k) =>
    tail(`a sum of whole blocks of ${k}, without the rest`, `rest ${k}`, (n) => n - (n % k)),
  ),
  ...blocks.map((k) =>
    tail(
      `a sum without its last term where the width leaves ${k - 1} when divided by ${k}`,
      `last ${k}`,
      (n) => (n % k === k - 1 ? n - 1 : n),
    ),
  ),
  ...firsts.map((k) => tail(`a sum of the first ${k} terms`, `first ${k}`, () => k)),
];

function tail(words: string, key: string, countOf: (width: number) => number): Replica {
  return {
    stage: 'tail',
    words,
    mutant: tailMutants[key] ?? null,
    steps: { sum: (powers) => compensatedSum(powers.subarray(0, countOf(powers.length))) },
  };
}

function runningSum(powers: FloatArray): number {
  const format = formatOf(powers);
  let sum = 0;
  for (const power of powers) sum = roundTo(format, sum + power);
  return sum;
}

function flushed(values: FloatArray): FloatArray {
  const { smallestNormal } = formatFacts(formatOf(values));
  return values.map((value) => (Math.abs(value) < smallestNormal ? 0 : value)) as FloatArray;
}
