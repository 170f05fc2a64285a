/**
 * Writes docs/tensorflow-js-divergences.md and docs/divergences/*.md from the ledger and the committed
 * counts. `npm run docs:ledger`
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ledgerDocuments, type LedgerDocument } from '../reference/ledger/documents.ts';
import { ledgerCountsSchema } from '../reference/ledger/ledger-counts.ts';
import { renderLedger } from '../src/report/render-ledger.ts';
import { isMain, repository } from './run.ts';

export function ledgerPath({ file }: LedgerDocument): string {
  return join(repository, file);
}

export function ledgerText(document: LedgerDocument): string {
  const counts: unknown = JSON.parse(readFileSync(join(repository, document.counts), 'utf8'));
  return renderLedger(document, ledgerCountsSchema.parse(counts));
}

if (isMain(import.meta.url)) {
  for (const document of ledgerDocuments) {
    mkdirSync(dirname(ledgerPath(document)), { recursive: true });
    writeFileSync(ledgerPath(document), ledgerText(document));
  }
}
