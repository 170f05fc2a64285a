import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ledgerDocuments } from '../../reference/ledger/documents.ts';
import { ledgerPath, ledgerText } from '../../series/write-ledger.ts';

describe.each(ledgerDocuments.map((document) => ({ family: document.family, document })))(
  'what $family gets wrong',
  ({ document }) => {
    test('stands in the readable list as `npm run docs:ledger` writes it', () => {
      expect(readFileSync(ledgerPath(document), 'utf8')).toBe(ledgerText(document));
    });

    test('has a section for each entry, with its cause, its workaround and its program', () => {
      const sections = ledgerText(document).split(/^## /m).slice(1);

      expect(sections).toHaveLength(document.entries.length);
      document.entries.forEach(({ id, cause, workaround, snippet }, i) => {
        expect(sections[i]).toMatch(new RegExp(`^${i + 1} ${id}\\n`));
        for (const part of [cause, workaround, snippet.code]) expect(sections[i]).toContain(part);
      });
    });
  },
);
