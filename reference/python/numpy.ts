/** numpy: NumPy has no softmax; this is the textbook's, on NumPy's exp, log and sum. Not another library. */
import type { Case } from '../../src/case/case.ts';
import { formats } from '../../src/float/format.ts';
import type { Reference, SupportTable } from '../reference.ts';
import { pythonReference, rowsOnly } from './python-reference.ts';
import { arrayLines, gotLines } from './script.ts';

const support: SupportTable = {
  formats,
  kernels: {
    softmax: { forward: true, backward: 'NumPy has no gradients' },
    logSoftmax: { forward: true, backward: 'NumPy has no gradients' },
    logSumExp: { forward: true, backward: 'NumPy has no gradients' },
    crossEntropy: { forward: 'NumPy has no cross-entropy' },
  },
  lossOptions: null,
};

/** The lines that numpy_kernels.py has for it. */
const formulas: Readonly<Record<Case['operation'], (axis: number) => readonly string[]>> = {
  softmax: (axis) => [
    `exps = np.exp(x - np.max(x, axis=${axis}, keepdims=True, initial=-np.inf))`,
    `y = exps / np.sum(exps, axis=${axis}, keepdims=True)`,
  ],
  logSoftmax: (axis) => [
    `shifted = x - np.max(x, axis=${axis}, keepdims=True, initial=-np.inf)`,
    `y = shifted - np.log(np.sum(np.exp(shifted), axis=${axis}, keepdims=True))`,
  ],
  logSumExp: (axis) => [
    `largest = np.max(x, axis=${axis}, keepdims=True, initial=-np.inf)`,
    'largest = np.where(np.isfinite(largest), largest, x.dtype.type(0))',
    `y = np.log(np.sum(np.exp(x - largest), axis=${axis}, keepdims=True)) + largest`,
  ],
  crossEntropy: () => [],
};

export const numpy: Reference = pythonReference({
  name: 'numpy',
  family: 'NumPy',
  module: 'numpy_kernels.py',
  install: 'numpy',
  support,
  stacking: rowsOnly,
  kernelName: ({ operation }) =>
    ({
      softmax: 'the textbook’s softmax in NumPy',
      logSoftmax: 'the textbook’s log-softmax in NumPy',
      logSumExp: 'the textbook’s log-sum-exp in NumPy',
      crossEntropy: 'nothing',
    })[operation],
  package: {
    language: 'python',
    install: ['numpy'],
    load: [],
  },
  script: (c) => [...arrayLines(c), ...formulas[c.operation](c.axis), ...gotLines],
});
