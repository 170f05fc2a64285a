/** onnxruntime: ONNX Runtime's CPU provider in Python, asked models of one operator. */
import type { Reference } from '../reference.ts';
import { onnxKernelName, onnxSupport } from './onnx-operators.ts';
import { pythonReference, rowsOnly } from './python-reference.ts';
import { onnxLines } from './script.ts';

export const onnxruntime: Reference = pythonReference({
  name: 'onnxruntime',
  family: 'ONNX Runtime',
  module: 'onnxruntime_kernels.py',
  install: 'onnxruntime onnx',
  support: onnxSupport,
  stacking: rowsOnly,
  kernelName: onnxKernelName,
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
