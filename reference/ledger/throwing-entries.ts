/** Valid cases that the references throw on. */
import { resolveAxis } from '../../src/tensor/lanes.ts';
import { toLast } from '../tfjs/axis-last.ts';
import {
  byEveryBackend,
  everyBackend,
  outsideOfBrowsers,
  throws,
  wasmAlone,
  everyKernel,
} from './in-common.ts';
import type { Coverage, LedgerEntry } from './entry.ts';
import { isEmptyAxis } from './lanes-behind.ts';
import { conductDivergence } from '../../src/case/verdict.ts';
import { smallCase } from './small-case.ts';

const throwing = {
  oracles: ['conduct'],
  severities: ['wrong'],
  symptoms: ['threw'],
} as const satisfies Omit<Coverage, 'kernels'>;

const emptyTranspose: LedgerEntry = {
  id: 'empty-transpose',
  stage: 'conduct',
  title: 'A transpose of an empty tensor traps: divide by zero (tfjs-wasm)',
  affects: wasmAlone,
  covers: {
    ...throwing,
    kernels: everyKernel,
    message: /divide by zero/,
  },
  when: 'The axis has to be brought last, and an axis before it, which the transpose leaves in place, has size 0.',
  concerns: ({ logits: { shape }, axis }) =>
    toLast(shape.length, axis) !== null && shape.slice(0, resolveAxis(axis, shape.length)).includes(0),
  smallest: smallCase({ kernel: 'softmax/forward', shape: [0, 2, 2], axis: 1, logits: [] }),
  shown: null,
  given: { 'tfjs-wasm': throws('divide by zero') },
  cause:
    '`transpose` in `tfjs-backend-wasm/src/kernels/Transpose.ts` calls its kernel for tensors without elements too; `flatten` in ' +
    '`src/cc/transpose_impl.cc` divides the number of elements by the sizes of the leading axes that stay where they are: 0/0 ' +
    'traps in WebAssembly.',
  workaround: 'Ask for `tensor.size` first.',
  snippet: {
    on: 'tfjs-wasm',
    code: `try {
  console.log(tf.transpose(tf.zeros([0, 2, 2]), [0, 2, 1]).shape); // [0, 2, 2]
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}`,
    prints: 'divide by zero',
  },
  nearMiss: {
    case: smallCase({ kernel: 'softmax/forward', shape: [2, 2, 0], axis: 1, logits: [] }),
    blame: 'tfjs-wasm',
    version: '4.22.0',
    divergence: conductDivergence('threw', 'it threw on a valid case: divide by zero'),
    because: 'the axis before the class axis has size 2: nothing is divided by 0',
  },
};

const scalars: LedgerEntry = {
  id: 'scalars',
  stage: 'conduct',
  title: 'softmax and logSoftmax of a scalar throw',
  affects: everyBackend,
  covers: {
    ...throwing,
    kernels: ['softmax/forward', 'softmax/backward', 'logSoftmax/forward', 'logSoftmax/backward'],
    message:
      /All values in axis param must be in range \[-0, 0\)|logits must have >= 1 dimension, got \[\]|The new shape \(NaN,\)/,
  },
  when: 'The rank is 0.',
  concerns: (c) => c.logits.shape.length === 0,
  smallest: smallCase({ kernel: 'logSoftmax/forward', shape: [], logits: [0] }),
  shown: { element: 0, exact: 0 },
  given: byEveryBackend(throws('All values in axis param must be in range [-0, 0) but got axis -1')),
  cause:
    '`logSoftmax_` in `tfjs-core/src/ops/log_softmax.ts` turns the default axis −1 into rank − 1, which is −1 again for a scalar; ' +
    '`parseAxisParam` refuses it. `softmax_` in `softmax.ts` does the same, and fails in the backend. `tf.logSumExp` takes scalars.',
  workaround: 'Reshape to [1] first.',
  snippet: {
    on: 'tfjs-cpu',
    code: `try {
  console.log(tf.logSoftmax(tf.scalar(0)).arraySync()); // 0
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}`,
    prints: 'All values in axis param must be in range [-0, 0) but got axis -1',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSoftmax/forward', shape: [1], logits: [0] }),
    blame: 'tfjs-cpu',
    version: '4.22.0',
    divergence: conductDivergence(
      'threw',
      'it threw on a valid case: All values in axis param must be in range [-0, 0) but got axis -1',
    ),
    because: 'a shape of [1] has an axis',
  },
};

const emptyAxisGradient: LedgerEntry = {
  id: 'empty-axis-gradient',
  stage: 'conduct',
  title: 'The gradient of logSumExp over an empty axis throws',
  affects: outsideOfBrowsers,
  covers: { ...throwing, kernels: ['logSumExp/backward'], message: /reshape|[Nn]ew shape/ },
  when: 'The axis has size 0, and there is a lane.',
  concerns: (c) => isEmptyAxis(c),
  smallest: smallCase({ kernel: 'logSumExp/backward', shape: [0], logits: [], dy: [1] }),
  shown: null,
  given: {
    'tfjs-cpu': throws('The new shape (1) has 1 elements and the old shape (0) has 0 elements.'),
    'tfjs-wasm': throws(
      'new shape: 1, old shape: 0. New shape and old shape must have the same number of elements.',
    ),
    'tfjs-node': throws('Invalid TF_Status: 3\nMessage: Input to reshape is a tensor with 0 values'),
  },
  cause:
    '`logSumExp_` in `tfjs-core/src/ops/log_sum_exp.ts` broadcasts the maximum over the empty axis; the gradient of `sub` ' +
    '(`tfjs-core/src/gradients/Sub_grad.ts`) asks `getReductionAxes` over which axes to sum back, which names none for a size ' +
    'of 1 against 0, and reshapes what has no elements to a shape that has.',
  workaround: 'Ask for the size of the axis first: the gradient has no elements.',
  snippet: {
    on: 'tfjs-cpu',
    code: `try {
  console.log(tf.grad((x) => tf.logSumExp(x))(tf.zeros([0])).arraySync()); // []
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}`,
    prints:
      'The new shape (1) has 1 elements and the old shape (0) has 0 elements. The new shape and old shape must have the same number of elements.',
  },
  nearMiss: {
    case: smallCase({ kernel: 'logSumExp/backward', shape: [0, 1], axis: 1, logits: [], dy: [] }),
    blame: 'tfjs-cpu',
    version: '4.22.0',
    divergence: conductDivergence('threw', 'it threw on a valid case: The new shape (1) has 1 elements'),
    because: 'the axis has a class, and it is the lanes that are none',
  },
};

const smoothingOfRank1: LedgerEntry = {
  id: 'smoothing-of-rank-1',
  stage: 'conduct',
  title: 'Label smoothing throws for labels of rank 1',
  affects: everyBackend,
  covers: {
    ...throwing,
    kernels: ['crossEntropy/forward', 'crossEntropy/backward', 'crossEntropy/targetBackward'],
    message: /values passed to tensor\(values\) must be a number/,
  },
  when: 'There is label smoothing, and the rank is 1.',
  concerns: (c) => c.loss!.labelSmoothing > 0 && c.logits.shape.length === 1,
  smallest: smallCase({
    kernel: 'crossEntropy/forward',
    shape: [2],
    logits: [0, 0],
    labels: [1, 0],
    labelSmoothing: 0.5,
  }),
  shown: { element: 0, exact: Math.LN2 },
  given: byEveryBackend(
    throws('values passed to tensor(values) must be a number/boolean/string or an array of'),
  ),
  cause:
    '`softmaxCrossEntropy_` in `tfjs-core/src/ops/losses/softmax_cross_entropy.ts`: `scalar($onehotLabels.shape[1])` is ' +
    '`scalar(undefined)` for a shape of one size. See smoothing-share.',
  workaround: 'Reshape labels and logits to [1, classes].',
  snippet: {
    on: 'tfjs-cpu',
    code: `try {
  console.log(tf.losses.softmaxCrossEntropy(tf.tensor1d([1, 0]), tf.tensor1d([0, 0]), undefined, 0.5).arraySync()); // 0.693
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}`,
    prints:
      'values passed to tensor(values) must be a number/boolean/string or an array of numbers/booleans/strings, or a TypedArray',
  },
  nearMiss: {
    case: smallCase({
      kernel: 'crossEntropy/forward',
      shape: [1, 2],
      logits: [0, 0],
      labels: [1, 0],
      labelSmoothing: 0.5,
    }),
    blame: 'tfjs-cpu',
    version: '4.22.0',
    divergence: conductDivergence(
      'threw',
      'it threw on a valid case: values passed to tensor(values) must be a number/boolean/string',
    ),
    because: 'a shape of [1, 2] has a second size',
  },
};

export const throwingEntries: readonly LedgerEntry[] = [
  emptyTranspose,
  scalars,
  emptyAxisGradient,
  smoothingOfRank1,
];
