/**
 * tensorflow: TensorFlow's own kernels, called by name through tfjs-node. Its fused cross-entropy is not the
 * computation that tfjs composes, and its LogSoftmax is not tfjs's; Softmax is what tfjs-node runs too.
 */
import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { isIndexTarget, type Case } from '../../src/case/case.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';
import { available, type Reference, type SupportTable } from '../reference.ts';
import { activateBackend } from './activate-backend.ts';
import { inverse, toLast } from './axis-last.ts';
import type { TfjsModule } from './module.ts';
import { loadNativeTensorflow } from './native-tensorflow.ts';
import { labelsOf } from './one-hot.ts';
import { poisonMemory } from './poison.ts';
import { runTfjs, tensorOf, tfjsFamily } from './public-api.ts';
import { kernelScript, nodePackage } from './script.ts';
import { indexStacking } from './stack-loss.ts';

interface TypeAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number;
}

/** What of tfjs-node's backend is used: kernels by name. */
interface KernelBackend {
  readonly binding: { readonly TF_ATTR_TYPE: number; readonly TF_FLOAT: number; readonly TF_INT32: number };
  executeSingleOutput(
    kernel: string,
    attributes: readonly TypeAttribute[],
    inputs: readonly TfTensor[],
  ): TfTensor;
  executeMultipleOutputs(
    kernel: string,
    attributes: readonly TypeAttribute[],
    inputs: readonly TfTensor[],
    outputs: number,
  ): TfTensor[];
}

const composed = "TensorFlow composes this gradient from other kernels; tfjs-node's is the same formula";
const noLogSumExp = 'TensorFlow has no log-sum-exp kernel: it is composed, as in tfjs-node';

const support: SupportTable = {
  formats: ['float32'],
  kernels: {
    softmax: { forward: true, backward: composed }, // Softmax
    logSoftmax: { forward: true, backward: composed }, // LogSoftmax
    logSumExp: { forward: noLogSumExp, backward: noLogSumExp },
    // [Sparse]SoftmaxCrossEntropyWithLogits: loss and backprop; the labels' gradient is −LogSoftmax, as
    // TensorFlow registers it
    crossEntropy: { forward: true, backward: true, targetBackward: true },
  },
  lossOptions: {
    reduction: 'none: the loss as it is · sum: Sum · mean: Mean',
    'target=index': 'SparseSoftmaxCrossEntropyWithLogits',
    labelSmoothing: 'none',
    weight: 'none',
    ignoreIndex: 'none',
  },
};

export const tensorflowKernels: Reference = {
  name: 'tensorflow',
  family: tfjsFamily,
  embedded: false,
  isDefault: true,
  support,
  declines({ logits, loss }) {
    if (loss !== undefined && loss.labelSmoothing !== 0) return 'the kernel has no label smoothing';
    if (loss?.weight !== undefined) return 'the kernel has no weights';
    if (loss?.ignoreIndex !== undefined) return 'the kernel has no ignoreIndex';
    return logits.shape.length === 0 ? 'the kernel takes a matrix: a scalar has no classes' : null;
  },
  stacking: indexStacking,
  kernelName({ operation, direction, loss }) {
    const sparse = loss !== undefined && isIndexTarget(loss.target) ? 'Sparse' : '';
    const fused = `TensorFlow’s kernel \`${sparse}SoftmaxCrossEntropyWithLogits\``;
    if (operation !== 'crossEntropy')
      return `TensorFlow’s kernel \`${operation === 'softmax' ? 'Softmax' : 'LogSoftmax'}\``;
    if (direction === 'forward') return fused;
    return direction === 'backward' ? `the backprop of ${fused}` : `the gradient of ${fused} to the labels`;
  },
  package: nodePackage,
  script: kernelScript,
  plainLoopBackend: null,
  setUp: null, // it stands on tfjs-node
  async load({ poisons = false } = {}) {
    const loaded = await loadNativeTensorflow();
    if (loaded.kind === 'missing') return loaded;
    const { tf, version, engine } = loaded.native;
    return available(tensorflowKernels, {
      version,
      engine,
      run(c) {
        activateBackend(tf, 'tensorflow');
        if (poisons) poisonMemory(tf, c);
        return runTfjs(tf, c, (x) => answer(tf, c, x));
      },
    });
  },
};

function answer(tf: TfjsModule, c: Case, x: TfTensor): TfTensor {
  switch (c.operation) {
    case 'softmax':
      return alongLast(tf, c, x, (last) => elementwise(tf, 'Softmax', last));
    case 'logSoftmax':
      return alongLast(tf, c, x, (last) => elementwise(tf, 'LogSoftmax', last));
    case 'logSumExp':
      throw new Error('tensorflow has no logSumExp'); // declined by the table
    case 'crossEntropy':
      return crossEntropy(tf, c, x);
  }
}

function elementwise(tf: TfjsModule, kernel: 'Softmax' | 'LogSoftmax', x: TfTensor): TfTensor {
  const backend = backendOf(tf);
  return backend.executeSingleOutput(kernel, [typeAttribute(backend, 'T', 'TF_FLOAT')], [x]);
}

function crossEntropy(tf: TfjsModule, c: Case, x: TfTensor): TfTensor {
  const { length, count, outerShape } = lanesOf(c.logits.shape, c.axis);
  const order = toLast(x.rank, c.axis);
  const asRows = (tensor: TfTensor): TfTensor =>
    tf.reshape(order === null ? tensor : tf.transpose(tensor, order), [count, length]);
  const fromRows = (rows: TfTensor): TfTensor => {
    const lastShape = order === null ? c.logits.shape : order.map((axis) => c.logits.shape[axis]!);
    const last = tf.reshape(rows, [...lastShape]);
    return order === null ? last : tf.transpose(last, inverse(order));
  };
  const logits = asRows(x);
  if (c.direction === 'forward')
    return reduce(tf, c, tf.reshape(fused(tf, c, { logits, asRows }).loss, [...outerShape]));
  const dy = spread(tf, c, count);
  if (c.direction === 'backward') return fromRows(tf.mul(dy, fused(tf, c, { logits, asRows }).backprop));
  // as TensorFlow's registered gradient
  return fromRows(tf.mul(dy, tf.neg(elementwise(tf, 'LogSoftmax', logits))));
}

function fused(
  tf: TfjsModule,
  c: Case,
  { logits, asRows }: { logits: TfTensor; asRows: (tensor: TfTensor) => TfTensor },
): { loss: TfTensor; backprop: TfTensor } {
  const backend = backendOf(tf);
  const { target } = c.loss!;
  const float = typeAttribute(backend, 'T', 'TF_FLOAT');
  if (isIndexTarget(target)) {
    const indices = tf.tensor1d(Int32Array.from(target.data), 'int32');
    const attributes = [float, typeAttribute(backend, 'Tlabels', 'TF_INT32')];
    const [loss, backprop] = backend.executeMultipleOutputs(
      'SparseSoftmaxCrossEntropyWithLogits',
      attributes,
      [logits, indices],
      2,
    );
    return { loss: loss!, backprop: backprop! };
  }
  const labels = asRows(tensorOf(tf, labelsOf(c, c.loss!), c.logits.shape));
  const [loss, backprop] = backend.executeMultipleOutputs(
    'SoftmaxCrossEntropyWithLogits',
    [float],
    [logits, labels],
    2,
  );
  return { loss: loss!, backprop: backprop! };
}

function reduce(tf: TfjsModule, c: Case, loss: TfTensor): TfTensor {
  switch (c.loss!.reduction) {
    case 'none':
      return loss;
    case 'sum':
      return tf.sum(loss);
    case 'mean':
      return tf.mean(loss);
  }
}

/**
 * dy for each position, as a column: TensorFlow multiplies
 * the backprop of each row by the gradient of its loss.
 */
function spread(tf: TfjsModule, c: Case, count: number): TfTensor {
  const dy = tensorOf(tf, c.cotangent!.data, c.cotangent!.shape);
  switch (c.loss!.reduction) {
    case 'none':
      return tf.reshape(dy, [count, 1]);
    case 'sum':
      return tf.fill([count, 1], dy.dataSync()[0]!);
    case 'mean':
      return tf.div(tf.fill([count, 1], dy.dataSync()[0]!), tf.scalar(count));
  }
}

function alongLast(tf: TfjsModule, c: Case, x: TfTensor, f: (last: TfTensor) => TfTensor): TfTensor {
  const order = toLast(x.rank, c.axis);
  return order === null ? f(x) : tf.transpose(f(tf.transpose(x, order)), inverse(order));
}

function backendOf(tf: TfjsModule): KernelBackend {
  return tf.backend() as unknown as KernelBackend;
}

function typeAttribute(backend: KernelBackend, name: string, type: 'TF_FLOAT' | 'TF_INT32'): TypeAttribute {
  return { name, type: backend.binding.TF_ATTR_TYPE, value: backend.binding[type] };
}
