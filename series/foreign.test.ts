/** Kernels that are not JavaScript, each by its connector, under the judge: sound ones agree. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
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
