import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openJournal, readJournal } from './journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the journal tells the last place written, and beats at every write', () => {
  const path = join(folder, 'journal');
  const journal = openJournal(path);

  journal.write({ index: 2 ** 40, stage: 'judge', place: 1 });
  const first = readJournal(path);
  journal.write({ index: -3, stage: 'shrink', place: 0 });
  const second = readJournal(path);

  expect(first).toEqual({ beat: 1, index: 2 ** 40, stage: 'judge', place: 1 });
  expect(second).toEqual({ beat: 2, index: -3, stage: 'shrink', place: 0 });
});

test('a journal that is not there yet, or still empty, tells nothing', () => {
  const path = join(folder, 'empty');
  openJournal(path);

  expect(readJournal(join(folder, 'absent'))).toBeNull();
  expect(readJournal(path)).toBeNull();
});
