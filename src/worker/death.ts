/** How a worker process ended, as its exit, its stderr and its journal say. */
import type { CaseJson } from '../case/case-json.ts';
import type { Outcome } from '../case/outcome.ts';
import { plainText } from '../text/plain-text.ts';
import {
  caseOfChain,
  readJournal,
  readLatest,
  readOwnEnd,
  type JournalEntry,
  type OwnEnd,
} from './journal.ts';

/**
 * call: what the worker was in the middle of, as `at` has it. leak: memory that grew over many calls, and
 * which of them it was is not known. stray: something that a call had left behind, and which call, `at`
 * need not say.
 */
export type DeathCause = 'call' | 'leak' | 'stray';

/** The worker is gone; `at` is where its journal says it was, null before its first case. */
export interface WorkerDeath {
  readonly kind: 'died';
  readonly at: JournalEntry | null;
  /** The very case, where an index is a chain of them. */
  readonly chainCase: CaseJson | null;
  readonly outcome: Extract<Outcome, { kind: 'timed-out' | 'crashed' | 'out-of-memory' }>;
  readonly cause: DeathCause;
  readonly signal: NodeJS.Signals | null;
}

export function describeDeath(outcome: WorkerDeath['outcome']): string {
  switch (outcome.kind) {
    case 'timed-out':
      return `no answer within ${outcome.limitMs} ms`;
    case 'crashed':
    case 'out-of-memory':
      return outcome.detail;
  }
}

/** What a process leaves that has ended. */
export interface End {
  /** The limit in ms that it ran into; null where it did not. */
  readonly expired: number | null;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export function deathOf(journal: string, end: End): WorkerDeath {
  const own = readOwnEnd(journal);
  const outcome: WorkerDeath['outcome'] =
    own?.kind === 'memory'
      ? { kind: 'out-of-memory', detail: `the process grew to ${Math.round(own.rssMb)} MB of memory` }
      : howItEnded(end);
  const { signal } = end;
  const chainCase = caseOfChain(journal);
  const isStill = end.expired !== null || own?.kind === 'memory'; // its guard has had time to write where
  const at = isStill ? readLatest(journal) : readJournal(journal);
  return { kind: 'died', at, chainCase, outcome, cause: causeOf(own), signal };
}

function causeOf(own: OwnEnd | null): DeathCause {
  if (own === null) return 'call';
  if (own.kind === 'stray') return 'stray';
  return own.withinCall ? 'call' : 'leak';
}

function howItEnded(end: End): WorkerDeath['outcome'] {
  if (end.expired !== null) return { kind: 'timed-out', limitMs: end.expired };
  if (/heap out of memory|Array buffer allocation failed|bad_alloc/.test(end.stderr)) {
    return { kind: 'out-of-memory', detail: 'the process ran out of memory' };
  }
  const how = end.signal === null ? `exited with code ${end.code}` : `was killed by ${end.signal}`;
  const lastWords = plainText(end.stderr.trim().split('\n').at(-1) ?? '', 200);
  return { kind: 'crashed', detail: `the process ${how}${lastWords ? `: ${lastWords}` : ''}` };
}
