/**
 * Writes docs/tensorflow-js-divergences.md from the ledger and the committed counts. `npm run docs:ledger`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ledger } from '../reference/ledger/ledger.ts';
import { ledgerCountsSchema } from '../reference/ledger/ledger-counts.ts';
import { renderLedger } from '../src/report/render-ledger.ts';
import { isMain, repository } from './run.ts';

export const ledgerDocument: string = join(repository, 'docs/tensorflow-js-divergences.md');

export function ledgerText(): string {
  const counts: unknown = JSON.parse(
    readFileSync(join(repository, 'reference/ledger/ledger-counts.json'), 'utf8'),
  );
  return renderLedger(ledger, ledgerCountsSchema.parse(counts));
}

if (isMain(import.meta.url)) writeFileSync(ledgerDocument, ledgerText());
