/** A run of somebody else's that says of a part what cannot be. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { CoverRecord, RunRecord } from '../archive/run-record.ts';
import { readRun } from './read-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of a recorded shard, which covers these cases. */
function covering(covers: readonly CoverRecord[]): string {
  const recorded = 'src/archive/fixtures/recorded-0.1/shards/runs';
  const path = mkdtempSync(join(folder, 'run-'));
  cpSync(join(recorded, readdirSync(recorded)[0]!), path, { recursive: true });
  const record = JSON.parse(readFileSync(join(path, 'run.json'), 'utf8')) as RunRecord;
  const parts = record.parts.map((part) => ({ ...part, covers }));
  writeFileSync(join(path, 'run.json'), JSON.stringify({ ...record, parts }));
  return path;
}

test('a part covers cases of its shard alone, or its run is not merged: they would count twice', () => {
  const { parts } = readRun(covering([])).record;
  const { number, of } = parts[0]!.shard;
  const own = { from: number - 1, to: number, step: of };

  expect(of).toBeGreaterThan(1);
  expect(readRun(covering([own])).record.parts[0]!.covers).toEqual([own]);
  expect(() => readRun(covering([{ ...own, from: number, to: number + 1 }]))).toThrow(
    `says that shard ${number}/${of} of seed 3 covers cases which are none of it`,
  );
  expect(() => readRun(covering([{ from: 3, to: 3, step: 1 }]))).toThrow('from, from + step, … below to');
});
