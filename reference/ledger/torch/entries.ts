/** What PyTorch gets wrong on the CPU. */
import { isIndexTarget, type Case } from '../../../src/case/case.ts';
import { conductDivergence } from '../../../src/case/verdict.ts';
import { formatFacts, isHalf } from '../../../src/float/format.ts';
import type { LedgerEntry } from '../entry.ts';
import { gives, throws } from '../in-common.ts';
import { isEmptyAxis, laneOf, lanesBehind, widthOf } from '../lanes-behind.ts';
import { carelessSum, givesRunningSum, throwing, wrongValue } from '../library-entries.ts';
import { valueDivergence } from '../near-miss.ts';
import { smallCase } from '../small-case.ts';
import { torchHalfEntries } from './half-entries.ts';

const version = '2.15.0+cu132';
const affects = { torch: [version] };

/** The largest |x| of the lane; infinite where something in it is not finite. */
function sizeOfLane(c: Case, element: number): number {
  return laneOf(c, lanesBehind(c, element)[0]!).reduce(
    (size, x) => (Number.isFinite(x) ? Math.max(size, Math.abs(x)) : x === -Infinity ? size : Infinity),
    0,
  );
}

const roundedLogSumExp: LedgerEntry = {
  id: 'torch-rounded-log-sum-exp',
  stage: 'shift',
  title: 'The gradient of logsumexp is e^(x − L) with L rounded: [1, 1] at [1e8, 1e8], not [0.5, 0.5]',
  affects,
  covers: { ...wrongValue, kernels: ['logSumExp/backward'] },
  when:
    'A logit of the lane is 2 or more away from 0, or the data is of a half; the relative error is no larger than what the roundings ' +
    'of L and of x − L make of it.',
  concerns(c, element) {
    if (element === null) return false;
    const size = sizeOfLane(c, element);
    return (size >= 2 || isHalf(c.format)) && size < Infinity;
  },
  gives(c, element, { exact }) {
    const { unitRoundoff, smallestSubnormal } = sizesOf(c);
    const exponent = 4 * unitRoundoff * (2 * sizeOfLane(c, element) + Math.log(widthOf(c)) + 1);
    return { value: exact, slack: Math.abs(exact) * Math.expm1(Math.min(exponent, 700)) + smallestSubnormal };
  },
  smallest: smallCase({ kernel: 'logSumExp/backward', shape: [2], logits: [1e8, 1e8], dy: [1] }),
  shown: { element: 0, exact: 0.5 },
  given: { torch: gives(1) },
  cause:
    '`logsumexp_backward` in `torch/csrc/autograd/FunctionsManual.cpp` is `grad * (self - result).exp()`: the result has been rounded at its own ' +
    'size, which near 1e8 is by 4 in float32, and near 1,000 by 0.25 in float16, and the error is in the exponent. `torch.softmax` is right there. (The same of another ' +
    'function is told in a review of pytorch/pytorch#195829; for `logsumexp` it was looked for and not found.)',
  workaround: 'Multiply the gradient by `torch.softmax` yourself, or subtract the maximum before.',
  snippet: {
    on: 'torch',
    code: `x = torch.tensor([1e8, 1e8], requires_grad=True)
torch.logsumexp(x, 0).backward()
print(x.grad.tolist())  # [0.5, 0.5]
sys.exit(0 if x.grad[0] == 0.5 else 1)`,
    prints: '[1.0, 1.0]',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSumExp/backward', shape: [2], logits: [16, 16], dy: [1] }),
    blame: 'torch',
    version,
    divergence: valueDivergence('ulps', { got: 1, exact: 0.5 }),
    because: 'L is rounded by no more than 1e-6 there',
  },
};

function sizesOf({ format }: Case): { readonly unitRoundoff: number; readonly smallestSubnormal: number } {
  return formatFacts(format);
}

/** Whether some position behind the element is ignored. */
function isIgnored(c: Case, element: number | null): boolean {
  const { target, ignoreIndex } = c.loss!;
  if (!isIndexTarget(target) || ignoreIndex === undefined) return false;
  const lanes = element === null ? [...target.data.keys()] : lanesBehind(c, element);
  return lanes.some((lane) => target.data[lane] === ignoreIndex);
}

const ignoredPosition: LedgerEntry = {
  id: 'torch-ignored-position',
  stage: 'ignoreIndex',
  title: 'The gradient of an ignored position is NaN where its logits are NaN or all −∞',
  affects,
  covers: { ...wrongValue, kernels: ['crossEntropy/backward'], symptoms: ['nan'] },
  when: 'The position is ignored, and its log-softmax is NaN.',
  concerns: isIgnored,
  smallest: smallCase({
    kernel: 'crossEntropy/backward',
    shape: [2, 2],
    logits: [NaN, 0, 0, 0],
    classes: [-100, 0],
    ignoreIndex: -100,
    dy: [1],
  }),
  shown: { element: 0, exact: 0 },
  given: { torch: gives('NaN') },
  cause:
    '`cross_entropy` is `nll_loss` of `log_softmax`: the former hands 0 back for an ignored position, and the backward of the latter (`log_softmax_backward_lastdim_kernel`, ' +
    '`aten/src/ATen/native/cpu/SoftMaxKernel.cpp`) multiplies that 0 by a NaN. [The page](https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html) says that ' +
    'such a target “does not contribute to the input gradient”. Not looked up.',
  workaround: 'Select the positions before: `F.cross_entropy(x[keep], target[keep])`.',
  snippet: {
    on: 'torch',
    code: `x = torch.tensor([[float('nan'), 0.0], [0.0, 0.0]], requires_grad=True)
torch.nn.functional.cross_entropy(x, torch.tensor([-100, 0])).backward()
print(x.grad.tolist())  # [[0.0, 0.0], [-0.5, 0.5]]
sys.exit(0 if x.grad[0, 0] == 0 else 1)`,
    prints: '[[nan, nan], [-0.5, 0.5]]',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'crossEntropy/backward',
      shape: [2, 2],
      logits: [NaN, 0, 0, 0],
      classes: [-100, 0],
      ignoreIndex: -100,
      dy: [1],
    }),
    blame: 'torch',
    version,
    divergence: valueDivergence('nan', { element: 2, got: NaN, exact: -0.5 }),
    because: 'the second position is not ignored',
  },
};

const noClasses: LedgerEntry = {
  id: 'torch-no-classes',
  stage: 'special values',
  title: 'cross_entropy over no classes is NaN in the mean, and with label smoothing',
  affects,
  covers: { ...wrongValue, kernels: ['crossEntropy/forward'], symptoms: ['nan'] },
  when: 'There are positions and no classes.',
  concerns: isEmptyAxis,
  gives: () => ({ value: NaN, slack: 0 }),
  smallest: smallCase({ kernel: 'crossEntropy/forward', shape: [1, 0], logits: [], labels: [] }),
  shown: { element: 0, exact: 0 },
  given: { torch: gives('NaN') },
  cause:
    '`cross_entropy_loss_prob_target` in `aten/src/ATen/native/LossNLL.cpp` fills the mean with NaN wherever the input has no elements, also where it has ' +
    'positions, and label smoothing divides by the number of classes. Its maintainers asked for this NaN in pytorch/pytorch#73165, where ' +
    'it was a trap; the sum over the positions is 0, and so is the loss of each. (Read in a stored copy of the main branch.)',
  workaround: 'Ask for the number of classes first.',
  snippet: {
    on: 'torch',
    code: `got = torch.nn.functional.cross_entropy(torch.zeros(1, 0), torch.zeros(1, 0)).item()
print(got)  # 0.0, as the only loss is: reduction='none' gives [0.0]
sys.exit(0 if got == 0 else 1)`,
    prints: 'nan',
  },
  nearMiss: {
    case: smallCase({ kernel: 'crossEntropy/forward', shape: [1, 1], logits: [0], labels: [1] }),
    blame: 'torch',
    version,
    divergence: valueDivergence('nan', { got: NaN, exact: 0 }),
    because: 'there is a class',
  },
};

const noClassesOfMany: LedgerEntry = {
  id: 'torch-no-classes-reshaped',
  stage: 'conduct',
  title:
    'cross_entropy of class indices over no classes raises where the logits have three axes, or five and more',
  affects,
  covers: {
    ...throwing,
    kernels: ['crossEntropy/forward', 'crossEntropy/backward'],
    message: /size mismatch/,
  },
  when: 'There are positions and no classes, and the logits have another number of axes than one, two or four.',
  concerns: (c) => isEmptyAxis(c) && ![0, 1, 2, 4].includes(c.logits.shape.length),
  smallest: smallCase({
    kernel: 'crossEntropy/forward',
    shape: [1, 0, 1],
    axis: 1,
    logits: [],
    classes: [255],
    ignoreIndex: 255,
    reduction: 'sum',
  }),
  shown: null,
  given: { torch: throws('RuntimeError: size mismatch (got input: [1, 0, 0, 0] , target: [1, 1, 1]') },
  cause:
    '`nll_loss_nd` in `aten/src/ATen/native/LossNLL.cpp` reshapes what has neither two nor four axes: an input without elements to `{n, c, 0, 0}`, and a ' +
    'target with elements to `{n, 1, -1}`, which do not fit. With four axes it gives 0. (Read in a stored copy of the main branch.) Not looked up.',
  workaround: 'Bring the logits to four axes before: `x[..., None]`, `target[..., None]`.',
  snippet: {
    on: 'torch',
    code: `x, target = torch.zeros(1, 0, 1), torch.full((1, 1), -100)
try:
    print(torch.nn.functional.cross_entropy(x, target, reduction='sum').item())  # 0.0, as for torch.zeros(1, 0, 1, 1)
except RuntimeError as error:
    print(error)
    sys.exit(1)`,
    prints: 'size mismatch (got input: [1, 0, 0, 0] , target: [1, 1, 1]',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'crossEntropy/forward',
      shape: [1, 0, 1, 1],
      axis: 1,
      logits: [],
      classes: [255],
      ignoreIndex: 255,
      reduction: 'sum',
    }),
    blame: 'torch',
    version,
    divergence: conductDivergence('threw', 'RuntimeError: size mismatch'),
    because: 'four axes are not reshaped',
  },
};

const runningSum: LedgerEntry = {
  id: 'torch-running-sum',
  stage: 'sum',
  title: 'Sums over another axis than the last are kept in one number from the first to the last',
  affects,
  covers: {
    ...carelessSum,
    kernels: [
      'softmax/forward',
      'softmax/backward',
      'logSoftmax/forward',
      'logSoftmax/backward',
      'crossEntropy/forward',
      'crossEntropy/backward',
    ],
  },
  when: 'A lane has 64 elements or more and does not lie along the last axis as PyTorch is asked (its cross entropy has the classes second), and the error is no larger than a running sum’s.',
  concerns: (c) => widthOf(c) >= 64 && c.logits.shape.length > 1,
  gives: givesRunningSum,
  smallest: smallCase({
    kernel: 'softmax/forward',
    shape: [153, 1],
    axis: 0,
    logits: Array.from({ length: 153 }, (_, i) => (i === 152 ? 1.5 : 0)),
  }),
  // e^1.5/(152 + e^1.5)
  shown: { element: 152, exact: 0.028640341863408435 },
  given: { torch: gives(0.028640396893024445) },
  cause:
    '`softmax_kernel` and its kin in `aten/src/ATen/native/cpu/SoftMaxKernel.cpp` work on columns side by side, and add along each one after the ' +
    'other, in the type of the tensor: told by what it answers, the source was not read. A choice, and told as inaccurate, not as wrong.',
  workaround: 'Bring the axis last and copy: `torch.softmax(x.movedim(0, -1).contiguous(), -1)`.',
  snippet: {
    on: 'torch',
    code: `x = torch.zeros(153, 1)
x[152] = 1.5
got = torch.softmax(x, 0)[152].item()
print(got)  # 0.028640341863408435
sys.exit(0 if abs(got / 0.028640341863408435 - 1) < 1e-6 else 1)`,
    prints: '0.028640396893024445',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'softmax/forward',
      shape: [153],
      logits: Array.from({ length: 153 }, (_, i) => (i === 152 ? 1.5 : 0)),
    }),
    blame: 'torch',
    version,
    divergence: valueDivergence('ulps', {
      element: 152,
      got: 0.028640396893024445,
      exact: 0.028640341863408435,
      severity: 'inaccurate',
    }),
    because: 'along the last axis the sum is kept in several numbers',
  },
};

export const torchEntries: readonly LedgerEntry[] = [
  ...torchHalfEntries,
  roundedLogSumExp,
  ignoredPosition,
  noClasses,
  noClassesOfMany,
  runningSum,
];
