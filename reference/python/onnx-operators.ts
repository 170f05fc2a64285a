/** What ONNX's operators have an answer for, where ONNX Runtime runs them, and what they are called. */
import type { Reference, SupportTable } from '../reference.ts';

export const onnxSupport: SupportTable = {
  formats: ['float32', 'float64', 'float16'],
  kernels: {
    softmax: { forward: true, backward: 'ONNX has no gradients' },
    logSoftmax: { forward: true, backward: 'ONNX has no gradients' },
    logSumExp: { forward: true, backward: 'ONNX has no gradients' },
    crossEntropy: { forward: true, backward: 'ONNX has no gradients' },
  },
  lossOptions: {
    reduction: 'the attribute reduction',
    'target=index': 'labels of int64',
    labelSmoothing: 'none',
    weight: 'the input weights',
    ignoreIndex: 'the attribute ignore_index',
  },
};

export const onnxKernelName: Reference['kernelName'] = ({ operation }) =>
  ({
    softmax: 'ONNX’s `Softmax`',
    logSoftmax: 'ONNX’s `LogSoftmax`',
    logSumExp: 'ONNX’s `ReduceLogSumExp`',
    crossEntropy: 'ONNX’s `SoftmaxCrossEntropyLoss`',
  })[operation];
