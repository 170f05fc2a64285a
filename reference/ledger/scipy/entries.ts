/** What SciPy's scipy.special gets wrong. */
import { conductDivergence } from '../../../src/case/verdict.ts';
import type { LedgerEntry } from '../entry.ts';
import { gives, throws } from '../in-common.ts';
import { isEmptyAxis } from '../lanes-behind.ts';
import { throwing, numpySumEntry } from '../library-entries.ts';
import { numpyHalfSumEntry } from '../numpy-half-sum.ts';
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

const runningSum = numpySumEntry('scipy', version, {
  id: 'scipy-running-sum',
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
});

const halfSum = numpyHalfSumEntry('scipy', version, {
  id: 'scipy-half-sum',
  takes: ['float16'],
  countsMaxima: true,
  given: { scipy: gives(2 ** -11) },
  cause:
    'SciPy adds by `np.sum`, which adds float16 in float32 along the fastest axis only (`HALF_pairwise_sum` in `numpy/_core/src/umath/loops_utils.h.src`), and element by ' +
    'element in float16 along another, where 2,048 ones are as much as there can be. Not looked up.',
  workaround: 'Ask in float32, or bring the axis last and copy.',
  snippet: {
    on: 'scipy',
    code: `got = float(special.softmax(np.zeros((4096, 2), np.float16), axis=0)[0, 0])
print(got)  # 0.000244140625
sys.exit(0 if got == 2**-12 else 1)`,
    prints: '0.00048828125',
  },
});

export const scipyEntries: readonly LedgerEntry[] = [emptyLane, halfSum, runningSum];
