/** What a subject does beside its values is seen: the writes that a copy of the tensors does not show. */
import { expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import type { Tensor } from '../tensor/tensor.ts';

import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { judgeConduct } from './conduct.ts';

const half: Case = {
  operation: 'softmax',
  direction: 'forward',
  format: 'float32',
  axis: -1,
  logits: { shape: [2], data: Float32Array.of(0, 0) },
  regimes: [],
  checks: [],
};

function runTwice(
  softmax: (x: Tensor, options: { axis?: number }) => Tensor,
): readonly (string | undefined)[] {
  const subject = subjectImplementation({ softmax }, { name: 'kernel' });
  const [first, second] = [subject.run(half), subject.run(half)];
  if (first instanceof Promise || second instanceof Promise) throw new Error('the kernel is synchronous');
  return [judgeConduct(first)?.symptom, judgeConduct(first, { outcome: second, format: 'float32' })?.symptom];
}

test('a kernel that answers out of fresh memory is blamed of nothing', () => {
  expect(runTwice(() => ({ shape: [2], data: Float32Array.of(0.5, 0.5) }))).toEqual([undefined, undefined]);
});

test('writing to the options is writing to an input', () => {
  const symptoms = runTwice((x, options) => {
    options.axis = 0;
    return { shape: x.shape, data: Float32Array.of(0.5, 0.5) };
  });

  expect(symptoms[0]).toBe('input-written');
});

test('answering twice out of the same memory is aliasing: the second answer overwrites the first', () => {
  const kept = new Float32Array(2);

  expect(runTwice((x) => ({ shape: x.shape, data: kept.fill(0.5) }))).toEqual([undefined, 'output-aliased']);
});

test('two answers side by side in one buffer do not overlap', () => {
  const buffer = new ArrayBuffer(64);
  let next = 0;
  const symptoms = runTwice((x) => {
    const data = new Float32Array(buffer, next, 2).fill(0.5);
    next += 8;
    return { shape: x.shape, data };
  });

  expect(symptoms).toEqual([undefined, undefined]);
});
