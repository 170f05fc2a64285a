/** onnx-reference: the evaluator that comes with ONNX, in NumPy. */
import { formats } from '../../src/float/format.ts';
import type { Reference } from '../reference.ts';
import { onnxKernelName, onnxSupport } from './onnx-operators.ts';
import { pythonReference, rowsOnly } from './python-reference.ts';
import { onnxLines } from './script.ts';

export const onnxReference: Reference = pythonReference({
  name: 'onnx-reference',
  family: 'ONNX',
  module: 'onnx_reference_kernels.py',
  install: 'onnx',
  support: { ...onnxSupport, formats },
  stacking: rowsOnly,
  kernelName: onnxKernelName,
  package: {
    language: 'python',
    install: ['onnx'],
    load: ['from onnx import TensorProto, helper', 'from onnx.reference import ReferenceEvaluator'],
  },
  script: (c) => onnxLines(c, (feeds) => [`y = ReferenceEvaluator(model).run(None, ${feeds})[0]`]),
});
