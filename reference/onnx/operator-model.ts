/** Models of one operator of ONNX, as bytes. Runs nothing. */
import { writeOnnxModel, type OnnxValueWritten } from '../../src/connect/onnx/index.ts';
import type { Operation, Reduction } from '../../src/contract/subject.ts';
import type { Format } from '../../src/float/format.ts';

/** What there is a model for. */
export interface Operator {
  readonly operation: Operation;
  readonly format: Exclude<Format, 'bfloat16'>;
  readonly rank: number;
  /** From 0. */
  readonly axis: number;
  readonly loss?: {
    readonly reduction: Reduction;
    readonly isWeighted: boolean;
    readonly ignoreIndex?: number;
  };
}

const opset = 18;
const names: Readonly<Record<Operation, string>> = {
  softmax: 'Softmax',
  logSoftmax: 'LogSoftmax',
  logSumExp: 'ReduceLogSumExp',
  crossEntropy: 'SoftmaxCrossEntropyLoss',
};

/** Its inputs are `x`, and `labels` and perhaps `weights` for a loss; its output is `y`. Sizes have names. */
export function operatorModel({ operation, format, rank, axis, loss }: Operator): Uint8Array {
  const dims = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, place) => `${prefix}${place}`);
  const x: OnnxValueWritten = { name: 'x', type: format, dims: dims('x', rank) };
  const y: OnnxValueWritten = { name: 'y', type: format };
  const op = names[operation];
  if (loss !== undefined) {
    const { reduction, isWeighted, ignoreIndex } = loss;
    const labels: OnnxValueWritten = { name: 'labels', type: 'int64', dims: dims('l', rank - 1) };
    const weights: OnnxValueWritten = { name: 'weights', type: format, dims: ['c'] };
    const inputs = isWeighted ? [x, labels, weights] : [x, labels];
    const attributes = { reduction, ...(ignoreIndex === undefined ? {} : { ignore_index: ignoreIndex }) };
    const node = { op, inputs: inputs.map(({ name }) => name), outputs: ['y'], attributes };
    return writeOnnxModel({ opset, inputs, outputs: [y], nodes: [node] });
  }
  if (operation === 'logSumExp') {
    const node = { op, inputs: ['x', 'axes'], outputs: ['y'], attributes: { keepdims: 0 } };
    const initializers = [{ name: 'axes', ints: [axis] }];
    return writeOnnxModel({ opset, inputs: [x], outputs: [y], nodes: [node], initializers });
  }
  const node = { op, inputs: ['x'], outputs: ['y'], attributes: { axis } };
  return writeOnnxModel({ opset, inputs: [x], outputs: [y], nodes: [node] });
}
