/** Where a worker is, written before every call into code that may never return. A few bytes; no history. */
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import type { CaseJson } from '../case/case-json.ts';

/**
 * What the worker is busy with: `idle` with nothing, or with work of our own that calls nobody; `load` with loading an
 * implementation; `judge` with the case itself, `shrink` with shrinking a finding of it, `stack` with asking a reference for the
 * stack that the case is in.
 */
export const stages = ['idle', 'load', 'judge', 'shrink', 'stack'] as const;
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

/** Why a worker ended itself. */
export type OwnEnd =
  /** `withinCall`: the memory grew in a single call, and not over many. */
  | { readonly kind: 'memory'; readonly rssMb: number; readonly withinCall: boolean }
  /** By what some call had left behind, a timer or a promise: the entry need not name that call. */
  | { readonly kind: 'stray' };

const entryBytes = 32;
const endBytes = 24;
const endKinds = ['memory', 'stray'] as const;

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

/** Behind the entry, as the worker's last. */
export function writeOwnEnd(path: string, end: OwnEnd): void {
  const [rssMb, withinCall] = end.kind === 'memory' ? [end.rssMb, end.withinCall ? 1 : 0] : [0, 0];
  const descriptor = openSync(path, 'r+');
  writeSync(
    descriptor,
    Float64Array.of(endKinds.indexOf(end.kind), rssMb, withinCall),
    0,
    endBytes,
    entryBytes,
  );
  closeSync(descriptor);
}

/** Null until the worker has written for the first time. */
export function readJournal(path: string): JournalEntry | null {
  const record = readNumbers(path, { count: entryBytes / 8, at: 0 });
  if (record === null) return null;
  return { beat: record[0]!, index: record[1]!, stage: stages[record[2]!] ?? 'idle', place: record[3]! };
}

/** Null where the worker did not end itself. */
export function readOwnEnd(path: string): OwnEnd | null {
  const record = readNumbers(path, { count: endBytes / 8, at: entryBytes });
  if (record === null) return null;
  if (endKinds[record[0]!] === 'stray') return { kind: 'stray' };
  return { kind: 'memory', rssMb: record[1]!, withinCall: record[2] === 1 };
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

/** Where a worker writes the case of a chain before it is judged. */
export function besideJournal(journal: string): string {
  return `${journal}.case`;
}

/** Written in place: making a file anew for every case costs milliseconds on some disks. */
export function openCaseFile(journal: string): { write(c: CaseJson): void } {
  const descriptor = openSync(besideJournal(journal), 'w');
  return {
    write(c) {
      const text = Buffer.from(JSON.stringify(c), 'utf8');
      const length = Buffer.from(String(text.length).padEnd(lengthBytes), 'utf8');
      writeSync(descriptor, Buffer.concat([length, text]), 0, lengthBytes + text.length, 0);
    },
  };
}

const lengthBytes = 16;

/** The case that a worker of this journal was in; null where the campaign does not maximize. */
export function caseOfChain(journal: string): CaseJson | null {
  try {
    const bytes = readFileSync(besideJournal(journal));
    const length = Number(bytes.toString('utf8', 0, lengthBytes));
    return JSON.parse(bytes.toString('utf8', lengthBytes, lengthBytes + length)) as CaseJson;
  } catch {
    return null; // none, or killed while it was written: then its index has to do
  }
}
