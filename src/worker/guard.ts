/**
 * A thread in the worker process that ends it, and what it has started, when it must not go on: its parent is
 * gone, or it holds more memory than it may. It also writes where the process is: a thread, because the
 * process itself may be in a loop for ever.
 */
import { parentPort } from 'node:worker_threads';
import { latestEveryMs, writeLatest, writeOwnEnd } from './journal.ts';
import { residentMb } from './resident-memory.ts';
import { killGroup } from '../connect/process-group.ts';

export interface GuardData {
  readonly journal: string;
  /** The journal's latest entry, in memory. */
  readonly latest: SharedArrayBuffer;
  readonly rssLimitMb: number;
}

const parent = process.ppid;

function watch({ journal, latest, rssLimitMb }: GuardData): void {
  const place = new Float64Array(latest);
  let beat = -1;
  setInterval(() => {
    if (process.ppid !== parent) end();
    const now = place[0]!;
    const rssMb = residentMb();
    if (now !== beat || rssMb > rssLimitMb) unlessRefused(() => writeLatest(journal, place));
    if (rssMb > rssLimitMb) {
      unlessRefused(() => writeOwnEnd(journal, { kind: 'memory', rssMb, withinCall: now === beat }));
      end();
    }
    beat = now;
  }, latestEveryMs);
}

/** The supervisor reports a journal that cannot be written: the watch does without it. */
function unlessRefused(act: () => void): void {
  try {
    act();
  } catch {
    // Nobody here could be told.
  }
}

function end(): never {
  killGroup(process.pid);
  throw new Error('not reached');
}

parentPort!.once('message', (data: GuardData) => {
  watch(data);
  parentPort!.postMessage('on watch');
});
