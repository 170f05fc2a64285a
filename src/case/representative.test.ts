import { expect, test } from 'vitest';
import { exampleFinding } from './fixtures/example-finding.ts';
import { representatives, standsBefore } from './representative.ts';

const first = exampleFinding({ index: 3, seed: '9', sentence: 'a' });

test.each([
  ['index', { index: 20 }],
  ['seed', { seed: '10' }],
  ['text', { sentence: 'b' }],
])('of two findings of one signature the one of the lower %s stands for it', (_what, changes) => {
  const second = { ...first, ...changes };

  expect(standsBefore(first, second)).toBe(true);
  expect(standsBefore(second, first)).toBe(false);
});

test('the index counts before the seed, and the seed before the text', () => {
  expect(standsBefore({ ...first, index: 2, seed: '99' }, first)).toBe(true);
  expect(standsBefore({ ...first, seed: '8', sentence: 'z' }, first)).toBe(true);
});

test('neither the order of its keys nor what the rest of the run says lets one stand before the other', () => {
  const { signature, ...rest } = first;
  const same = { ...rest, signature, count: 1, known: true };

  expect(standsBefore(first, same)).toBe(false);
  expect(standsBefore(same, first)).toBe(false);
});

test('each signature is represented once', () => {
  const other = { ...first, signature: '1:other', index: 7 };
  const later = { ...first, index: 8 };

  expect(representatives([later, other, first], (finding) => finding)).toEqual([first, other]);
});
