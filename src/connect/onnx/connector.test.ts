/** What is read from a model, and what is said of one that cannot be asked. */
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UsageError } from '../../contract/failure.ts';
import { checkedTask, onnxConnector } from './connector.ts';
import { readModel, writeOnnxModel, type OnnxGraph } from './model.ts';
import { taskOf, type OnnxTask } from './task.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-onnx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const x = { name: 'x', type: 'float32' } as const;
const y = { name: 'y', type: 'float32' } as const;
const labels = { name: 't', type: 'int64' } as const;

function graph(op: string, more: Partial<OnnxGraph> & { readonly attributes?: object } = {}): OnnxGraph {
  const { attributes = {}, ...rest } = more;
  const inputs = rest.inputs ?? [x];
  const node = {
    op,
    inputs: inputs.map(({ name }) => name),
    outputs: ['y'],
    attributes: attributes as never,
  };
  return { opset: 13, inputs, outputs: [y], nodes: [node], ...rest };
}

function taskFrom(written: OnnxGraph): OnnxTask | string {
  return taskOf(readModel(writeOnnxModel(written)));
}

function refusalOf(bytes: Uint8Array | string): string {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, bytes);
  return refusalAt(path);
}

function refusalAt(path: string): string {
  try {
    checkedTask(path, 'the subject "model.onnx"');
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'not refused';
}

// What the package onnx 1.23.2 writes: Softmax of [n, c], and ReduceLogSumExp whose axes [-2] are a tensor.
const byPython = {
  softmax:
    '08083a580a250a01781201792207536f66746d61782a140a046178697318ffffffffffffffffff01a001021201675a150a017812100a0e08' +
    '01120a0a0312016e0a0312016362150a017912100a0e0801120a0a0312016e0a0312016342040a00100d',
  reduction:
    '08083a5f0a2e0a01780a0461786573120179220f5265647563654c6f6753756d4578702a0f0a086b65657064696d731800a0010212016' +
    '72a14080110074204617865734a08feffffffffffffff5a090a017812040a02080b62090a017912040a02080b42110a0d636f6d2e6d' +
    '6963726f736f6674100142040a001012',
};

test("a model that ONNX's own package wrote is read", () => {
  const softmax = readModel(Buffer.from(byPython.softmax, 'hex'));
  const reduction = readModel(Buffer.from(byPython.reduction, 'hex'));

  expect(softmax).toMatchObject({ opset: 13, inputs: [{ name: 'x', elementType: 1, dims: ['n', 'c'] }] });
  expect(softmax.nodes).toEqual([
    { op: 'Softmax', domain: '', inputs: ['x'], outputs: ['y'], attributes: { axis: -1n } },
  ]);
  expect(taskOf(softmax)).toMatchObject({ operation: 'softmax', axis: -1, rank: [2, 2], isMoved: false });
  expect(reduction).toMatchObject({ opset: 18, inputs: [{ name: 'x', elementType: 11, dims: null }] });
  expect(taskOf(reduction)).toMatchObject({
    operation: 'logSumExp',
    format: 'float64',
    axis: -2,
    rank: [2, 6],
  });
});

test('what is written is read again', () => {
  const model = readModel(
    writeOnnxModel(graph('Softmax', { attributes: { axis: -2, a: 'text', b: [1, -300] } })),
  );

  expect(model.nodes[0]!.attributes).toEqual({ axis: -2n, a: 'text', b: [1n, -300n] });
  expect(model.outputs).toEqual([{ name: 'y', elementType: 1, dims: null }]);
});

test.each([
  ['of opset 13 by itself: the last axis', 13, {}, { axis: -1, rank: [1, 6], isMoved: false }],
  ['of opset 13 with an axis: there', 13, { axis: 1 }, { axis: 1, rank: [2, 6], isMoved: true }],
  [
    'of opset 11 by itself: all from axis 1 on, one axis at rank 2',
    11,
    {},
    { axis: 1, rank: [2, 2], isMoved: false },
  ],
  ['of opset 11 along the last: any rank', 11, { axis: -1 }, { axis: -1, rank: [1, 6], isMoved: false }],
  ['of opset 1 along axis 2: rank 3', 1, { axis: 2 }, { axis: 2, rank: [3, 3], isMoved: false }],
])('the lanes of Softmax %s', (_, opset, attributes, expected) => {
  expect(taskFrom(graph('Softmax', { opset, attributes }))).toMatchObject(expected);
});

test('a loss has its labels, weights, reduction and ignored class from the model', () => {
  const weights = { name: 'w', type: 'float32' } as const;
  const loss = graph('SoftmaxCrossEntropyLoss', {
    inputs: [x, labels, weights],
    attributes: { reduction: 'sum', ignore_index: -100 },
  });

  expect(taskFrom(loss)).toMatchObject({
    operation: 'crossEntropy',
    axis: 1,
    rank: [2, 6],
    loss: { reduction: 'sum', labels: { name: 't', type: 'int64' }, weight: 'w', ignoreIndex: -100 },
  });
});

test.each([
  [
    'an unknown last operator',
    graph('Relu'),
    /ends with the operator Relu, and is judged where it ends with Softmax, /,
  ],
  ['several outputs', graph('Softmax', { outputs: [y, x] }), /has 2 outputs, and one is judged/],
  [
    'fixed sizes',
    graph('Softmax', { inputs: [{ ...x, dims: [1, 1000] }] }),
    /with the fixed size 1: export it/,
  ],
  [
    'int64',
    graph('Softmax', { inputs: [{ name: 'x', type: 'int64' }] }),
    /element type 7: float16, float and double are judged/,
  ],
  [
    'bfloat16',
    graph('Softmax', { inputs: [{ name: 'x', type: 'bfloat16' }] }),
    /takes logits of bfloat16, which ONNX Runtime has no kernels for on the CPU/,
  ],
  [
    'two axes',
    graph('ReduceLogSumExp', { attributes: { axes: [0, 1] } }),
    /reduces over 2 axes, and lanes lie along one/,
  ],
  [
    'no axis of many',
    graph('Softmax', { opset: 11, attributes: { axis: -2 } }),
    /makes one lane of its last 2 axes/,
  ],
  [
    'log-probabilities',
    graph('NegativeLogLikelihoodLoss', { inputs: [x, labels] }),
    /put a LogSoftmax along axis 1/,
  ],
  ['no labels', graph('SoftmaxCrossEntropyLoss', { inputs: [x] }), /has no input of labels/],
  ['no output', graph('Softmax', { outputs: [] }), /has no output/],
])('a model with %s is refused in a sentence', (_, written, sentence) => {
  expect(refusalOf(writeOnnxModel(written))).toMatch(sentence);
});

const whole = writeOnnxModel(graph('Softmax'));

test.each([
  ['text', 'no model at all', /is no ONNX model: it (has|ends)/],
  ['nothing', '', /is no ONNX model: it has no graph/],
  [
    'a part of a model',
    whole.subarray(0, whole.length - 9),
    /is no ONNX model: it ends in the middle of a field/,
  ],
  [
    'one that names no opset',
    whole.subarray(0, whole.length - 4),
    /does not say which version of ONNX's operators/,
  ],
])('a file that holds %s is no model', (_, bytes, sentence) => {
  expect(refusalOf(bytes)).toMatch(sentence);
});

test('a file of 2 GB is refused unread', () => {
  const path = join(folder, 'large.onnx');
  const file = openSync(path, 'w');
  ftruncateSync(file, 2 ** 31);
  closeSync(file);
  const before = process.memoryUsage().arrayBuffers;

  expect(refusalAt(path)).toMatch(/has 2.1 GB, and a model's file has less than 2.1: it was not read/);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

test('data outside of the folder of the model is refused, however it is named', () => {
  const inner = join(folder, 'inner');
  mkdirSync(inner);
  writeFileSync(join(folder, 'secret.bin'), 'x');
  symlinkSync(join(folder, 'secret.bin'), join(inner, 'link.bin'));
  const refusal = (location: string): string => {
    const axes = { name: 'axes', ints: [1], location };
    const path = join(inner, 'model.onnx');
    const nodes = [{ op: 'ReduceLogSumExp', inputs: ['x', 'axes'], outputs: ['y'] }];
    writeFileSync(path, writeOnnxModel({ ...graph('', { opset: 18, initializers: [axes] }), nodes }));
    return refusalAt(path);
  };

  expect(refusal('../secret.bin')).toMatch(
    /has data in "..\/secret.bin", outside of its folder: it is not opened/,
  );
  expect(refusal('/etc/passwd')).toMatch(/outside of its folder: it is not opened/);
  expect(refusal('link.bin')).toMatch(/a link out of its folder: it is not opened/);
  expect(refusal('gone.bin')).toMatch(/there is no such file beside it/);
});

test('a model that is not there, a folder, and an engine that is none are named', async () => {
  const options = { rssLimitMb: 1000, caseTimeoutMs: 1000 };

  expect(refusalAt(join(folder, 'gone.onnx'))).toMatch(/is not there: no file /);
  expect(refusalAt(folder)).toMatch(/is no file/);
  await expect(onnxConnector.connect('a.onnx', { ...options, engine: 'tvm' })).rejects.toThrow(
    '--engine tvm runs no ONNX model: onnxruntime-node, onnxruntime-web, python do',
  );
});
