/** The documents of the ledger, one for each project: which entries, and what is said of them as a whole. */
import type { LedgerEntry } from './entry.ts';
import { jaxEntries } from './jax/entries.ts';
import { labelEntries } from './label-entries.ts';
import { logSumExpEntries } from './log-sum-exp-entries.ts';
import { lossEntries } from './loss-entries.ts';
import { memoryEntries } from './memory-entries.ts';
import { numpyEntries } from './numpy/entries.ts';
import { onnxEntries } from './onnx/entries.ts';
import { onnxruntimeEntries } from './onnxruntime/entries.ts';
import { precisionEntries } from './precision-entries.ts';
import { scipyEntries } from './scipy/entries.ts';
import { shaderEntries } from './shader-entries.ts';
import { throwingEntries } from './throwing-entries.ts';
import { torchEntries } from './torch/entries.ts';

/** What is known of one family of references. */
export interface LedgerDocument {
  readonly family: string;
  /** Path of the readable list in the repository, and of the committed counts. */
  readonly file: string;
  readonly counts: string;
  readonly entries: readonly LedgerEntry[];
  /** The cases that the counts are of, as a sentence. */
  readonly asked: string;
  /** Markdown: where it follows another convention, which is no fault, and where that is written. */
  readonly conventions: readonly string[];
}

const bothFormats =
  'The cases are of all operations, directions and options that it has, in float32 and float64, each asked alone.';

const infinity =
  'A lane with +∞: the formula in IEEE arithmetic gives 0 for the other shares and NaN for ∞/∞, where the contract has NaN ' +
  'for the whole lane. `logSumExp` itself is judged there: it is +∞ for both.';

const zeroTimes =
  'A share or a weight of 0 times a log-probability of −∞ is NaN, as the written formula has it in IEEE arithmetic, where the ' +
  'contract has 0';

export const ledgerDocuments: readonly LedgerDocument[] = [
  {
    family: 'TensorFlow.js',
    file: 'docs/tensorflow-js-divergences.md',
    counts: 'reference/ledger/ledger-counts.json',
    entries: [
      ...labelEntries,
      ...lossEntries,
      ...logSumExpEntries,
      ...memoryEntries,
      ...throwingEntries,
      ...precisionEntries,
      ...shaderEntries,
    ],
    asked:
      'The cases are of all operations, directions and options in float32, with lanes of up to 1,000,000 elements, and memory was ' +
      'filled and freed before each call.',
    conventions: [],
  },
  {
    family: 'NumPy',
    file: 'docs/divergences/numpy.md',
    counts: 'reference/ledger/numpy/counts.json',
    entries: numpyEntries,
    asked:
      'NumPy has no softmax: what is judged are the textbook’s formulas on its `exp`, `log` and `sum`. The cases are of the three ' +
      'forwards in float32 and float64, each asked alone.',
    conventions: [],
  },
  {
    family: 'SciPy',
    file: 'docs/divergences/scipy.md',
    counts: 'reference/ledger/scipy/counts.json',
    entries: scipyEntries,
    asked: bothFormats,
    conventions: [
      `${infinity} Written: [scipy.special.softmax](https://docs.scipy.org/doc/scipy/reference/generated/scipy.special.softmax.html) ` +
        '(the formula); scipy/scipy#23225 asks for 1 at the +∞.',
    ],
  },
  {
    family: 'ONNX Runtime',
    file: 'docs/divergences/onnxruntime.md',
    counts: 'reference/ledger/onnxruntime/counts.json',
    entries: onnxruntimeEntries,
    asked: bothFormats,
    conventions: [
      `${infinity} Written: [Softmax](https://onnx.ai/onnx/operators/onnx__Softmax.html) (the formula).`,
      `${zeroTimes}. Written: [SoftmaxCrossEntropyLoss](https://onnx.ai/onnx/operators/onnx__SoftmaxCrossEntropyLoss.html).`,
    ],
  },
  {
    family: 'ONNX',
    file: 'docs/divergences/onnx.md',
    counts: 'reference/ledger/onnx/counts.json',
    entries: onnxEntries,
    asked: bothFormats,
    conventions: [
      `${infinity} Written: [Softmax](https://onnx.ai/onnx/operators/onnx__Softmax.html) (the formula).`,
      `${zeroTimes}. Written: [SoftmaxCrossEntropyLoss](https://onnx.ai/onnx/operators/onnx__SoftmaxCrossEntropyLoss.html).`,
    ],
  },
  {
    family: 'PyTorch',
    file: 'docs/divergences/torch.md',
    counts: 'reference/ledger/torch/counts.json',
    entries: torchEntries,
    asked: bothFormats,
    conventions: [
      `${infinity} Written: [torch.nn.Softmax](https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html) (the formula).`,
      `${zeroTimes}. Written: [torch.nn.CrossEntropyLoss](https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html).`,
    ],
  },
  {
    family: 'JAX',
    file: 'docs/divergences/jax.md',
    counts: 'reference/ledger/jax/counts.json',
    entries: jaxEntries,
    asked: bothFormats,
    conventions: [
      `${infinity} Written: [jax.nn.softmax](https://docs.jax.dev/en/latest/_autosummary/jax.nn.softmax.html) (the formula, and the note on +∞).`,
    ],
  },
];
