/** What the textbook's formulas in NumPy get wrong. */
import type { LedgerEntry } from '../entry.ts';
import { numpySumEntry } from '../library-entries.ts';

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

export const numpyEntries: readonly LedgerEntry[] = [runningSum];
