/** ONNX Runtime in this process, asked float16: what it is fed and gives back, and a program that asks it. */
// @module-tag processes
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Case } from '../src/case/case.ts';
import { needs } from '../src/connect/fixtures/needs.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { judgeCase } from '../src/judge/judge-case.ts';
import { halfLines } from '../src/report/script-of-halves.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { onnxruntimeNode } from '../reference/onnx/onnxruntime-node.ts';

/** Where the package is found by a program that lies there. */
const folder = join(import.meta.dirname, '../parts', `script-of-float16-${process.pid}`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { isSkipped, reason } = needs('onnxruntime-node');

async function loaded(): Promise<Implementation> {
  const reference = await onnxruntimeNode.load();
  if (reference.kind === 'missing') throw new Error(reference.reason);
  return reference.implementation;
}

test.skipIf(isSkipped)(`its softmax and log-softmax agree in float16${reason}`, async () => {
  const subject = await loaded();
  const kernels = ['softmax', 'logSoftmax'] as const;
  const space = { operations: [...kernels], formats: ['float16'] as const, kernels };
  const kinds = new Map<string, number>();

  for (let index = 0; index < 300; index++) {
    const c = generateCase({ seed: 1n, index }, space);
    const [{ verdict }] = await judgeCase(c, { subject, references: [] });
    kinds.set(verdict.kind, (kinds.get(verdict.kind) ?? 0) + 1);
  }

  expect([...kinds.keys()].sort()).toEqual(['agree', 'skip']);
  expect(kinds.get('agree')).toBeGreaterThan(100);
});

const loss: Case = {
  operation: 'crossEntropy',
  direction: 'forward',
  format: 'float16',
  axis: 0,
  logits: { shape: [2, 1], data: Float64Array.of(3, 2 ** -24) },
  loss: {
    target: { shape: [1], data: Int32Array.of(0) },
    weight: { shape: [2], data: Float64Array.of(65504, 1) },
    reduction: 'sum',
    labelSmoothing: 0,
  },
  regimes: [],
  checks: [],
};

test.skipIf(isSkipped)(
  `a program of its own feeds it the same bits, and reads what comes back${reason}`,
  async () => {
    const lines = onnxruntimeNode.script(loss);
    const program = [
      ...onnxruntimeNode.package.load,
      ...halfLines('float16', lines.join('\n')),
      ...lines,
      'console.log(JSON.stringify(got));',
    ].join('\n');
    mkdirSync(folder);
    const path = join(folder, 'show.mjs');
    writeFileSync(path, program);

    const printed = execFileSync(process.execPath, [path], { encoding: 'utf8' });
    const outcome = await (await loaded()).run(loss);

    // 65504 · log(1 + e^−3), which is 3182.7, at a place where halves are 2 apart.
    expect(JSON.parse(printed)).toEqual([3182]);
    expect(outcome).toMatchObject({ tensor: { data: Float64Array.of(3182) } });
  },
);
