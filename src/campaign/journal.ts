/** Where a worker is, written before every call into code that may never return. A few bytes; no history. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/**
 * What the worker is busy with: `judge` with the case itself, `shrink` with shrinking a finding of it, `stack` with asking
 * a reference for the stack that the case is in.
 */
export const stages = ['idle', 'judge', 'shrink', 'stack'] as const;
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

/** Why the worker's guard ended it. `withinCall`: the memory grew in a single call, and not over many. */
export interface MemoryEnd {
  readonly rssMb: number;
  readonly withinCall: boolean;
}

const entryBytes = 32;
const endBytes = 16;

export interface JournalWriter {
  write(entry: Omit<JournalEntry, 'beat'>): void;
}

/** One write of 32 bytes in place: what a reader sees is whole, since both sides are on one machine's page cache. */
export function openJournal(path: string): JournalWriter {
  const descriptor = openSync(path, 'w');
  const record = new Float64Array(entryBytes / 8);
  let beat = 0;
  return {
    write({ index, stage, place }) {
      record[0] = ++beat;
      record[1] = index;
      record[2] = stages.indexOf(stage);
      record[3] = place;
      writeSync(descriptor, record, 0, entryBytes, 0);
    },
  };
}

/** Behind the entry, by the guard, as the worker's last. */
export function writeMemoryEnd(path: string, { rssMb, withinCall }: MemoryEnd): void {
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, Float64Array.of(rssMb, withinCall ? 1 : 0), 0, endBytes, entryBytes);
  closeSync(descriptor);
}

/** Null until the worker has written for the first time. */
export function readJournal(path: string): JournalEntry | null {
  const record = readNumbers(path, { count: entryBytes / 8, at: 0 });
  if (record === null) return null;
  return { beat: record[0]!, index: record[1]!, stage: stages[record[2]!] ?? 'idle', place: record[3]! };
}

/** Null where it was not memory that ended the worker. */
export function readMemoryEnd(path: string): MemoryEnd | null {
  const record = readNumbers(path, { count: endBytes / 8, at: entryBytes });
  return record === null ? null : { rssMb: record[0]!, withinCall: record[1] === 1 };
}

function readNumbers(path: string, { count, at }: { count: number; at: number }): Float64Array | null {
  const record = new Float64Array(count);
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return readSync(descriptor, record, 0, 8 * count, at) < 8 * count ? null : record;
  } finally {
    closeSync(descriptor);
  }
}
