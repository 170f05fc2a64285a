// @module-tag processes
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { normalMode } from '../examine/range.ts';
import type { WorkerSetup } from './protocol.ts';
import { startWorker, type WatchOptions } from './supervise.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const setupFor = (fixture: string): WorkerSetup => ({
  subject: fileURLToPath(new URL(`../cli/fixtures/${fixture}.mjs`, import.meta.url)),
  references: [],
  seed: '5',
  operations: ['softmax'],
  formats: ['float32'],
  corpus: [],
  runs: null,
  shard: { number: 1, of: 1 },
  rssLimitMb: 4_096,
  shrinkEvaluations: 0,
  maximize: false,
});
const optionsFor = (journal: string): WatchOptions => ({
  journal: join(folder, journal),
  caseTimeoutMs: 60_000,
  startTimeoutMs: 60_000,
});

test('a journal that cannot be written is the machine’s failure, not the subject’s', async () => {
  mkdirSync(join(folder, 'a-folder'));

  const starting = startWorker(setupFor('always-hangs'), optionsFor('a-folder'));

  await expect(starting).rejects.toThrow(InfrastructureError);
  await expect(starting).rejects.toThrow('a journal cannot be written: EISDIR');
});

test('a journal that cannot be read any more is told of: nobody would see a hang', async () => {
  const options = optionsFor('spoilt');
  const worker = await startWorker(setupFor('always-hangs'), options);
  const mode = { ...normalMode, shrink: false };
  const share = { from: 0, to: 12, step: 12, mode, unstacked: [], known: [], leftMs: null };
  const job = { kind: 'indices', ...share } as const;
  const reply = worker.run(job);
  rmSync(options.journal);
  mkdirSync(options.journal);

  await expect(reply).rejects.toThrow("a worker's journal cannot be read: EISDIR");
  rmSync(options.journal, { recursive: true });
  worker.stop();
});

test('a subject that ends the process as it loads cannot be loaded', async () => {
  const starting = startWorker(setupFor('exits-at-import'), optionsFor('at-import'));

  await expect(starting).rejects.toThrow(UsageError);
  await expect(starting).rejects.toThrow(
    /exits-at-import.mjs could not be loaded: the process exited with code 5/,
  );
});

test('a worker that is not wanted any more is ended while it loads', async () => {
  const end = new AbortController();
  const starting = startWorker(setupFor('hangs-at-import'), {
    ...optionsFor('unwanted'),
    signal: end.signal,
  });
  setTimeout(() => end.abort(), 200);

  await expect(starting).rejects.toThrow(/SIGKILL/);
});
