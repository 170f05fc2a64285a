/** How a worker process is started: its entry, its streams, and what V8 may do beside the cases. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { InfrastructureError } from '../contract/failure.ts';
import { hasProcessGroups } from '../connect/process-group.ts';

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

/** `hasSpareCore`: there are fewer workers than cores. */
export function forkWorker(
  journal: string,
  { hasSpareCore = true }: { readonly hasSpareCore?: boolean },
): ChildProcess {
  const flags = [`--max-semi-space-size=${semiSpaceMb}`, ...(hasSpareCore ? [] : ownThreadOnly)];
  try {
    return fork(workerEntry(), [journal], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [...process.execArgv, ...flags],
      detached: hasProcessGroups,
    });
  } catch (error) {
    throw new InfrastructureError(`a worker process could not be started: ${(error as Error).message}`);
  }
}

/** The compiled worker: also when the supervisor itself runs from source, as in the tests. */
function workerEntry(): string {
  const here = new URL('./worker.js', import.meta.url);
  if (!import.meta.url.endsWith('.ts')) return fileURLToPath(here);
  return fileURLToPath(new URL('../../dist/src/worker/worker.js', import.meta.url));
}
