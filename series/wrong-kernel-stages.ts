/** The stage of each of examples/wrong-kernels, said before anything guessed it. */
import type { StageName } from '../src/case/stage.ts';

export const wrongKernelStages: Readonly<Record<string, StageName>> = {
  'diagonal-jacobian': 'product',
  'dropped-tail': 'tail',
  'gradient-of-the-maximum': 'product',
  'log-of-softmax': 'logarithm',
  'masked-lane-zero': 'special values',
  'mean-over-positions': 'reduction',
  'nan-swallowed': 'special values',
  'negative-axis-is-last': 'strides',
  'no-max-shift': 'shift',
  'remembers-the-last-call': 'state',
  'reshape-not-transpose': 'strides',
  'shifts-in-place': 'conduct',
  'smoothing-not-in-gradient': 'smoothing',
  'unnormalised-target-gradient': 'target',
};
