/** A worker process: loads the subject and the references, then does the supervisor's jobs one by one. */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { describeThrown } from '../subjects/foreign-values.ts';
import { changeSentence, takeIntrinsics, type Change } from '../subjects/intrinsics.ts';
import { protectNumerics } from '../subjects/protect-numerics.ts';
import { watchIntrinsics, type IntrinsicsWatch } from '../subjects/watch-intrinsics.ts';
import { isCalling, muteOutput } from '../subjects/watch-output.ts';
import type { GuardData } from './guard.ts';
import { openCaseFile, openJournal, writeOwnEnd, type Journal } from './journal.ts';
import { checkAfterLoad, loadParticipants } from './load-participants.ts';
import { nowhere, performerOf } from './perform.ts';
import type { Job, Reply, WorkerSetup, WorkerStart } from './protocol.ts';
import { residentMb } from './resident-memory.ts';
import { beginPatiently } from './warm-up.ts';
import { openWorkerChannel, type WorkerChannel } from './worker-channel.ts';

// Held: a subject may put others in their place.
const exit = process.exit.bind(process);
const [write, clear] = [writeSync, clearInterval];

let channel: WorkerChannel;

function reply(message: Reply): void {
  orLastWords(() => channel.send(message));
}

/** The next that the supervisor says; ends the process where there is no supervisor any more. */
function nextMessage<T>(): T {
  const message = orLastWords(() => channel.receive());
  return message === null ? exit(0) : (message as T);
}

/** Ends the process where some call has left it so that nothing can be judged in it any more. */
function inspect(watch: IntrinsicsWatch): void {
  const change = watch.between();
  if (change !== null) endForChange(change);
  if (channel.isIntact()) return;
  lastWords('a file descriptor that is not its own was closed');
  exit(1);
}

function endForChange(change: Change): never {
  lastWords(changeSentence(change));
  return exit(1);
}

/** What the subject has changed may keep its own loading from ever coming to an end. */
const loadLookMs = 200;

function failForChange({ subject }: WorkerSetup, watch: IntrinsicsWatch): void {
  try {
    checkAfterLoad(subject, watch);
  } catch (error) {
    fail(error);
  }
}

/** A pipe that is not there any more, or that somebody else reads, is the doing of some call before. */
function orLastWords<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    lastWords(describeThrown(error));
    return exit(1);
  }
}

/** Never ends but with the process. `guard` is the thread that watches over it. */
export function serve(guard: Worker): void {
  channel = openWorkerChannel();
  serveJobs(guard).catch(fail);
}

async function serveJobs(guard: Worker): Promise<void> {
  setInterval(() => undefined, 2 ** 30); // the process waits for a promise that nobody keeps
  muteOutput();
  protectNumerics();
  const onCases = beginPatiently();
  const watch = watchIntrinsics(takeIntrinsics(), endForChange);
  const setup = nextMessage<WorkerStart>();
  const { journal: journalPath } = setup;
  const journal = openJournalOrSay(journalPath);
  witnessEnd(journalPath, journal);
  const onLoad = (place: number): void => journal.write({ index: 0, stage: 'load', place });
  onLoad(0);
  await beginWatch(guard, { journal: journalPath, latest: journal.latest, rssLimitMb: setup.rssLimitMb });
  const hang = setInterval(failForChange, loadLookMs, setup, watch);
  const loaded = await loadParticipants(setup, {
    onLoad,
    watch,
    cache: `${dirname(journalPath)}/compiled`,
    onWait: journal.beat,
  });
  clear(hang);
  journal.write(nowhere);
  const chainCases = setup.maximize ? openCaseFile(journalPath) : { write: () => undefined };
  const perform = performerOf(setup, loaded, { journal, chainCases, inspect: () => inspect(watch) });
  const { subject, references } = loaded;
  reply({ kind: 'ready', subject, references, rssMb: residentMb() });
  for (;;) {
    try {
      const done = await perform(nextMessage<Job>());
      if (done.kind === 'batch') onCases(done.tally.cases);
      reply(done);
    } catch (error) {
      inspect(watch); // the judges may have failed for what the subject has changed
      throw error;
    }
    journal.write(nowhere);
  }
}

/** Writes that fail are the disk's trouble, or the subject's where it has closed what is not its own. */
function openJournalOrSay(path: string): Journal {
  const attempt = <A, T>(act: (argument: A) => T, argument: A): T => {
    try {
      return act(argument);
    } catch (error) {
      return endUnwritten(error as NodeJS.ErrnoException);
    }
  };
  const journal = attempt(openJournal, path);
  return {
    ...journal,
    write: (place) => attempt(journal.write, place),
    cover: (cases) => attempt(journal.cover, cases),
  };
}

function endUnwritten({ code, message }: NodeJS.ErrnoException): never {
  if (code !== 'EBADF') throw new InfrastructureError(`a journal cannot be written: ${message}`);
  lastWords('a file descriptor that is not its own was closed');
  return exit(1);
}

/**
 * An end that comes from within a call is that call's. Any other was left behind by some call before: an
 * error that nobody catches, an exit in a timer.
 */
function witnessEnd(journalPath: string, journal: Journal): void {
  process.on('uncaughtException', (error: unknown) => {
    lastWords(`an uncaught ${describeThrown(error)}`);
    exit(1);
  });
  process.on('exit', () => {
    if (isCalling()) journal.settle();
    else writeOwnEnd(journalPath, { kind: 'stray' });
  });
}

/** Writes the last words for the supervisor, which reports the last line. */
function lastWords(text: string): void {
  write(2, `\n${text.replaceAll('\n', ' ')}\n`);
}

/**
 * Resolves once it is on its watch: a thread that starts
 * needs this one, which may soon be in a loop for ever.
 */
async function beginWatch(guard: Worker, data: GuardData): Promise<void> {
  guard.postMessage(data);
  await once(guard, 'message');
  guard.unref();
}

function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) reply({ kind: 'failed', failure: 'usage', message });
  else if (error instanceof InfrastructureError)
    reply({ kind: 'failed', failure: 'infrastructure', message });
  else if (error instanceof Error)
    reply({
      kind: 'failed',
      failure: 'assertion',
      message: `${error.name}: ${message}`,
      stack: error.stack ?? '',
    });
  else reply({ kind: 'failed', failure: 'assertion', message });
  return exit(70); // EX_SOFTWARE: the supervisor reads the reply, not this
}
