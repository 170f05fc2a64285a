/** The lines of a program in Python that asks a library one case. Pure text. */
import { isIndexTarget, type Case, type Loss } from '../../src/case/case.ts';
import type { Format } from '../../src/float/format.ts';
import { lanesOf } from '../../src/tensor/lanes.ts';
import { pythonArray, pythonShape, pythonType } from '../../src/text/python-literals.ts';

/** `x`, and what else the case has: `dy`, `target`, `weight`; NumPy arrays. */
export function arrayLines({ logits, loss, cotangent, format }: Case): readonly string[] {
  return [
    `x = ${pythonArray(logits, format)}`,
    ...(cotangent === undefined ? [] : [`dy = ${pythonArray(cotangent, format)}`]),
    ...(loss === undefined ? [] : targetLines(loss, format)),
  ];
}

function targetLines({ target, weight }: Loss, format: Case['format']): readonly string[] {
  return [
    `target = ${pythonArray(target, isIndexTarget(target) ? 'int64' : format)}`,
    ...(weight === undefined ? [] : [`weight = ${pythonArray(weight, format)}`]),
  ];
}

/**
 * The arrays as PyTorch's tensors. It takes none of NumPy's in bfloat16: they are of float32 before, which
 * holds each number.
 */
export function torchLines(c: Case): readonly string[] {
  const isConverted = c.format === 'bfloat16';
  const lines = arrayLines(c).map((line) => line.replaceAll(pythonType('bfloat16'), 'np.float32'));
  const names = lines.map((line) => line.split(' ')[0]!);
  const tensors = names.map((name) => {
    const isIndices = name === 'target' && c.loss !== undefined && isIndexTarget(c.loss.target);
    return `torch.from_numpy(${name})${isConverted && !isIndices ? '.bfloat16()' : ''}`;
  });
  return [...lines, `${names.join(', ')} = ${tensors.join(', ')}`];
}

/** What leaves PyTorch's answer `y` in `got`. */
export const torchGotLines: readonly string[] = ['got = y.detach().double().numpy().ravel()'];

/** What leaves the answer `y` in `got`, flat and in doubles, which hold it exactly. */
export const gotLines: readonly string[] = ['got = np.asarray(y).astype(np.float64).ravel()'];

/** The lines of whoever runs a model of ONNX; `run` leaves the answer in `y`. */
export function onnxLines(c: Case, run: (feeds: string) => readonly string[]): readonly string[] {
  const type = `TensorProto.${onnxTypes[c.format]}`;
  const rank = c.logits.shape.length;
  const isLoss = c.loss !== undefined;
  const { op, inputs, feeds, attributes } = operatorOf(c);
  const sizes = isLoss && rank === 1 ? [1, ...c.logits.shape] : lastShape(c);
  const info = (name: string, kind: string, shape: readonly number[]): string =>
    `helper.make_tensor_value_info('${name}', ${kind}, ${pythonShape(shape)})`;
  const known: Readonly<Record<string, string>> = {
    x: info('x', type, isLoss ? sizes : c.logits.shape),
    axes: info('axes', 'TensorProto.INT64', [1]),
    target: info('target', 'TensorProto.INT64', [sizes[0] ?? 1, ...sizes.slice(2)]),
    weight: info('weight', type, c.loss?.weight?.shape ?? []),
  };
  return [
    ...arrayLines(c),
    ...(isLoss
      ? [rank === 1 ? 'x, target = x[None], target[None]' : `x = np.moveaxis(x, ${c.axis}, 1)`]
      : []),
    `node = helper.make_node('${op}', [${inputs.map((name) => `'${name}'`).join(', ')}], ['y']${attributes})`,
    `inputs = [${inputs.map((name) => known[name]!).join(', ')}]`,
    `outputs = [helper.make_tensor_value_info('y', ${type}, None)]`,
    `graph = helper.make_graph([node], 'one', inputs, outputs)`,
    `model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 18)], ir_version=8)`,
    ...run(`{${inputs.map((name) => `'${name}': ${feeds[name] ?? name}`).join(', ')}}`),
    ...gotLines,
  ];
}

const onnxTypes: Readonly<Record<Format, string>> = {
  float32: 'FLOAT',
  float64: 'DOUBLE',
  float16: 'FLOAT16',
  bfloat16: 'BFLOAT16',
};

function lastShape({ logits, axis }: Case): readonly number[] {
  const { outerShape, length } = lanesOf(logits.shape, axis);
  return [outerShape[0] ?? 1, length, ...outerShape.slice(1)];
}

interface Operator {
  readonly op: string;
  readonly inputs: readonly string[];
  /** What is fed where it is not the variable of that name. */
  readonly feeds: Readonly<Record<string, string>>;
  /** As further arguments of the node. */
  readonly attributes: string;
}

function operatorOf({ operation, axis, loss }: Case): Operator {
  switch (operation) {
    case 'softmax':
      return { op: 'Softmax', inputs: ['x'], feeds: {}, attributes: `, axis=${axis}` };
    case 'logSoftmax':
      return { op: 'LogSoftmax', inputs: ['x'], feeds: {}, attributes: `, axis=${axis}` };
    case 'logSumExp':
      return {
        op: 'ReduceLogSumExp',
        inputs: ['x', 'axes'],
        feeds: { axes: `np.array([${axis}])` },
        attributes: ', keepdims=0',
      };
    case 'crossEntropy': {
      const { reduction, ignoreIndex, weight } = loss!;
      const ignored = ignoreIndex === undefined ? '' : `, ignore_index=${ignoreIndex}`;
      return {
        op: 'SoftmaxCrossEntropyLoss',
        inputs: ['x', 'target', ...(weight === undefined ? [] : ['weight'])],
        feeds: {},
        attributes: `, reduction='${reduction}'${ignored}`,
      };
    }
  }
}
