/** What the textbook's formulas in NumPy get wrong. */
import { lanesOf } from '../../../src/tensor/lanes.ts';
import type { LedgerEntry } from '../entry.ts';
import { gives } from '../in-common.ts';
import { carelessSum, givesRunningSum } from '../library-entries.ts';
import { valueDivergence } from '../near-miss.ts';
import { smallCase } from '../small-case.ts';

const version = '2.4.6';
const affects = { numpy: [version] };

const runningSum: LedgerEntry = {
  id: 'numpy-running-sum',
  stage: 'sum',
  title: 'Sums over another axis than the last are kept in one number from the first to the last',
  affects,
  covers: { ...carelessSum, kernels: ['softmax/forward', 'logSoftmax/forward', 'logSumExp/forward'] },
  when: 'The axis is not the last, the lane has 64 elements or more, and the error is no larger than a running sum’s.',
  concerns(c) {
    const { length } = lanesOf(c.logits.shape, c.axis);
    return length >= 64 && lanesOf(c.logits.shape, c.axis).axis < c.logits.shape.length - 1;
  },
  gives: givesRunningSum,
  smallest: smallCase({
    kernel: 'softmax/forward',
    shape: [178, 2],
    axis: 0,
    logits: Array.from({ length: 356 }, (_, i) => (i < 2 ? 0 : -0.3)),
  }),
  // 1/(1 + 177·e^−0.300000011920929)
  shown: { element: 0, exact: 0.007568600460750372 },
  given: { numpy: gives(0.00756858428940177) },
  cause:
    '`np.sum` adds in pairs along the fastest axis only, as [its page](https://numpy.org/doc/stable/reference/generated/numpy.sum.html) ' +
    'says: along another axis the error grows with the width. A choice, and told as inaccurate, not as wrong.',
  workaround: 'Bring the axis last and copy: `np.ascontiguousarray(np.moveaxis(x, 0, -1)).sum(-1)`.',
  snippet: {
    on: 'numpy',
    code: `x = np.full((178, 2), -0.3, np.float32)
x[0] = 0
exps = np.exp(x - np.max(x, axis=0, keepdims=True))
got = float((exps / np.sum(exps, axis=0, keepdims=True))[0, 0])
print(got)  # 0.007568600460750372
sys.exit(0 if abs(got / 0.007568600460750372 - 1) < 1e-6 else 1)`,
    prints: '0.00756858428940177',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'softmax/forward',
      shape: [2, 178],
      axis: 1,
      logits: Array.from({ length: 356 }, (_, i) => (i % 178 === 0 ? 0 : -0.3)),
    }),
    blame: 'numpy',
    version,
    divergence: valueDivergence('ulps', {
      got: 0.00756858428940177,
      exact: 0.007568600460750372,
      severity: 'inaccurate',
    }),
    because: 'along the last axis NumPy adds in pairs',
  },
};

export const numpyEntries: readonly LedgerEntry[] = [runningSum];
