/** What PyTorch gets wrong on the CPU in float16 alone: sums that are kept in it, and overflow. */
import type { CaseJson } from '../../../src/case/case-json.ts';
import { isIndexTarget, type Case } from '../../../src/case/case.ts';
import { lanesOf } from '../../../src/tensor/lanes.ts';
import type { LedgerEntry } from '../entry.ts';
import { hasOverflowingPowers, lossSumsOf, mayOverflow } from '../half-sums.ts';
import { gives } from '../in-common.ts';
import { wrongValue } from '../library-entries.ts';
import { valueDivergence } from '../near-miss.ts';
import { smallCase } from '../small-case.ts';

const version = '2.15.0+cu132';
const affects = { torch: [version] };
const inFloat16 = { ...wrongValue, formats: ['float16'] } as const;

const lossSum: LedgerEntry = {
  id: 'torch-half-loss-sum',
  stage: 'reduction',
  title:
    'cross_entropy keeps its sums in float16: the loss is ∞ where they are beyond 65,504, and NaN where their number is, too',
  affects,
  covers: { ...inFloat16, kernels: ['crossEntropy/forward'], symptoms: ['inf', 'nan', 'zero'] },
  when:
    'In float16 the losses of all positions come to 65,520 or more, or with label smoothing the |log p| of the classes of one ' +
    'position do, or what the mean divides by does.',
  concerns(c, element) {
    if (element === null) return false;
    const { perPosition, overPositions, divisor } = lossSumsOf(c, element);
    return [perPosition, overPositions, divisorOf(c, divisor)].some(mayOverflow);
  },
  gives(c, element) {
    const { perPosition, overPositions, divisor } = lossSumsOf(c, element);
    const isInfinite = mayOverflow(Math.max(perPosition, overPositions));
    if (!mayOverflow(divisorOf(c, divisor))) return { value: Infinity, slack: 0 };
    return { value: isInfinite ? NaN : 0, slack: 0 };
  },
  smallest: smallCase({
    kernel: 'crossEntropy/forward',
    format: 'float16',
    shape: [1, 4],
    logits: [0, -22000, -22000, -22000],
    classes: [0],
    labelSmoothing: 0.5,
    reduction: 'none',
  }),
  // 0.5·(3·22000)/4
  shown: { element: 0, exact: 8250 },
  given: { torch: gives('Infinity') },
  cause:
    '`cross_entropy_loss_label_smoothing` in `aten/src/ATen/native/LossNLL.cpp` takes `-input.sum(class_dim)` of a stored log_softmax, and multiplies by ε/C ' +
    'only then; `nll_loss_out_frame` there keeps `loss_partial_sums` and `weight_partial_sums` in the type of the tensor. A mean of 30,000 ' +
    'losses of log 10 is ∞ so, and from 65,520 positions on NaN. On a GPU the latter is pytorch/pytorch#85791, #29429 and #61523; the ' +
    'former was met by huggingface/transformers#10674 in code of its own. (Read in a stored copy of the main branch.)',
  workaround: 'Ask in float32: `F.cross_entropy(x.float(), target).half()`.',
  snippet: {
    on: 'torch',
    code: `x = torch.tensor([[0.0, -22000.0, -22000.0, -22000.0]]).half()
got = torch.nn.functional.cross_entropy(x, torch.tensor([0]), label_smoothing=0.5).item()
print(got)  # 8250.0
sys.exit(0 if abs(got - 8250) <= 4 else 1)`,
    prints: 'inf',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'crossEntropy/forward',
      format: 'float16',
      shape: [1, 4],
      logits: [0, -20992, -20992, -20992],
      classes: [0],
      labelSmoothing: 0.5,
      reduction: 'none',
    }),
    blame: 'torch',
    version,
    divergence: valueDivergence('inf', { got: Infinity, exact: 7872 }),
    because: 'the |log p| of the classes come to 62,976, which float16 holds',
  },
};

/** That of class indices: what probabilities are divided by is a number, and no float16. */
function divisorOf({ loss }: Case, divisor: number): number {
  return loss!.reduction === 'mean' && isIndexTarget(loss!.target) ? divisor : 0;
}

const lossDivisor: LedgerEntry = {
  id: 'torch-half-loss-divisor',
  stage: 'reduction',
  title: 'The gradient of a mean over 65,520 positions, or a weight of as much, is 0 in float16',
  affects,
  covers: { ...inFloat16, kernels: ['crossEntropy/backward'], symptoms: ['zero', 'ulps'] },
  when: 'In float16 the target is class indices, and what the mean divides by, positions or their weights, is 65,520 or more.',
  concerns: (c) => {
    const { target, weight, ignoreIndex } = c.loss!;
    if (!isIndexTarget(target)) return false;
    const all = target.data.reduce(
      (sum, index) => sum + (index === ignoreIndex ? 0 : (weight?.data[index] ?? 1)),
      0,
    );
    return mayOverflow(divisorOf(c, all));
  },
  gives: () => ({ value: 0, slack: 0 }),
  smallest: smallCase({
    kernel: 'crossEntropy/backward',
    format: 'float16',
    shape: [3, 2],
    logits: [0, 0, 0, 0, 0, 0],
    classes: [0, 0, 0],
    weight: [32000, 1],
    dy: [1],
  }),
  shown: { element: 1, exact: 1 / 6 },
  given: { torch: gives(0) },
  cause:
    '`nll_loss_out_frame` in `aten/src/ATen/native/LossNLL.cpp` stores the number of positions, or the sum of their weights, as `total_weight` in the type of the ' +
    'tensor, ∞ in float16, and `nll_loss_backward_out_frame` divides dy by it. On a GPU: pytorch/pytorch#85791. (Read in a stored copy of ' +
    'the main branch.)',
  workaround: 'Ask in float32: `F.cross_entropy(x.float(), target)`.',
  snippet: {
    on: 'torch',
    code: `x = torch.zeros(65536, 2, dtype=torch.half, requires_grad=True)
loss = torch.nn.functional.cross_entropy(x, torch.zeros(65536, dtype=torch.long), reduction='mean')
(loss * 2**10).backward()
print(x.grad[0, 1].item())  # 0.0078125
sys.exit(0 if x.grad[0, 1] == 2**-7 else 1)`,
    prints: '0.0',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'crossEntropy/backward',
      format: 'float16',
      shape: [2, 2],
      logits: [0, 0, 0, 0],
      classes: [0, 0],
      weight: [32000, 1],
      dy: [1],
    }),
    blame: 'torch',
    version,
    divergence: valueDivergence('zero', { element: 1, got: 0, exact: 0.25 }),
    because: 'the weights come to 64,000, which float16 holds',
  },
};

/** Whether the lane lies along PyTorch's last axis: its cross-entropy has the classes second. */
function isAlongLast({ operation, logits, axis }: Case): boolean {
  const { shape } = logits;
  if (operation === 'crossEntropy') return shape.length <= 2;
  return lanesOf(shape, axis).axis === shape.length - 1;
}

const widest = 65_520;

const powersSum: LedgerEntry = {
  id: 'torch-half-sum-of-powers',
  stage: 'sum',
  title: 'log_softmax of 65,520 equal logits is −∞ in float16, and logsumexp is ∞: their sum is stored in it',
  affects,
  covers: {
    ...inFloat16,
    kernels: [
      'logSoftmax/forward',
      'logSoftmax/backward',
      'logSumExp/forward',
      'logSumExp/backward',
      'crossEntropy/forward',
      'crossEntropy/backward',
      'crossEntropy/targetBackward',
    ],
  },
  when:
    'In float16 the sum of e^(x − max) over the lane is 65,520 or more; but for logsumexp the lane lies along the last axis as ' +
    'PyTorch is asked (its cross entropy has the classes second).',
  concerns: (c, element) =>
    element !== null && (c.operation === 'logSumExp' || isAlongLast(c)) && hasOverflowingPowers(c, element),
  gives(c, element, { exact }) {
    if (c.operation === 'crossEntropy') {
      if (c.direction === 'forward') return { value: Infinity, slack: 0 };
      if (c.direction === 'targetBackward') return { value: Math.sign(exact) * Infinity, slack: 0 };
      return { value: exact, slack: Math.max(...c.cotangent!.data.map(Math.abs)) * 2 ** -15 };
    }
    if (c.direction === 'forward')
      return { value: c.operation === 'logSoftmax' ? -Infinity : Infinity, slack: 0 };
    return { value: c.operation === 'logSoftmax' ? c.cotangent!.data[element]! : 0, slack: 0 };
  },
  get smallest(): CaseJson {
    return smallCase({
      kernel: 'logSoftmax/forward',
      format: 'float16',
      shape: [widest],
      logits: new Float64Array(widest),
    });
  },
  // −log 65520
  shown: { element: 0, exact: -Math.log(widest) },
  given: { torch: gives('-Infinity') },
  cause:
    '`serial_vec_log_softmax_lastdim_range` in `aten/src/ATen/native/cpu/LogSoftmaxKernelImpl.h` keeps `tmp_sum_scalar`, the sum of the powers that float32 has added, in the ' +
    'type of the tensor, and so does `logsumexp_out_impl` in `ReduceOps.cpp`, where `exp` and `sum` are tensors. softmax, and ' +
    'log_softmax along another axis, keep it in float32 and are right. Looked for, and not found reported for the CPU.',
  workaround: 'Ask in float32: `torch.log_softmax(x, -1, dtype=torch.float32)`.',
  snippet: {
    on: 'torch',
    code: `got = torch.log_softmax(torch.zeros(1, 65520, dtype=torch.half), -1)[0, 0].item()
print(got)  # -11.09375
sys.exit(0 if got == -11.09375 else 1)`,
    prints: '-inf',
  },
  nearMiss: {
    get case(): CaseJson {
      return smallCase({
        kernel: 'logSoftmax/forward',
        format: 'float16',
        shape: [widest, 1],
        axis: 0,
        logits: new Float64Array(widest),
      });
    },
    blame: 'torch',
    version,
    divergence: valueDivergence('inf', { got: -Infinity, exact: -Math.log(widest) }),
    because: 'along another axis than the last the sum is kept in float32',
  },
};

export const torchHalfEntries: readonly LedgerEntry[] = [lossSum, lossDivisor, powersSum];
