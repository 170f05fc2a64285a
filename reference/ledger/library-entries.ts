/** What entries about libraries of Python have in common. */
import { formatFacts, formats, nativeFormats } from '../../src/float/format.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';
import type { Coverage, LedgerEntry } from './entry.ts';
import { gives } from './in-common.ts';
import { widthOf } from './lanes-behind.ts';
import { valueDivergence } from './near-miss.ts';
import { smallCase } from './small-case.ts';

/** An exception where an answer is due. */
export const throwing: Omit<Coverage, 'kernels'> = {
  formats,
  oracles: ['conduct'],
  severities: ['wrong'],
  symptoms: ['threw'],
};

/** A value that is wrong whatever is allowed, also as a law or the gradient shows it. */
export const wrongValue: Omit<Coverage, 'kernels'> = {
  formats,
  oracles: ['exact', 'gradient', 'property', 'differential'],
  severities: ['wrong', 'inaccurate'],
  symptoms: ['nan', 'inf', 'sign', 'zero', 'ulps'],
};

/** A sum whose error grows with the width; what halves make of one is told by itself. */
export const carelessSum: Omit<Coverage, 'kernels'> = {
  formats: nativeFormats,
  oracles: ['exact', 'gradient', 'differential'],
  severities: ['inaccurate'],
  symptoms: ['ulps'],
};

/** No further from the exact value than a sum that is kept from the first element to the last. */
export const givesRunningSum: NonNullable<LedgerEntry['gives']> = (c, _element, { exact }) => ({
  value: exact,
  slack:
    2 *
    widthOf(c) *
    formatFacts(c.format).unitRoundoff *
    Math.max(Math.abs(exact), c.operation === 'logSumExp' ? 1 : 0),
});

/** What is one library's own of the sum that it takes by NumPy. */
type OfOne = Pick<LedgerEntry, 'id' | 'cause' | 'workaround' | 'snippet'> & {
  /** Beside the three forwards. */
  readonly alsoOf?: Coverage['kernels'];
};

/** softmax of 178 logits beside each other: in float32 NumPy's running sum is 2e-6 too large. */
const numpySum = { got: 0.00756858428940177, exact: 0.007568600460750372 };

/** NumPy's sum along another axis than the last, by `name` of this version, which adds by it. */
export function numpySumEntry(name: string, version: string, { alsoOf = [], ...own }: OfOne): LedgerEntry {
  return {
    ...own,
    stage: 'sum',
    title: 'Sums over another axis than the last are kept in one number from the first to the last',
    affects: { [name]: [version] },
    covers: {
      ...carelessSum,
      kernels: ['softmax/forward', 'logSoftmax/forward', 'logSumExp/forward', ...alsoOf],
    },
    when: 'The axis is not the last, the lane has 64 elements or more, and the error is no larger than a running sum’s.',
    concerns(c) {
      const { length, axis } = lanesOf(c.logits.shape, c.axis);
      return length >= 64 && axis < c.logits.shape.length - 1;
    },
    gives: givesRunningSum,
    smallest: smallCase({
      kernel: 'softmax/forward',
      shape: [178, 2],
      axis: 0,
      logits: Array.from({ length: 356 }, (_, i) => (i < 2 ? 0 : -0.3)),
    }),
    // 1/(1 + 177·e^−0.300000011920929)
    shown: { element: 0, exact: numpySum.exact },
    given: { [name]: gives(numpySum.got) },
    nearMiss: {
      case: smallCase({
        kernel: 'softmax/forward',
        shape: [2, 178],
        axis: 1,
        logits: Array.from({ length: 356 }, (_, i) => (i % 178 === 0 ? 0 : -0.3)),
      }),
      blame: name,
      version,
      divergence: valueDivergence('ulps', { ...numpySum, severity: 'inaccurate' }),
      because: 'along the last axis NumPy adds in pairs',
    },
  };
}
