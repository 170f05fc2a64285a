/** What NumPy's sum makes of halves: an entry for each library that adds by it. */
import type { CaseJson } from '../../src/case/case-json.ts';
import { isIndexTarget, type Case } from '../../src/case/case.ts';
import { formatFacts } from '../../src/float/format.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';
import type { Coverage, LedgerEntry } from './entry.ts';
import { hasOverflowingPowers, storedSumOf, storedSumsOf, type StoredSums } from './half-sums.ts';
import { laneOf, lanesBehind, widthOf, type Lane } from './lanes-behind.ts';
import { wrongValue } from './library-entries.ts';
import { valueDivergence } from './near-miss.ts';
import { smallCase } from './small-case.ts';

/** What is one library's own of it. */
type OfOne = Pick<LedgerEntry, 'id' | 'cause' | 'workaround' | 'snippet' | 'given'> & {
  readonly takes: readonly ('float16' | 'bfloat16')[];
  /** Beside the three forwards. */
  readonly alsoOf?: Coverage['kernels'];
  /** log_softmax is the logarithm of the softmax. */
  readonly isLogOfShare?: boolean;
  /** logsumexp counts the elements that are the maximum, and adds the others. */
  readonly countsMaxima?: boolean;
};

/** 257 ones. */
const ties = 257;

export function numpyHalfSumEntry(name: string, version: string, of: OfOne): LedgerEntry {
  const { takes, alsoOf = [], isLogOfShare = false, countsMaxima = false, ...own } = of;
  const formats = takes;
  const hasBfloat16 = takes.includes('bfloat16');
  const format = hasBfloat16 ? 'bfloat16' : 'float16';
  // In float16 the smallest that is off by more than a rounding: 2,048 + 2 ones along the first axis.
  const width = hasBfloat16 ? ties : 2_050;
  const shape = hasBfloat16 ? [ties] : [width, 2];
  const size = hasBfloat16 ? ties : 2 * width;
  return {
    ...own,
    stage: 'sum',
    title: hasBfloat16
      ? 'Sums of bfloat16, and of float16 along another axis than the last, are rounded at each addition: 257 ones are 256'
      : 'Sums of float16 along another axis than the last are rounded at each addition: 2,050 ones are 2,048',
    affects: { [name]: [version] },
    covers: {
      ...wrongValue,
      formats,
      kernels: ['softmax/forward', 'logSoftmax/forward', 'logSumExp/forward', ...alsoOf],
      symptoms: ['ulps', 'zero', 'inf', 'sign'],
    },
    when: `${
      hasBfloat16
        ? 'The data is of bfloat16, or of float16 and the axis is not the last.'
        : 'The data is of float16, and the axis is not the last.'
    } Or the sum of e^(x − max) is beyond float16. The answer is that of a sum from the first element to the last that is rounded each time, or of an infinite one, but for the roundings of its terms.`,
    concerns: (c, element) =>
      isAddedOneByOne(c) || (c.format === 'float16' && hasOverflowingPowers(c, element)),
    gives: (c, element) => knownAnswer(c, element, { isLogOfShare, countsMaxima }),
    get smallest(): CaseJson {
      return smallCase({
        kernel: 'softmax/forward',
        format,
        shape,
        axis: 0,
        logits: new Float64Array(size),
      });
    },
    shown: { element: 0, exact: 1 / width },
    nearMiss: {
      get case(): CaseJson {
        return smallCase({
          kernel: 'softmax/forward',
          format: 'float16',
          shape: [2, 2_050],
          axis: 1,
          logits: new Float64Array(4_100),
        });
      },
      blame: name,
      version,
      divergence: valueDivergence('ulps', { got: 2 ** -11, exact: 1 / 2_050 }),
      because: 'along the last axis NumPy adds float16 in float32',
    },
  };
}

/** NumPy adds float16 in pairs, and in float32, where it goes along what lies together in memory. */
function isAddedOneByOne(c: Case): boolean {
  const { stride } = lanesOf(c.logits.shape, c.axis);
  return widthOf(c) >= 3 && (c.format === 'bfloat16' || stride > 1);
}

interface Ways {
  readonly isLogOfShare: boolean;
  readonly countsMaxima: boolean;
}

/** The formula with each step rounded, and how far the roundings of the powers may take it from there. */
function knownAnswer(c: Case, element: number, ways: Ways): { value: number; slack: number } {
  const { unitRoundoff: u, smallestSubnormal, round } = formatFacts(c.format);
  if (c.operation === 'crossEntropy') return knownLoss(c, element, ways);
  const lane = laneOf(c, lanesBehind(c, element)[0]!);
  const stored = storedSumsOf(c, lane, { isOneByOne: isAddedOneByOne(c) });
  const { sum, max } = stored;
  const x = c.logits.data[element] ?? NaN;
  const ofSum = 8 * u;
  switch (c.operation) {
    case 'softmax': {
      const value = Math.exp(x - max) / sum;
      return { value, slack: value * (ofSum + 2 * u * Math.abs(x - max)) + 2 * smallestSubnormal };
    }
    case 'logSoftmax': {
      const value = ways.isLogOfShare
        ? Math.log(round(round(Math.exp(round(x - max))) / sum))
        : round(x - max) - round(Math.log(sum));
      return { value, slack: ofSum + 2 * u * Math.abs(value) + 2 * u * Math.abs(x - max) };
    }
    case 'logSumExp': {
      const value = ways.countsMaxima ? countedLogSumExp(c, stored) : max + round(Math.log(sum));
      return { value, slack: ofSum + 4 * u * (Math.abs(value) + Math.abs(max)) };
    }
  }
}

/** As scipy.special has it: log1p(Σ others / m) + log m + max, where m counts the maxima. */
function countedLogSumExp(c: Case, { powers, max }: StoredSums): number {
  const { round } = formatFacts(c.format);
  const add = (terms: Lane): number => storedSumOf(terms, round, { isOneByOne: isAddedOneByOne(c) });
  const maxima = add(powers.map((power) => (power === 1 ? 1 : 0)));
  const others = add(powers.map((power) => (power === 1 ? 0 : power)));
  return Math.log1p(others / maxima) + Math.log(maxima) + max;
}

/** A loss is one of its lanes', or a mean of some: between the smallest and the largest that they have. */
function knownLoss(c: Case, element: number, ways: Ways): { value: number; slack: number } {
  const { target, weight, ignoreIndex, reduction } = c.loss!;
  const { count } = lanesOf(c.logits.shape, c.axis);
  const { unitRoundoff: u } = formatFacts(c.format);
  let [value, slack, divisor] = [0, 0, 0];
  const lanes = reduction === 'none' ? [element] : Array.from({ length: count }, (_, lane) => lane);
  for (const lane of lanes) {
    const index = isIndexTarget(target) ? target.data[lane]! : 0;
    if (index === ignoreIndex) continue;
    const x = laneOf(c, lane);
    const { sum, max } = storedSumsOf(c, x, { isOneByOne: isAddedOneByOne(c) });
    const { round } = formatFacts(c.format);
    const share = round(round(Math.exp(round(x[index]! - max))) / sum);
    const loss = ways.isLogOfShare ? -Math.log(share) : Math.log(sum) + max - x[index]!;
    const w = weight?.data[index] ?? 1;
    divisor += w;
    value += w * loss;
    slack += w * u * (8 + 4 * Math.abs(loss) + 4 * (max - x[index]!));
  }
  const share = reduction === 'mean' ? 1 / divisor : 1;
  return { value: value * share, slack: slack * share + 4 * u * Math.abs(value * share) };
}
