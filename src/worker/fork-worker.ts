/** How a worker process is started: its entry, its streams, and what V8 may do beside the cases. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { InfrastructureError } from '../contract/failure.ts';
import { createFrameReader, createKey, frameOf } from '../connect/frames.ts';
import { hasProcessGroups } from '../connect/process-group.ts';
import { channelDescriptor } from './worker-channel.ts';

/**
 * A young generation of this size in MB outlives a batch's arrays more seldom:
 * a tenth of the time of a campaign.
 */
const semiSpaceMb = 32;
/**
 * V8 collects garbage and compiles in threads of its own. Where every core has a worker they only take turns
 * with the other workers: two workers on two cores do a quarter more cases without them, while one alone is
 * as fast either way or slower.
 */
const ownThreadOnly = ['--single-threaded-gc', '--no-concurrent-recompilation'];

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
export function flagsOfWorker({ hasSpareCore }: { readonly hasSpareCore: boolean }): readonly string[] {
  return [`--max-semi-space-size=${semiSpaceMb}`, ...(hasSpareCore ? [] : ownThreadOnly)];
}

/** `hasSpareCore`: there are fewer workers than cores. */
export function forkWorker(
  journal: string,
  { hasSpareCore = true }: { readonly hasSpareCore?: boolean },
): ForkedWorker {
  const flags = flagsOfWorker({ hasSpareCore });
  const { bytes, key } = createKey();
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, [...process.execArgv, ...flags, workerEntry(), journal], {
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
  const here = new URL('./worker.js', import.meta.url);
  if (!import.meta.url.endsWith('.ts')) return fileURLToPath(here);
  return fileURLToPath(new URL('../../dist/src/worker/worker.js', import.meta.url));
}
