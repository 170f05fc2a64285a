/**
 * One worker process and the watch over it: jobs in, replies out, and what became of it if it hangs or dies.
 */
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { deathOf, describeDeath, type WorkerDeath } from './death.ts';
import { latestEveryMs, readLatest, removeJournal, type JournalEntry } from './journal.ts';
import { forkWorker, type ForkedWorker } from './fork-worker.ts';
import { killGroup } from '../connect/process-group.ts';
import {
  replyKinds,
  type Done,
  type Job,
  type Reply,
  type WorkerSetup,
  type WorkerStart,
} from './protocol.ts';

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
  run(job: Job): Promise<Done | WorkerDeath>;
  /** Whether one that is started in its place would hold less memory. */
  readonly isRenewable: boolean;
  /** Where it is just now. */
  position(): JournalEntry | null;
  stop(): void;
}

/**
 * How often a journal is read within a call's limit: not all the time, since the worker needs the core, too.
 */
const pollsPerLimit = 20;
const [pollMsMin, pollMsMax] = [50, 500];
const stderrTail = 2_000;
/**
 * The longest wait for the last words of a process that is gone: a child of its own may hold its stderr open.
 */
const lastWordsMs = 250;
/** How late a beat may be. */
const latestMs = 2 * latestEveryMs;
/**
 * Between two calls a worker may take this many times a call's limit, and at least so long: after that it is
 * unresponsive.
 */
const quietTimeouts = 4;
const quietMsMin = 10_000;

/**
 * Starts a worker process and waits until it has loaded the subject and the references.
 * @throws UsageError or InfrastructureError as the worker reports it, and if it dies or stalls while loading.
 */
export async function startWorker(setup: WorkerSetup, options: WatchOptions): Promise<Worker> {
  const forked = forkWorker(options);
  const watch = watchOver(forked, options);
  const { signal } = options;
  signal?.addEventListener('abort', watch.kill);
  const { journal, caseTimeoutMs } = options;
  forked.send({ ...setup, journal, caseTimeoutMs } satisfies WorkerStart);
  const first = await watch.next(options.startTimeoutMs);
  if (first.kind === 'ready') return workerOn(forked, watch, first, { setup, options });
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

function failureOf(reply: Extract<Reply, { kind: 'failed' }>): Error {
  switch (reply.failure) {
    case 'usage':
      return new UsageError(reply.message);
    case 'infrastructure':
      return new InfrastructureError(reply.message);
    case 'assertion':
      return Object.assign(new Error(reply.message), { stack: reply.stack ?? reply.message });
  }
}

/** The mistake that a worker made, with the case that it was made in: what it takes to see it again. */
function crashOf(error: Error, { seed }: WorkerSetup, at: JournalEntry | null): Error {
  if (error instanceof UsageError || error instanceof InfrastructureError || at === null) return error;
  error.message += ` (in a worker process, seed ${seed}, near case ${at.index})`;
  return error;
}

function workerOn(
  forked: ForkedWorker,
  watch: Watch,
  ready: Extract<Reply, { kind: 'ready' }>,
  { setup, options }: { readonly setup: WorkerSetup; readonly options: WatchOptions },
): Worker {
  const position = (): JournalEntry | null => {
    const entry = orUnreadable(() => readLatest(options.journal));
    return entry === null || 'kind' in entry ? null : entry;
  };
  return {
    ready,
    isRenewable: true,
    async run(job) {
      forked.send(job);
      const reply = await watch.next(null);
      if (reply.kind === 'failed') throw crashOf(failureOf(reply), setup, position());
      if (reply.kind === 'ready') throw new Error('a worker said twice that it is ready');
      return reply;
    },
    position,
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

function watchOver(forked: ForkedWorker, { journal, caseTimeoutMs }: WatchOptions): Watch {
  const { child } = forked;
  const replies: (Reply | WorkerDeath)[] = [];
  let wake: (() => void) | null = null;
  let stderr = '';
  let expired: number | null = null; // the limit in ms that it ran into, once it did
  let dead = false;
  let isUnwanted = false;
  let burial: NodeJS.Timeout | undefined;
  const push = (reply: Reply | WorkerDeath): void => {
    replies.push(reply);
    wake?.();
  };
  forked.onMessage((message) => {
    if (isUnwanted) return;
    push(isReply(message) ? message : unwell('a worker has said what is no answer'));
  });
  child.stderr
    ?.setEncoding('utf8')
    .on('data', (text: string) => (stderr = (stderr + text).slice(-stderrTail)));
  const bury = (code: number | null, signal: NodeJS.Signals | null): void => {
    if (dead) return;
    dead = true;
    clearTimeout(burial);
    forked.close();
    if (child.pid !== undefined) killGroup(child.pid); // what it has started and left behind
    push(orUnreadable(() => deathOf(journal, { expired, code, signal, stderr })));
  };
  child.on('error', (error) => {
    if (child.pid !== undefined) return; // a failed send shows as an exit as well
    dead = true;
    push(unwell(`a worker process could not be started: ${error.message}`));
  });
  child.on('close', bury);
  child.on('exit', (code, signal) => {
    if (!dead) burial = setTimeout(bury, lastWordsMs, code, signal);
  });
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
      isUnwanted = true;
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
