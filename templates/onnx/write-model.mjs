// Writes softmax.onnx, which logitfuzz judges: `node write-model.mjs`. It needs no Python.
// Your own model takes its place: one that takes logits, and ends with Softmax, LogSoftmax, ReduceLogSumExp,
// SoftmaxCrossEntropyLoss or NegativeLogLikelihoodLoss. Sizes have names, so that any size can be asked.
import { writeFileSync } from 'node:fs';
import { writeOnnxModel } from 'logitfuzz/onnx';

const model = writeOnnxModel({
  opset: 13,
  inputs: [{ name: 'x', type: 'float32', dims: ['rows', 'classes'] }],
  outputs: [{ name: 'y', type: 'float32', dims: ['rows', 'classes'] }],
  nodes: [{ op: 'Softmax', inputs: ['x'], outputs: ['y'], attributes: { axis: -1 } }],
});
writeFileSync(new URL('softmax.onnx', import.meta.url), model);
