/** Kernels that are not JavaScript, each by its connector, under the judge: sound ones agree. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { needs } from '../src/connect/fixtures/needs.ts';
import { onnxSubject } from '../src/connect/onnx/connector.ts';
import type { NodeEngine } from '../src/connect/onnx/engine.ts';
import { writeOnnxModel, type ElementType, type OnnxNodeWritten } from '../src/connect/onnx/model.ts';
import { wasmModule } from '../src/connect/wasm/connector.ts';
import { judgeModule } from './judge-module.ts';
import { repository } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-foreign-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, content: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const lane = join(repository, 'examples/sound-kernels/assemblyscript/lane.wasm');
const each = 'row';
const backward = ['in x', 'in dy', 'out y', 'cols'];

test('all that lane.wasm exports agrees, by a manifest', async () => {
  const manifest = written('lane.json', {
    kernels: {
      softmax: { args: ['in x', 'out y', 'cols'], each },
      logSoftmax: { args: ['in x', 'out y', 'cols'], each },
      // y is memory to work in, as large as x
      logSumExp: { args: ['in x', 'inout x', 'cols'], each, returns: 'y' },
      softmaxBackward: { args: backward, each },
      logSoftmaxBackward: { args: backward, each },
      logSumExpBackward: { args: ['in x', 'value dy', 'out y', 'cols'], each },
    },
  });

  const { diverged, agreed, skipped } = await judgeModule(wasmModule(lane, { manifest }), { cases: 1000 });

  expect(diverged.filter((line) => line.startsWith('wrong'))).toEqual([]);
  expect(skipped).toEqual({});
  expect(agreed).toBeGreaterThan(900);
});

test('a gradient that is the forward answer is wrong at once', async () => {
  const args = ['in x', 'out y', 'cols'];
  const manifest = written('wrong.json', {
    kernels: { softmaxBackward: { symbol: 'softmax', args: ['in x', 'out y', 'cols'], each } },
  });

  expect(() => wasmModule(lane, { manifest })).toThrow(/hand over no dy/);
  const other = written('other.json', { kernels: { logSoftmax: { symbol: 'softmax', args, each } } });
  const { diverged } = await judgeModule(wasmModule(lane, { manifest: other }), { cases: 50 });
  expect(diverged.length).toBeGreaterThan(40);
});

function model(
  name: string,
  nodes: readonly OnnxNodeWritten[],
  opset = 13,
  type: ElementType = 'float32',
): string {
  const labels = [
    { name: 't', type: 'int64' },
    { name: 'w', type },
  ] as const;
  const used = nodes.flatMap(({ inputs }) => inputs);
  const path = join(folder, `${name}.onnx`);
  const inputs = [{ name: 'x', type }, ...labels.filter((one) => used.includes(one.name))];
  writeFileSync(path, writeOnnxModel({ opset, inputs, outputs: [{ name: 'y', type }], nodes }));
  return path;
}

function node(op: string, attributes = {}): OnnxNodeWritten {
  return { op, inputs: ['x'], outputs: ['y'], attributes };
}

describe.each(['onnxruntime-node', 'onnxruntime-web'] as const)('on %s', (engine: NodeEngine) => {
  const { isSkipped, reason } = needs(engine);

  test.skipIf(isSkipped).each([
    ['Softmax along the last axis', [node('Softmax')], 13],
    ['Softmax along axis 1', [node('Softmax', { axis: 1 })], 13],
    ['Softmax that flattens', [node('Softmax')], 11],
    ['LogSoftmax', [node('LogSoftmax')], 13],
    [
      'a loss made of two nodes',
      [
        { op: 'LogSoftmax', inputs: ['x'], outputs: ['logs'], attributes: { axis: 1 } },
        {
          op: 'NegativeLogLikelihoodLoss',
          inputs: ['logs', 't', 'w'],
          outputs: ['y'],
          attributes: { ignore_index: -1 },
        },
      ],
      13,
    ],
  ] as const)(`%s agrees in float32 and float16${reason}`, async (name, nodes, opset) => {
    for (const type of ['float32', 'float16'] as const) {
      const module = await onnxSubject(model(`${name} ${type}`, nodes, opset, type), { engine });

      const { diverged, agreed, skipped } = await judgeModule(module, { cases: 150 });

      expect(diverged).toEqual([]);
      expect(skipped).toEqual({});
      expect(agreed).toBeGreaterThan(130);
      expect(module.supports?.formats).toEqual([type]);
    }
  });

  test.skipIf(isSkipped)(`what ONNX Runtime gets wrong is seen: −∞ beside a number${reason}`, async () => {
    const module = await onnxSubject(model('lse', [node('ReduceLogSumExp', { axes: [1], keepdims: 0 })]), {
      engine,
    });

    const { diverged } = await judgeModule(module, { cases: 300 });

    expect(diverged.filter((line) => /got -Infinity, exact -\d/.test(line)).length).toBeGreaterThan(0);
  });

  test.skipIf(isSkipped)(`what ONNX Runtime gets wrong is seen: a NaN in float64${reason}`, async () => {
    const path = model('logs64', [node('LogSoftmax')], 13, 'float64');

    const { diverged } = await judgeModule(await onnxSubject(path, { engine }), { cases: 100 });

    expect(diverged.filter((line) => /got .*, exact NaN/.test(line)).length).toBeGreaterThan(0);
  });
});
