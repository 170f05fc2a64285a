/** onnx-reference: the evaluator that comes with ONNX, in NumPy. */
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

export const onnxReference: Reference = pythonReference({
  name: 'onnx-reference',
  family: 'ONNX',
  module: 'onnx_reference_kernels.py',
  install: 'onnx',
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
    install: ['onnx'],
    load: ['from onnx import TensorProto, helper', 'from onnx.reference import ReferenceEvaluator'],
  },
  script: (c) => onnxLines(c, (feeds) => [`y = ReferenceEvaluator(model).run(None, ${feeds})[0]`]),
});
