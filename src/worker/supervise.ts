/**
 * One worker process and the watch over it: jobs in, replies out, and what became of it if it hangs or dies.
 */
import type { ChildProcess } from 'node:child_process';
import { plainText } from '../text/plain-text.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import type { CaseJson } from '../case/case-json.ts';
import type { Outcome } from '../case/outcome.ts';
import {
  caseOfChain,
  latestEveryMs,
  readJournal,
  readLatest,
  readOwnEnd,
  removeJournal,
  type JournalEntry,
} from './journal.ts';
import { forkWorker } from './fork-worker.ts';
import { killGroup } from '../connect/process-group.ts';
import { replyKinds, type Job, type Reply, type WorkerSetup } from './protocol.ts';

/** The worker is gone; `at` is where its journal says it was, null before its first case. */
export interface WorkerDeath {
  readonly kind: 'died';
  readonly at: JournalEntry | null;
  /** The very case, where an index is a chain of them. */
  readonly chainCase: CaseJson | null;
  readonly outcome: Extract<Outcome, { kind: 'timed-out' | 'crashed' | 'out-of-memory' }>;
  /** Memory that grew over many calls: which of them it was is not known. */
  readonly isLeak: boolean;
  /** Something that a call had left behind: which call, `at` need not say. */
  readonly isStray: boolean;
  readonly signal: NodeJS.Signals | null;
}

export interface WatchOptions {
  readonly journal: string;
  /** A call that takes longer is killed. */
  readonly caseTimeoutMs: number;
  /** Loading the subject and the references may take this long. */
  readonly startTimeoutMs: number;
  /** Ends the worker, also while it loads. */
  readonly signal?: AbortSignal;
  /** Fewer workers than cores, which is the default. */
  readonly hasSpareCore?: boolean;
}

export interface Worker {
  readonly ready: Extract<Reply, { kind: 'ready' }>;
  /** One job at a time. Never rejects for what the worker does: a death is a WorkerDeath. */
  run(job: Job): Promise<Extract<Reply, { kind: 'batch' | 'explained' }> | WorkerDeath>;
  /** Whether one that is started in its place would hold less memory. */
  readonly isRenewable: boolean;
  /** Where it is just now. */
  position(): JournalEntry | null;
  stop(): void;
}

/**
 * A journal is looked at so many times within a call's limit, but not all the time:
 * that is the worker's core, too.
 */
const pollsPerLimit = 20;
const [pollMsMin, pollMsMax] = [50, 500];
const stderrTail = 2_000;
/**
 * Most that is waited for the last words of a process that is gone;
 * a child of its own may hold its stderr open.
 */
const lastWordsMs = 250;
/** That a beat may be late. */
const latestMs = 2 * latestEveryMs;
/**
 * A worker may take so many times a call's limit between
 * two calls, and at least so long: then it is unresponsive.
 */
const quietTimeouts = 4;
const quietMsMin = 10_000;

/**
 * Starts a worker process and waits until it has loaded the subject and the references.
 * @throws UsageError or InfrastructureError as the worker reports it, and if it dies or stalls while loading.
 */
export async function startWorker(setup: WorkerSetup, options: WatchOptions): Promise<Worker> {
  const child = forkWorker(options.journal, options);
  const watch = watchOver(child, options);
  const { signal } = options;
  signal?.addEventListener('abort', watch.kill);
  child.send(setup, () => undefined); // a failed send shows as an exit as well
  const first = await watch.next(options.startTimeoutMs);
  if (first.kind === 'ready') return workerOn(child, watch, first, options);
  watch.kill();
  if (first.kind === 'failed') throw failureOf(first);
  if (first.kind !== 'died') throw new Error(`a worker answered '${first.kind}' before it was ready`);
  throw failureToLoad(setup, first);
}

/** Place 0 is the subject; a reference that does not survive its loading is the machine's trouble. */
function failureToLoad({ subject, references }: WorkerSetup, { at, outcome }: WorkerDeath): Error {
  const why = describeDeath(outcome);
  if (at === null) return new InfrastructureError(`a worker process could not be started: ${why}`);
  if (at.place === 0)
    return new UsageError(`the subject ${subject ?? 'from-scratch'} could not be loaded: ${why}`);
  return new InfrastructureError(`the reference ${references[at.place - 1]} could not be loaded: ${why}`);
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

function failureOf(reply: Extract<Reply, { kind: 'failed' }>): Error {
  switch (reply.failure) {
    case 'usage':
      return new UsageError(reply.message);
    case 'infrastructure':
      return new InfrastructureError(reply.message);
    case 'assertion':
      return new Error(reply.message);
  }
}

function workerOn(
  child: ChildProcess,
  watch: Watch,
  ready: Extract<Reply, { kind: 'ready' }>,
  options: WatchOptions,
): Worker {
  return {
    ready,
    isRenewable: true,
    async run(job) {
      child.send(job, () => undefined);
      const reply = await watch.next(null);
      if (reply.kind === 'failed') throw failureOf(reply);
      if (reply.kind === 'ready') throw new Error('a worker said twice that it is ready');
      return reply;
    },
    position() {
      const entry = orUnreadable(() => readLatest(options.journal));
      return entry === null || 'kind' in entry ? null : entry;
    },
    stop() {
      options.signal?.removeEventListener('abort', watch.kill);
      watch.kill();
      removeJournal(options.journal);
    },
  };
}

interface Watch {
  /**
   * The next reply, or the worker's death. `limitMs` bounds the whole wait; null watches the journal instead.
   */
  next(limitMs: number | null): Promise<Reply | WorkerDeath>;
  kill(): void;
}

function watchOver(child: ChildProcess, { journal, caseTimeoutMs }: WatchOptions): Watch {
  const replies: (Reply | WorkerDeath)[] = [];
  let wake: (() => void) | null = null;
  let stderr = '';
  let expired: number | null = null; // the limit in ms that it ran into, once it did
  let dead = false;
  const push = (reply: Reply | WorkerDeath): void => {
    replies.push(reply);
    wake?.();
  };
  child.on('message', (message) => {
    if (isReply(message)) push(message); // a subject may find a way to send something, too
  });
  child.stderr
    ?.setEncoding('utf8')
    .on('data', (text: string) => (stderr = (stderr + text).slice(-stderrTail)));
  const bury = (code: number | null, signal: NodeJS.Signals | null): void => {
    if (dead) return;
    dead = true;
    if (child.pid !== undefined) killGroup(child.pid); // what it has started and left behind
    push(orUnreadable(() => deathOf(journal, { expired, code, signal, stderr })));
  };
  child.on('error', (error) => {
    if (child.pid !== undefined) return; // a failed send shows as an exit as well
    dead = true;
    push(unwell(`a worker process could not be started: ${error.message}`));
  });
  child.on('close', bury);
  child.on('exit', (code, signal) => void setTimeout(bury, lastWordsMs, code, signal));
  const expire = (limitMs: number): void => {
    expired = limitMs;
    kill();
  };
  const kill = (): void => {
    if (child.pid !== undefined && !dead) killGroup(child.pid);
  };

  return {
    async next(limitMs) {
      const clock =
        limitMs === null
          ? watchJournal(journal, caseTimeoutMs, { expire, fail: (message) => push(unwell(message)) })
          : setTimeout(expire, limitMs, limitMs);
      try {
        while (replies.length === 0) {
          if (dead) throw new Error('a worker was asked after its death');
          await new Promise<void>((resolve) => (wake = resolve));
        }
        return replies.shift()!;
      } finally {
        clearInterval(clock);
      }
    },
    kill() {
      child.removeAllListeners('message');
      kill();
    },
  };
}

function isReply(message: unknown): message is Reply {
  if (typeof message !== 'object' || message === null) return false;
  return replyKinds.some((kind) => kind === (message as { kind?: unknown }).kind);
}

function unwell(message: string): Extract<Reply, { kind: 'failed' }> {
  return { kind: 'failed', failure: 'infrastructure', message };
}

function orUnreadable<T>(read: () => T): T | Extract<Reply, { kind: 'failed' }> {
  try {
    return read();
  } catch (error) {
    return unwell(`a worker's journal cannot be read: ${(error as Error).message}`);
  }
}

/** Calls `expire` once the journal has stood on the same beat for longer than the limit. */
function watchJournal(
  journal: string,
  limitMs: number,
  { expire, fail }: { expire(limitMs: number): void; fail(message: string): void },
): NodeJS.Timeout {
  let beat = -1;
  let since = performance.now();
  const quietMs = Math.max(quietMsMin, quietTimeouts * limitMs);
  return setInterval(() => {
    const entry = orUnreadable(() => readLatest(journal));
    if (entry !== null && 'kind' in entry) return fail(entry.message);
    const now = performance.now();
    const allowedMs = entry === null || entry.stage === 'idle' ? quietMs : limitMs;
    if ((entry?.beat ?? -1) !== beat) {
      beat = entry?.beat ?? -1;
      since = now;
    } else if (now - since > allowedMs + latestMs) {
      expire(allowedMs);
    }
  }, pollMsFor(limitMs));
}

function pollMsFor(limitMs: number): number {
  return Math.min(pollMsMax, Math.max(pollMsMin, limitMs / pollsPerLimit));
}

interface End {
  readonly expired: number | null;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

function deathOf(journal: string, end: End): WorkerDeath {
  const own = readOwnEnd(journal);
  const outcome: WorkerDeath['outcome'] =
    own?.kind === 'memory'
      ? { kind: 'out-of-memory', detail: `the process grew to ${Math.round(own.rssMb)} MB of memory` }
      : causeOfDeath(end);
  const isLeak = own?.kind === 'memory' && !own.withinCall;
  const { signal } = end;
  const chainCase = caseOfChain(journal);
  const isStray = own?.kind === 'stray';
  const isStill = end.expired !== null || own?.kind === 'memory'; // its guard has had time to write where
  const at = isStill ? readLatest(journal) : readJournal(journal);
  return { kind: 'died', at, chainCase, outcome, isLeak, isStray, signal };
}

function causeOfDeath(end: End): WorkerDeath['outcome'] {
  if (end.expired !== null) return { kind: 'timed-out', limitMs: end.expired };
  if (/heap out of memory|Array buffer allocation failed|bad_alloc/.test(end.stderr)) {
    return { kind: 'out-of-memory', detail: 'the process ran out of memory' };
  }
  const how = end.signal === null ? `exited with code ${end.code}` : `was killed by ${end.signal}`;
  const lastWords = plainText(end.stderr.trim().split('\n').at(-1) ?? '', 200);
  return { kind: 'crashed', detail: `the process ${how}${lastWords ? `: ${lastWords}` : ''}` };
}
