/**
 * The programs of the ledger about libraries of Python, as they stand in the documents, run: they print what
 * the documents say. A library that is not there is skipped, under a name that says so; with CI=true only
 * PyTorch and JAX are, which the nightly workflow has.
 */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ledgerDocuments } from '../../reference/ledger/documents.ts';
import { referenceNamed } from '../../reference/index.ts';
import { defaultPython } from '../connect/python.ts';
import { ledgerPath } from '../../series/write-ledger.ts';

const python = process.env['LOGITFUZZ_PYTHON_LIBRARIES'] ?? defaultPython();

const documents = ledgerDocuments.filter(({ entries }) =>
  entries.every(({ snippet }) => referenceNamed(snippet.on)?.package.language === 'python'),
);

/** Null where the library is there. */
function whyMissing(lines: readonly string[]): string | null {
  const { status, stderr } = spawnSync(python, ['-c', ['import numpy', ...lines].join('\n')], {
    encoding: 'utf8',
  });
  return status === 0 ? null : (stderr ?? '').trim().split('\n').at(-1)!.slice(0, 80);
}

describe.each(documents.map((document) => ({ family: document.family, document })))(
  'of $family',
  ({ document }) => {
    const { on } = document.entries[0]!.snippet;
    const isNightly = ['torch', 'jax'].includes(on);
    const isDue = process.env['CI'] === 'true' && !isNightly;
    const reason = isDue ? null : whyMissing(referenceNamed(on)!.package.load);

    test.skipIf(reason !== null)(
      `each program prints what the document says${reason === null ? '' : ` (skipped: ${reason})`}`,
      () => {
        const sections = readFileSync(ledgerPath(document), 'utf8').split(/^## /m).slice(1);
        const programs = sections.map((section) => /^```python\n(.*?)\n```$/ms.exec(section)![1]!);

        const ran = programs.map((program) => {
          const { stdout, status } = spawnSync(python, ['-c', program], { encoding: 'utf8' });
          return { stdout: stdout.trim(), status };
        });

        expect(ran).toEqual(document.entries.map(({ snippet }) => ({ stdout: snippet.prints, status: 1 })));
      },
      120_000,
    );
  },
);
