import { expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { explainFinding } from './explain-finding.ts';

test('a finding is told with who, the case, what the error is allowed for, and what everybody answered', () => {
  expect(explainFinding(exampleFinding())).toBe(
    [
      'tfjs-wasm@4.22.0 is wrong: softmax/float32 [2, 1] axis 0',
      'tfjs-wasm answers 0.25 at [1, 0], and 0.5 is due',
      'found by the oracle exact; also by differential',
      '',
      'at        logits  exact  got   error  allowed   ULPs',
      '[0, 0]    0       0.5    0.5   0      2.384e-7  0',
      '[1, 0] ◀  -0      0.5    0.25  0.25   2.384e-7  > 4096',
      '',
      'allowed there: 2.384e-7, to any sound algorithm (exp within 1 and log within 1 ULP), for',
      '  the rounding of exp  2.384e-7  100 %',
      '',
      'who                 verdict  at [1, 0]',
      'from-scratch@0.1.0  agree    0.5',
      'tfjs-wasm@4.22.0    diverge  0.25       off',
    ].join('\n'),
  );
});

test('of one that is no more it was', () => {
  expect(explainFinding(exampleFinding(), { verb: 'was' })).toMatch(/^tfjs-wasm@4\.22\.0 was wrong: /);
});

test('text from outside stays on its line', () => {
  const lines = (sentence: string): number => explainFinding(exampleFinding({ sentence })).split('\n').length;

  expect(lines('a\nb\u001b[2J\u2028c')).toBe(lines('a'));
});
