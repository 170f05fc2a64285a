import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ledger } from '../../reference/ledger/ledger.ts';
import { ledgerDocument, ledgerText } from '../../series/write-ledger.ts';

test('the readable list of what TensorFlow.js gets wrong is the one that `npm run docs:ledger` writes', () => {
  expect(readFileSync(ledgerDocument, 'utf8')).toBe(ledgerText());
});

test('the list has a section for each entry, with its cause, its workaround and its program', () => {
  const sections = ledgerText().split(/^## /m).slice(1);

  expect(sections).toHaveLength(ledger.length);
  ledger.forEach(({ id, cause, workaround, snippet }, i) => {
    expect(sections[i]).toMatch(new RegExp(`^${i + 1} ${id}\\n`));
    for (const part of [cause, workaround, snippet.code]) expect(sections[i]).toContain(part);
  });
});
