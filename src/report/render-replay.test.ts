import { expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { renderReplay, type Replayed } from './render-replay.ts';

const replayed: Replayed = { stillDiverges: true, isSame: true, explanation: null, death: null };

test('a known divergence is told by the entry of the ledger and its program, and not by its tensors', () => {
  const finding = exampleFinding({ known: true, ledger: 'running-sum' });

  const text = renderReplay(finding, replayed, { judged: finding.minimal, program: 'the program' });

  expect(text).toContain('known: entry 18 of docs/tensorflow-js-divergences.md, running-sum: Sums are kept');
  expect(text).toMatch(/^cause: `tfjs-backend-wasm\/src\/cc\/kernels\/Sum\.cc`/m);
  expect(text).toMatch(/^for users: Use another backend/m);
  expect(text).toContain('\n\nthe program\n\nIt still diverges');
  expect(text).not.toContain('at  logits');
});

test('its original case, and what is not known, are told by their tensors', () => {
  const finding = exampleFinding({ known: true, ledger: 'running-sum' });
  const original = renderReplay(finding, replayed, {
    judged: { ...finding.original },
    program: 'the program',
  });
  const fresh = renderReplay(exampleFinding(), replayed, { judged: exampleFinding().minimal, program: null });

  expect([original, fresh].map((text) => /^at +logits/m.test(text))).toEqual([true, true]);
  expect(original).not.toContain('the program');
});
