import { expect, test } from 'vitest';
import { smallCase } from '../ledger/small-case.ts';
import { caseFromJson, type CaseJson } from '../../src/case/case-json.ts';
import { loadTfjsCore } from './module.ts';
import { poison } from './poison.ts';
import { tfjsWasm } from './wasm.ts';

const loaded = await tfjsWasm.load();
if (loaded.kind === 'missing') throw new Error('tfjs-wasm comes with the package');
const { run } = loaded.implementation;
const tf = loadTfjsCore();

function answerTo(c: CaseJson): number {
  const outcome = run(caseFromJson(c));
  if (outcome instanceof Promise || outcome.kind !== 'values')
    throw new Error('tfjs-wasm gives values at once');
  return outcome.tensor!.data[0]!;
}

test.each([
  ['softmax of a scalar', smallCase({ kernel: 'softmax/forward', shape: [], logits: [0] })],
  ['logSumExp of nothing', smallCase({ kernel: 'logSumExp/forward', shape: [0], logits: [] })],
])('%s, which tfjs-wasm leaves unwritten, is the same whatever the heap held', (_what, c) => {
  const answers = [42, -7, 0].map((held) => {
    const filled = Array.from({ length: 20 }, () => tf.fill([1], held));
    for (const tensor of filled) tf.neg(tensor).dispose();
    for (const tensor of filled) tensor.dispose();
    return answerTo(c);
  });

  expect(new Set(answers).size).toBe(1);
});

test('the poison is what the softmax of a scalar shows, and what is written is as it was', () => {
  expect(answerTo(smallCase({ kernel: 'softmax/forward', shape: [], logits: [0] }))).toBe(
    Math.fround(poison),
  );
  expect(answerTo(smallCase({ kernel: 'softmax/forward', shape: [1], logits: [0] }))).toBe(1);
});
