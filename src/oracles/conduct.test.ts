import { expect, test } from 'vitest';
import type { Outcome } from '../case/outcome.ts';
import { judgeConduct } from './conduct.ts';

function values(...data: readonly number[]): Outcome {
  return { kind: 'values', tensor: { shape: [data.length], data: Float32Array.from(data) }, violations: [] };
}

test('the same bits twice are no violation, whatever the NaN', () => {
  expect(judgeConduct(values(1, NaN, -0), { outcome: values(1, NaN, -0), format: 'float32' })).toBeNull();
  expect(judgeConduct(values(1))).toBeNull();
});

test.each([
  [values(1, 2), values(1, 2.0000002), 1],
  [values(0, 1), values(-0, 1), 0],
  [values(NaN), values(1), 0],
])('other bits the second time are a violation at the first of them', (first, second, element) => {
  expect(judgeConduct(first, { outcome: second, format: 'float32' })).toMatchObject({
    symptom: 'not-repeatable',
    severity: 'wrong',
    element,
  });
});

test.each<Outcome>([
  { kind: 'threw', message: 'no' },
  { kind: 'timed-out', limitMs: 5 },
  { kind: 'unsupported', reason: 'no' },
])('values, and then $kind, is a violation', (second) => {
  expect(judgeConduct(values(1), { outcome: second, format: 'float32' })).toMatchObject({
    symptom: 'not-repeatable',
  });
});

test.each<[Outcome, string]>([
  [{ kind: 'threw', message: 'no' }, 'threw'],
  [{ kind: 'timed-out', limitMs: 5 }, 'timed-out'],
  [{ kind: 'crashed', detail: 'no' }, 'crashed'],
  [{ kind: 'out-of-memory', detail: 'no' }, 'out-of-memory'],
  [{ kind: 'values', tensor: null, violations: [{ kind: 'shape', detail: 'no' }] }, 'shape'],
])('%o is a violation', (outcome, symptom) => {
  expect(judgeConduct(outcome)).toMatchObject({ symptom, severity: 'wrong' });
});

test('declining is none', () => {
  expect(judgeConduct({ kind: 'unsupported', reason: 'no' })).toBeNull();
});
