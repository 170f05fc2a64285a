/** jax: jax.nn on the CPU, its gradients by jax.vjp. */
import { formats } from '../../src/float/format.ts';
import type { Reference, SupportTable } from '../reference.ts';
import { pythonReference, rowsOnly } from './python-reference.ts';
import { arrayLines, gotLines } from './script.ts';

const support: SupportTable = {
  formats,
  kernels: {
    softmax: { forward: true, backward: true },
    logSoftmax: { forward: true, backward: true },
    logSumExp: { forward: true, backward: true },
    crossEntropy: { forward: 'JAX has no cross-entropy; Optax has' },
  },
  lossOptions: null,
};

const functions = {
  softmax: 'softmax',
  logSoftmax: 'log_softmax',
  logSumExp: 'logsumexp',
  crossEntropy: '',
} as const;

export const jax: Reference = pythonReference({
  name: 'jax',
  family: 'JAX',
  module: 'jax_kernels.py',
  install: 'jax numpy',
  support,
  stacking: rowsOnly,
  kernelName({ operation, direction }) {
    const name = `\`jax.nn.${functions[operation]}\``;
    return direction === 'forward' ? name : `the gradient of ${name}`;
  },
  package: {
    language: 'python',
    install: ['jax', 'numpy'],
    load: ['import jax', "jax.config.update('jax_enable_x64', True)"],
  },
  script: (c) => [
    ...arrayLines(c),
    `function = jax.jit(lambda x: jax.nn.${functions[c.operation]}(x, axis=${c.axis}))`,
    c.direction === 'forward' ? 'y = function(x)' : 'y = jax.vjp(function, x)[1](dy)[0]',
    ...gotLines,
  ],
});
