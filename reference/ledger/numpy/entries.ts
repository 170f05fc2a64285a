/** What the textbook's formulas in NumPy get wrong. */
import type { LedgerEntry } from '../entry.ts';
import { gives } from '../in-common.ts';
import { numpySumEntry } from '../library-entries.ts';
import { numpyHalfSumEntry } from '../numpy-half-sum.ts';

const version = '2.4.6';

const runningSum = numpySumEntry('numpy', version, {
  id: 'numpy-running-sum',
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
});

const halfSum = numpyHalfSumEntry('numpy', version, {
  id: 'numpy-half-sum',
  takes: ['float16', 'bfloat16'],
  given: { numpy: gives(2 ** -8) },
  cause:
    '`np.sum` of ml_dtypes’ bfloat16 adds by the loop of `add` that this package registers, which rounds each sum to bfloat16: from 256 ones on it stays where it ' +
    'is. Of float16 NumPy adds in float32 and in pairs along the fastest axis (`HALF_pairwise_sum` in `numpy/_core/src/umath/loops_utils.h.src`), and ' +
    'element by element in float16 along another, where 2,048 ones are as much as there can be. Whoever takes NumPy for the truth ' +
    'of a kernel on halves has this in it. Not looked up.',
  workaround: 'Say the type of the sum: `np.sum(exps, axis=0, dtype=np.float32)`.',
  snippet: {
    on: 'numpy',
    code: `import ml_dtypes
print(np.ones(257, ml_dtypes.bfloat16).sum(), np.ones((2050, 2), np.float16).sum(0).tolist())  # 256, [2050.0, 2050.0]
exps = np.ones(4096, ml_dtypes.bfloat16)
got = float((exps / exps.sum())[0])
print(got)  # 0.000244140625
sys.exit(0 if got == 2**-12 else 1)`,
    prints: '256 [2048.0, 2048.0]\n0.00390625',
  },
});

export const numpyEntries: readonly LedgerEntry[] = [halfSum, runningSum];
