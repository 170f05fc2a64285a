// @module-tag processes
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ledger } from '../../reference/ledger/ledger.ts';
import { checkLedger, statusesBy } from './check-ledger.ts';
import type { Worker } from '../worker/supervise.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every entry about an embedded reference still stands, and none is asked of one that is not there', async () => {
  const statuses = await checkLedger(['tfjs-cpu', 'tfjs-wasm'], {
    journal: join(folder, 'journal'),
    caseTimeoutMs: 10_000,
  });

  expect(statuses.filter(({ stillDiverges }) => !stillDiverges)).toEqual([]);
  expect(statuses.map(({ id, reference }) => `${id} ${reference}`)).toEqual(
    ledger.flatMap(({ id, affects }) =>
      ['tfjs-cpu', 'tfjs-wasm'].filter((name) => name in affects).map((name) => `${id} ${name}`),
    ),
  );
});

test('an entry whose smallest case agrees is fixed, in the versions that it names', async () => {
  const verdict = { kind: 'agree', worstRatio: 0, inconclusiveElements: 0 } as const;
  const agreeing = { name: 'tfjs-cpu', version: '4.22.0', role: 'reference', verdict } as const;
  const worker = {
    ready: {
      references: [
        { name: 'tfjs-cpu', version: '4.22.0', available: true },
        { name: 'tfjs-wasm', version: '4.23.0', available: true },
      ],
    },
    run: () =>
      Promise.resolve({ kind: 'explained', explanation: { exact: null, implementations: [agreeing] } }),
  } as unknown as Worker;

  const statuses = await statusesBy(worker);

  expect(statuses.every(({ reference, stillDiverges }) => reference === 'tfjs-cpu' && !stillDiverges)).toBe(
    true,
  );
  expect(statuses).toHaveLength(ledger.filter(({ affects }) => affects['tfjs-cpu'] !== undefined).length);
});
