/**
 * Where a worker is, told before every call into code that may never return. A few bytes; no history. On
 * disk, so that it outlives the process; of cheap cases that follow each other only the first is, since a
 * write costs a tenth of such a case.
 */
import { closeSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import type { CaseJson } from '../case/case-json.ts';
import { stages, type CallLog, type CallPlace } from '../examine/call-place.ts';

export interface JournalEntry extends CallPlace {
  /** Counts every write, so that a reader sees that the worker moves even within one case. */
  readonly beat: number;
  /** It may be in any case from `index` on and below this one. */
  readonly to: number;
}

/** Why a worker ended itself. */
export type OwnEnd =
  /** `withinCall`: the memory grew in a single call, and not over many. */
  | { readonly kind: 'memory'; readonly rssMb: number; readonly withinCall: boolean }
  /** Ended by what some call had left behind, a timer or a promise: the entry need not name that call. */
  | { readonly kind: 'stray' };

const entryNumbers = 5;
const entryBytes = 8 * entryNumbers;
const endBytes = 24;
const endKinds = ['memory', 'stray'] as const;

/** How often the guard writes the latest place. */
export const latestEveryMs = 50;

export interface Journal extends CallLog {
  /** The latest place, for a thread to write when this one is in a call for long. */
  readonly latest: SharedArrayBuffer;
  /**
   * The subject is about to be asked the cases from `from` on and below `to`, in this order:
   * that is one write for all.
   */
  cover(cases: { readonly from: number; readonly to: number }): void;
  isCovered(index: number): boolean;
  /** Says that the process is alive, where it was: somebody beyond it is being waited for. */
  beat(): void;
  /** Writes the latest place, covered or not, for the end of a process that can still write it. */
  settle(): void;
}

/** One write in place: what a reader sees is whole, since both sides are on one machine's page cache. */
export function openJournal(path: string): Journal {
  const descriptor = openSync(path, 'w');
  const latest = new SharedArrayBuffer(entryBytes);
  const record = new Float64Array(latest);
  let coveredTo = -Infinity;
  const put = (to: number): void => {
    record[4] = to;
    writeSync(descriptor, record, 0, entryBytes, 0);
  };
  const isCovered = (index: number): boolean => index < coveredTo;
  const note = ({ index, stage, place }: CallPlace): void => {
    record[0]!++;
    record[1] = index;
    record[2] = stages.indexOf(stage);
    record[3] = place;
  };
  return {
    latest,
    isCovered,
    write(place) {
      note(place);
      if (place.stage === 'judge' && place.place === 0 && isCovered(place.index)) return;
      coveredTo = -Infinity;
      put(place.index + 1);
    },
    cover({ from, to }) {
      note({ index: from, stage: 'judge', place: 0 });
      coveredTo = to;
      put(to);
    },
    beat() {
      record[0]!++;
      put(record[4]!);
    },
    settle() {
      put(record[1]! + 1);
    },
  };
}

/** Writes the latest place beside the entry, from another thread. */
export function writeLatest(path: string, latest: Float64Array): void {
  const record = latest.slice();
  record[4] = record[1]! + 1;
  writeNumbers(path, { record, at: entryBytes });
}

/** Writes why the worker ended itself behind the entries, as its last. */
export function writeOwnEnd(path: string, end: OwnEnd): void {
  const [rssMb, withinCall] = end.kind === 'memory' ? [end.rssMb, end.withinCall ? 1 : 0] : [0, 0];
  const record = Float64Array.of(endKinds.indexOf(end.kind), rssMb, withinCall);
  writeNumbers(path, { record, at: 2 * entryBytes });
}

function writeNumbers(path: string, { record, at }: { record: Float64Array; at: number }): void {
  const descriptor = openSync(path, 'r+');
  try {
    writeSync(descriptor, record, 0, record.byteLength, at);
  } finally {
    closeSync(descriptor);
  }
}

/** The entry of a process that is gone at once. Null until it has written for the first time. */
export function readJournal(path: string): JournalEntry | null {
  return readEntry(path, 0);
}

/** The newer of what the worker has written and its guard: no more than `latestEveryMs` old. */
export function readLatest(path: string): JournalEntry | null {
  const [own, guards] = [readEntry(path, 0), readEntry(path, entryBytes)];
  return own !== null && guards !== null && guards.beat > own.beat ? guards : own;
}

function readEntry(path: string, at: number): JournalEntry | null {
  const record = readNumbers(path, { count: entryNumbers, at });
  if (record === null) return null;
  const [beat, index, stage, place, to] = record as unknown as [number, number, number, number, number];
  return { beat, index, stage: stages[stage] ?? 'idle', place, to };
}

/** Null where the worker did not end itself. */
export function readOwnEnd(path: string): OwnEnd | null {
  const record = readNumbers(path, { count: endBytes / 8, at: 2 * entryBytes });
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

/** Removes the journal, with the case beside it. */
export function removeJournal(path: string): void {
  for (const file of [path, besideJournal(path)]) ignoringRefusal(() => rmSync(file, { force: true }));
}

/**
 * A few bytes that stay are no reason to fail: their folder is removed at the end, or by the next process.
 */
export function ignoringRefusal(act: () => void): void {
  try {
    act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** Where a worker writes the case of a chain before it is judged. */
function besideJournal(journal: string): string {
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
