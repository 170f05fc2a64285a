/** onnxruntime: ONNX Runtime's CPU provider in Python, asked models of one operator. */
import type { Reference, SupportTable } from '../reference.ts';
import { pythonReference, rowsOnly } from './python-reference.ts';
import { onnxLines } from './script.ts';

const support: SupportTable = {
  formats: ['float32', 'float64'],
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

export const onnxruntime: Reference = pythonReference({
  name: 'onnxruntime',
  family: 'ONNX Runtime',
  module: 'onnxruntime_kernels.py',
  install: 'onnxruntime onnx',
  support,
  stacking: rowsOnly,
  kernelName: ({ operation }) =>
    ({
      softmax: 'ONNX’s `Softmax`',
      logSoftmax: 'ONNX’s `LogSoftmax`',
      logSumExp: 'ONNX’s `ReduceLogSumExp`',
      crossEntropy: 'ONNX’s `SoftmaxCrossEntropyLoss`',
    })[operation],
  package: {
    language: 'python',
    install: ['onnxruntime', 'onnx'],
    load: ['import onnxruntime', 'from onnx import TensorProto, helper'],
  },
  script: (c) =>
    onnxLines(c, (feeds) => [
      "session = onnxruntime.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])",
      `y = session.run(None, ${feeds})[0]`,
    ]),
});
