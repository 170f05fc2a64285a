/** Where a worker is, written before every call into code that may never return. A few bytes; no history. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** What the worker is busy with. `shrink` is shrinking a finding of the case, `judge` judging the case itself. */
export const stages = ['idle', 'judge', 'shrink'] as const;
export type Stage = (typeof stages)[number];

export interface JournalEntry {
  /** Counts every write, so that a reader sees that the worker moves even within one case. */
  readonly beat: number;
  /** The case's index; negative for a case of the corpus. */
  readonly index: number;
  readonly stage: Stage;
  /** Place in [subject, ...references] of the implementation being called. */
  readonly place: number;
}

const bytes = 32;

export interface JournalWriter {
  write(entry: Omit<JournalEntry, 'beat'>): void;
}

/** One write of 32 bytes in place: what a reader sees is whole, since both sides are on one machine's page cache. */
export function openJournal(path: string): JournalWriter {
  const descriptor = openSync(path, 'w');
  const record = new Float64Array(bytes / 8);
  let beat = 0;
  return {
    write({ index, stage, place }) {
      record[0] = ++beat;
      record[1] = index;
      record[2] = stages.indexOf(stage);
      record[3] = place;
      writeSync(descriptor, record, 0, bytes, 0);
    },
  };
}

/** Null until the worker has written for the first time. */
export function readJournal(path: string): JournalEntry | null {
  const record = new Float64Array(bytes / 8);
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    if (readSync(descriptor, record, 0, bytes, 0) < bytes) return null;
  } finally {
    closeSync(descriptor);
  }
  return { beat: record[0]!, index: record[1]!, stage: stages[record[2]!] ?? 'idle', place: record[3]! };
}
