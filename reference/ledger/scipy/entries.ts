/** What SciPy's scipy.special gets wrong. */
import { conductDivergence } from '../../../src/case/verdict.ts';
import { lanesOf } from '../../../src/tensor/lanes.ts';
import type { LedgerEntry } from '../entry.ts';
import { gives, throws } from '../in-common.ts';
import { isEmptyAxis } from '../lanes-behind.ts';
import { carelessSum, givesRunningSum, throwing } from '../library-entries.ts';
import { valueDivergence } from '../near-miss.ts';
import { smallCase } from '../small-case.ts';

const version = '1.17.1';
const affects = { scipy: [version] };

const emptyLane: LedgerEntry = {
  id: 'scipy-empty-lane',
  stage: 'special values',
  title: 'softmax and log_softmax of no elements raise, where logsumexp gives −∞',
  affects,
  covers: {
    ...throwing,
    kernels: ['softmax/forward', 'logSoftmax/forward'],
    message: /zero-size array to reduction/,
  },
  when: 'The axis has size 0.',
  concerns: isEmptyAxis,
  smallest: smallCase({ kernel: 'softmax/forward', shape: [0], logits: [] }),
  shown: null,
  given: {
    scipy: throws('ValueError: zero-size array to reduction operation maximum which has no identity'),
  },
  cause:
    '`softmax` and `log_softmax` in `scipy/special/_logsumexp.py` take `xp.max` of the lane without an initial value. `logsumexp` ' +
    'beside them asks whether there are elements, since scipy/scipy#20399. Whether these two are reported was looked for and not found.',
  workaround: 'Ask for `x.size` first: there is nothing to compute.',
  snippet: {
    on: 'scipy',
    code: `try:
    print(special.softmax(np.zeros(0, np.float32), axis=0))  # []
except ValueError as error:
    print(error)
    sys.exit(1)`,
    prints: 'zero-size array to reduction operation maximum which has no identity',
  },
  nearMiss: {
    case: smallCase({ kernel: 'softmax/forward', shape: [0, 2], logits: [] }),
    blame: 'scipy',
    version,
    divergence: conductDivergence(
      'threw',
      'ValueError: zero-size array to reduction operation maximum which has no identity',
    ),
    because: 'no lane is empty: there is none',
  },
};

const runningSum: LedgerEntry = {
  id: 'scipy-running-sum',
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
  given: { scipy: gives(0.00756858428940177) },
  cause:
    'SciPy adds by `np.sum`, which adds in pairs along the fastest axis only, as [its page](https://numpy.org/doc/stable/reference/generated/numpy.sum.html) ' +
    'says: along another axis the error grows with the width. A choice, and told as inaccurate, not as wrong.',
  workaround:
    'Bring the axis last and copy: `special.softmax(np.ascontiguousarray(np.moveaxis(x, 0, -1)), axis=-1)`.',
  snippet: {
    on: 'scipy',
    code: `x = np.full((178, 2), -0.3, np.float32)
x[0] = 0
got = float(special.softmax(x, axis=0)[0, 0])
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
    blame: 'scipy',
    version,
    divergence: valueDivergence('ulps', {
      got: 0.00756858428940177,
      exact: 0.007568600460750372,
      severity: 'inaccurate',
    }),
    because: 'along the last axis NumPy adds in pairs',
  },
};

export const scipyEntries: readonly LedgerEntry[] = [emptyLane, runningSum];
