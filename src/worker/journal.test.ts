import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  openJournal,
  readJournal,
  readLatest,
  readOwnEnd,
  removeJournal,
  writeLatest,
  writeOwnEnd,
  type JournalEntry,
} from './journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the journal tells the last place written, and beats at every write', () => {
  const path = join(folder, 'journal');
  const journal = openJournal(path);

  journal.write({ index: 2 ** 40, stage: 'judge', place: 1 });
  const first = readJournal(path);
  journal.write({ index: -3, stage: 'shrink', place: 0 });
  const second = readJournal(path);

  expect(first).toEqual({ beat: 1, index: 2 ** 40, stage: 'judge', place: 1, to: 2 ** 40 + 1 });
  expect(second).toEqual({ beat: 2, index: -3, stage: 'shrink', place: 0, to: -2 });
});

test('a journal that is not there yet, or still empty, tells nothing', () => {
  const path = join(folder, 'empty');
  openJournal(path);

  expect(readJournal(join(folder, 'absent'))).toBeNull();
  expect(readJournal(path)).toBeNull();
});

test('of cases that are covered the disk has the first, and the latest once a guard has written it', () => {
  const path = join(folder, 'covered');
  const journal = openJournal(path);

  journal.cover({ from: 24, to: 60 });
  journal.write({ index: 24, stage: 'judge', place: 0 });
  journal.write({ index: 36, stage: 'judge', place: 0 });
  const [before, sudden] = [readLatest(path), readJournal(path)];
  writeLatest(path, new Float64Array(journal.latest));

  const first = { beat: 1, index: 24, stage: 'judge', place: 0, to: 60 };
  expect(sudden).toEqual(first);
  expect(before).toEqual(first);
  expect(readJournal(path)).toEqual(first);
  expect(readLatest(path)).toEqual({ beat: 3, index: 36, stage: 'judge', place: 0, to: 37 });
});

test('a cover ends where it was said to, and with the first place of another kind', () => {
  const path = join(folder, 'uncovered');
  const journal = openJournal(path);

  journal.cover({ from: 0, to: 2 });
  journal.write({ index: 2, stage: 'judge', place: 0 });
  const beyond = readJournal(path);
  journal.cover({ from: 3, to: 9 });
  journal.write({ index: 4, stage: 'shrink', place: 0 });
  journal.write({ index: 5, stage: 'judge', place: 0 });

  expect(beyond).toEqual({ beat: 2, index: 2, stage: 'judge', place: 0, to: 3 });
  expect(readLatest(path)).toEqual({ beat: 5, index: 5, stage: 'judge', place: 0, to: 6 });
});

test('a reference that is called is never covered, nor the subject after it', () => {
  const path = join(folder, 'company');
  const journal = openJournal(path);
  const onDisk = (): JournalEntry | null => readJournal(path);

  journal.cover({ from: 0, to: 16 });
  journal.write({ index: 1, stage: 'judge', place: 0 });
  const subject = onDisk();
  journal.write({ index: 1, stage: 'judge', place: 1 });
  const reference = onDisk();
  journal.write({ index: 1, stage: 'judge', place: 0 });

  expect(subject).toMatchObject({ index: 0, place: 0, to: 16 });
  expect(reference).toMatchObject({ index: 1, place: 1, to: 2 });
  expect(onDisk()).toMatchObject({ index: 1, place: 0, to: 2 });
  expect(journal.isCovered(2)).toBe(false);
});

test('a process that can still tell says which of the covered cases it is in', () => {
  const path = join(folder, 'settled');
  const journal = openJournal(path);

  journal.cover({ from: 0, to: 16 });
  journal.write({ index: 7, stage: 'judge', place: 0 });
  journal.settle();

  expect(readJournal(path)).toEqual({ beat: 2, index: 7, stage: 'judge', place: 0, to: 8 });
});

test('how a worker has ended itself stands behind the entries, whether a guard has written or not', () => {
  const path = join(folder, 'ended');
  const journal = openJournal(path);
  journal.write({ index: 1, stage: 'judge', place: 0 });

  const none = readOwnEnd(path);
  writeOwnEnd(path, { kind: 'memory', rssMb: 500, withinCall: true });

  expect(none).toBeNull();
  expect(readOwnEnd(path)).toEqual({ kind: 'memory', rssMb: 500, withinCall: true });
  expect(readLatest(path)).toMatchObject({ beat: 1, index: 1 });
});

test('a journal that cannot be removed whole is no reason to fail', () => {
  const path = join(folder, 'refused');
  openJournal(path);
  mkdirSync(`${path}.case`); // refused: EISDIR

  removeJournal(path);

  expect(existsSync(path)).toBe(false);
});
