/** How a worker process is started: its entry, its streams, and what V8 may do beside the cases. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { InfrastructureError } from '../contract/failure.ts';
import { createFrameReader, createKey, frameOf } from '../connect/frames.ts';
import { hasProcessGroups } from '../connect/process-group.ts';
import { channelDescriptor } from './worker-channel.ts';

/**
 * The size of the young generation in MB, of which V8 holds three. Twice as much takes the same CPU time a
 * case and 17 MB more of memory, and four times as much 45 MB.
 */
const semiSpaceMb = 8;
/**
 * V8 collects garbage in threads of its own, which take a sixth of a campaign's CPU time,
 * most of it waiting for each other.
 */
const ownGarbage = '--single-threaded-gc';
/** It compiles in one, too: where every core has a worker, that one takes turns with the others. */
const ownCompiling = '--no-concurrent-recompilation';

/** A worker process, and the supervisor's end of the pipe to it. */
export interface ForkedWorker {
  readonly child: ChildProcess;
  /** A failed send shows as the end of the process. */
  send(message: unknown): void;
  /** What the worker says, and nothing that its subject has found a way to write. */
  onMessage(listen: (message: unknown) => void): void;
  /** Ends all reading: a process that the subject has left behind may hold the other ends for ever. */
  close(): void;
}

/** What V8 is told. `hasSpareCore`: there are fewer workers than cores. */
export function flagsOfWorker({
  hasSpareCore: isSpare,
}: {
  readonly hasSpareCore: boolean;
}): readonly string[] {
  return [`--max-semi-space-size=${semiSpaceMb}`, ownGarbage, ...(isSpare ? [] : [ownCompiling])];
}

/** Whether V8 may have threads of its own in so many workers. */
export function hasSpareCore(workers: number): boolean {
  return workers < availableParallelism();
}

interface Early {
  readonly forked: ForkedWorker;
  readonly hasSpareCore: boolean;
}

let early: Early | null = null;

/**
 * Starts the first worker's process before it is known what it is to do, so that it loads while the command
 * does. One that nobody takes ends with this process, as its pipe does, and keeps it from nothing.
 */
export function forkEarly({ workers }: { readonly workers: number }): void {
  try {
    const isSpare = hasSpareCore(workers);
    early = { forked: fork(isSpare), hasSpareCore: isSpare };
  } catch {
    return; // whoever needs it meets the same, and tells
  }
  early.forked.child.once('error', () => (early = null)).once('exit', () => (early = null));
  holdBy(early.forked, 'unref');
}

/** `hasSpareCore`: there are fewer workers than cores. */
export function forkWorker({
  hasSpareCore: isSpare = true,
}: {
  readonly hasSpareCore?: boolean;
}): ForkedWorker {
  const taken = early;
  early = null;
  if (taken?.hasSpareCore !== isSpare) {
    if (taken !== null) taken.forked.close();
    return fork(isSpare);
  }
  holdBy(taken.forked, 'ref');
  return taken.forked;
}

/** Whether this process waits for the worker, and what it says. */
function holdBy({ child }: ForkedWorker, way: 'ref' | 'unref'): void {
  child[way]();
  for (const pipe of [child.stderr, child.stdio?.[channelDescriptor]])
    (pipe as Socket | null | undefined)?.[way]();
}

function fork(isSpare: boolean): ForkedWorker {
  const flags = flagsOfWorker({ hasSpareCore: isSpare });
  const { bytes, key } = createKey();
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, [...process.execArgv, ...flags, workerEntry()], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      detached: hasProcessGroups,
    });
  } catch (error) {
    throw new InfrastructureError(`a worker process could not be started: ${(error as Error).message}`);
  }
  const channel = (child.stdio?.[channelDescriptor] ?? null) as Duplex | null; // null where it did not start
  channel?.on('error', () => undefined).write(bytes);
  return {
    child,
    send: (message) => void channel?.write(frameOf(key, message)),
    onMessage(listen) {
      const reader = createFrameReader(key);
      channel?.on('data', (part: Buffer) => {
        for (const message of reader.take(part)) listen(message);
      });
    },
    close() {
      channel?.destroy();
      child.stderr?.destroy();
    },
  };
}

/** The compiled worker: also when the supervisor itself runs from source, as in the tests. */
function workerEntry(): string {
  const here = new URL('../worker/worker.js', import.meta.url);
  if (!import.meta.url.endsWith('.ts')) return fileURLToPath(here);
  return fileURLToPath(new URL('../../dist/src/worker/worker.js', import.meta.url));
}
