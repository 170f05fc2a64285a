/** What libraries are known to get wrong in halves, and the campaign that finds each of it. Data only. */
import type { CaseJson } from '../../src/case/case-json.ts';
import type { KernelName } from '../../src/contract/subject.ts';
import type { HalfFormat } from '../../src/float/format.ts';
import { smallCase } from '../../reference/ledger/small-case.ts';

export interface KnownBug {
  /** In a line. */
  readonly title: string;
  /** The entry of the ledger that has to explain what is found. */
  readonly entry: string;
  /** The reference whose module of Python is the subject. */
  readonly library: string;
  readonly formats: readonly HalfFormat[];
  readonly kernels: readonly KernelName[];
  readonly seed: number;
  /** The campaign's bound. */
  readonly runs: number;
  /** Cases larger than what the campaign draws, judged first; absent where it draws what it takes. */
  readonly supplied?: readonly CaseJson[];
}

const zeros = (length: number): Float64Array => new Float64Array(length);

/** More than float16 counts; a campaign draws as much about twice in 40,000 cases of a kernel. */
const wide = 65_536;

export const knownBugs: readonly KnownBug[] = [
  {
    title: 'torch: Σ of log p over classes in float16, then times ε/C',
    entry: 'torch-half-loss-sum',
    library: 'torch',
    formats: ['float16'],
    kernels: ['crossEntropy'],
    seed: 1,
    runs: 2_000,
  },
  {
    title: 'torch: a mean over more positions than float16 can count is NaN',
    entry: 'torch-half-loss-sum',
    library: 'torch',
    formats: ['float16'],
    kernels: ['crossEntropy'],
    seed: 1,
    runs: 1,
    supplied: [
      smallCase({
        kernel: 'crossEntropy/forward',
        format: 'float16',
        shape: [wide, 2],
        logits: zeros(2 * wide),
        classes: Array(wide).fill(0) as number[],
      }),
    ],
  },
  {
    title: 'torch: the gradient of such a mean is 0',
    entry: 'torch-half-loss-divisor',
    library: 'torch',
    formats: ['float16'],
    kernels: ['crossEntropyBackward'],
    seed: 1,
    runs: 1,
    supplied: [
      smallCase({
        kernel: 'crossEntropy/backward',
        format: 'float16',
        shape: [wide, 2],
        logits: zeros(2 * wide),
        classes: Array(wide).fill(0) as number[],
        dy: [1_024],
      }),
    ],
  },
  {
    title: 'torch: log_softmax of 65,520 equal logits is −∞',
    entry: 'torch-half-sum-of-powers',
    library: 'torch',
    formats: ['float16'],
    kernels: ['logSoftmax'],
    seed: 1,
    runs: 1,
    supplied: [
      smallCase({ kernel: 'logSoftmax/forward', format: 'float16', shape: [1, wide], logits: zeros(wide) }),
    ],
  },
  {
    title: 'torch: the gradient of logsumexp by a stored L',
    entry: 'torch-rounded-log-sum-exp',
    library: 'torch',
    formats: ['float16'],
    kernels: ['logSumExpBackward'],
    seed: 1,
    runs: 500,
  },
  {
    title: 'torch: the gradient of logsumexp by a stored L, in bfloat16',
    entry: 'torch-rounded-log-sum-exp',
    library: 'torch',
    formats: ['bfloat16'],
    kernels: ['logSumExpBackward'],
    seed: 1,
    runs: 500,
  },
  ...(['softmax', 'logSoftmax', 'logSumExp'] as const).map((operation): KnownBug => ({
    title: `jax: ${operation} of 65,520 equal logits is 0, −∞ or ∞`,
    entry: 'jax-half-sum-of-powers',
    library: 'jax',
    formats: ['float16'],
    kernels: [operation],
    seed: 1,
    runs: 1,
    supplied: [
      smallCase({
        kernel: `${operation}/forward`,
        format: 'float16',
        shape: [wide],
        logits: zeros(wide),
      }),
    ],
  })),
  {
    title: 'jax: the gradient of log_softmax is ∓∞ where Σ dy overflows',
    entry: 'jax-half-cotangent-sum',
    library: 'jax',
    formats: ['float16'],
    kernels: ['logSoftmaxBackward'],
    seed: 1,
    runs: 1_000,
  },
  {
    title: 'jax: the gradient of softmax is dy·s from 256 equal classes on',
    entry: 'jax-half-square-of-sum',
    library: 'jax',
    formats: ['float16'],
    kernels: ['softmaxBackward'],
    seed: 1,
    runs: 1_000,
  },
  {
    title: 'onnxruntime: ReduceLogSumExp of float16 subtracts no maximum',
    entry: 'onnxruntime-half-unshifted',
    library: 'onnxruntime',
    formats: ['float16'],
    kernels: ['logSumExp'],
    seed: 1,
    runs: 200,
  },
  {
    title: 'numpy: a sum of ml_dtypes’ bfloat16 stays at 256',
    entry: 'numpy-half-sum',
    library: 'numpy',
    formats: ['bfloat16'],
    kernels: ['softmax'],
    seed: 1,
    runs: 2_000,
  },
  {
    title: 'numpy: a sum of float16 along another axis than the last stays at 2,048',
    entry: 'numpy-half-sum',
    library: 'numpy',
    formats: ['float16'],
    kernels: ['softmax'],
    seed: 1,
    runs: 2_000,
  },
];
