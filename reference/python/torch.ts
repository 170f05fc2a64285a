/** torch: PyTorch on the CPU, its gradients by its autograd. */
import { isIndexTarget, type Case, type Loss } from '../../src/case/case.ts';
import { formats } from '../../src/float/format.ts';
import type { Reference, SupportTable } from '../reference.ts';
import { pythonReference, rowsOnly } from './python-reference.ts';
import { torchGotLines, torchLines } from './script.ts';

const support: SupportTable = {
  formats,
  kernels: {
    softmax: { forward: true, backward: true },
    logSoftmax: { forward: true, backward: true },
    logSumExp: { forward: true, backward: true },
    crossEntropy: { forward: true, backward: true, targetBackward: true },
  },
  lossOptions: {
    reduction: 'reduction',
    'target=index': 'targets of int64',
    labelSmoothing: 'label_smoothing',
    weight: 'weight',
    ignoreIndex: 'ignore_index',
  },
};

const functions = {
  softmax: 'softmax',
  logSoftmax: 'log_softmax',
  logSumExp: 'logsumexp',
  crossEntropy: 'nn.functional.cross_entropy',
} as const;

function script(c: Case): readonly string[] {
  const { operation, direction, axis, loss, logits } = c;
  const isOfTarget = direction === 'targetBackward';
  const last = logits.shape.length > 1 ? `.movedim(${axis}, 1)` : '';
  const call =
    loss === undefined
      ? `y = torch.${functions[operation]}(x, ${axis})`
      : `y = torch.nn.functional.cross_entropy(x${logits.shape.length === 0 ? '[None]' : last}, ${targetText(c, last)}${optionsText(loss)})`;
  return [
    ...torchLines(c),
    ...(direction === 'forward' ? [] : [`${isOfTarget ? 'target' : 'x'}.requires_grad_()`]),
    call,
    ...(direction === 'forward' ? [] : ['y.backward(dy)', `y = ${isOfTarget ? 'target' : 'x'}.grad`]),
    ...torchGotLines,
  ];
}

function targetText({ loss, logits }: Case, last: string): string {
  if (isIndexTarget(loss!.target)) return 'target';
  return logits.shape.length === 0 ? 'target[None]' : `target${last}`;
}

function optionsText({ weight, ignoreIndex, reduction, labelSmoothing }: Loss): string {
  return [
    ...(weight === undefined ? [] : [', weight=weight']),
    ...(ignoreIndex === undefined ? [] : [`, ignore_index=${ignoreIndex}`]),
    `, reduction='${reduction}'`,
    ...(labelSmoothing === 0 ? [] : [`, label_smoothing=${labelSmoothing}`]),
  ].join('');
}

export const torch: Reference = pythonReference({
  name: 'torch',
  family: 'PyTorch',
  module: 'torch_kernels.py',
  install: 'torch numpy',
  support,
  stacking: rowsOnly,
  kernelName({ operation, direction }) {
    const name = `\`torch.${functions[operation]}\``;
    return direction === 'forward' ? name : `the gradient of ${name}`;
  },
  package: {
    language: 'python',
    install: ['torch', 'numpy'],
    load: ['import torch'],
  },
  script,
});
