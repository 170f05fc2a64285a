/** scipy: scipy.special. */
import type { Reference, SupportTable } from '../reference.ts';
import { pythonReference, rowsOnly } from './python-reference.ts';
import { arrayLines, gotLines } from './script.ts';

const support: SupportTable = {
  formats: ['float32', 'float64', 'float16'],
  kernels: {
    softmax: { forward: true, backward: 'SciPy has no gradients' },
    logSoftmax: { forward: true, backward: 'SciPy has no gradients' },
    logSumExp: { forward: true, backward: 'SciPy has no gradients' },
    crossEntropy: { forward: 'SciPy has no cross-entropy' },
  },
  lossOptions: null,
};

const functions = {
  softmax: 'softmax',
  logSoftmax: 'log_softmax',
  logSumExp: 'logsumexp',
  crossEntropy: '',
} as const;

export const scipy: Reference = pythonReference({
  name: 'scipy',
  family: 'SciPy',
  module: 'scipy_kernels.py',
  install: 'scipy',
  support,
  stacking: rowsOnly,
  kernelName: ({ operation }) =>
    ({
      softmax: '`scipy.special.softmax`',
      logSoftmax: '`scipy.special.log_softmax`',
      logSumExp: '`scipy.special.logsumexp`',
      crossEntropy: 'nothing',
    })[operation],
  package: {
    language: 'python',
    install: ['scipy'],
    load: ['from scipy import special'],
  },
  script: (c) => [...arrayLines(c), `y = special.${functions[c.operation]}(x, axis=${c.axis})`, ...gotLines],
});
