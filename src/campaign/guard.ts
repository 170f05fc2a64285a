/**
 * A thread in the worker process that ends it, and what it has started, when it must not go on: its parent is gone, or it holds
 * more memory than it may. A thread, because the process itself may be in a loop for ever. Starts with the path of the journal
 * and the limit.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { readJournal, writeOwnEnd } from './journal.ts';
import { killGroup } from './process-group.ts';

export interface GuardData {
  readonly journal: string;
  readonly rssLimitMb: number;
}

const pollMs = 50;
const bytesPerMb = 2 ** 20;

function watch({ journal, rssLimitMb }: GuardData): void {
  const parent = process.ppid;
  let beat = -1;
  setInterval(() => {
    if (process.ppid !== parent) end();
    const now = unlessRefused(() => readJournal(journal)?.beat) ?? -1;
    const rssMb = process.memoryUsage.rss() / bytesPerMb;
    if (rssMb > rssLimitMb) {
      unlessRefused(() => writeOwnEnd(journal, { kind: 'memory', rssMb, withinCall: now === beat }));
      end();
    }
    beat = now;
  }, pollMs);
}

/** A journal that cannot be read is for the supervisor to tell of: the watch goes on without. */
function unlessRefused<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

function end(): never {
  killGroup(process.pid);
  throw new Error('not reached');
}

watch(workerData as GuardData);
parentPort!.postMessage('on watch');
