/** `logitfuzz/onnx`: writes small ONNX models, for who has no Python at hand. */
export {
  writeOnnxModel,
  type ElementType,
  type OnnxGraph,
  type OnnxInts,
  type OnnxNodeWritten,
  type OnnxValueWritten,
} from './model.ts';
