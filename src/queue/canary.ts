/**
 * Asks the canary in worker processes that are asked nothing else, so that no answer of the campaign depends
 * on it. A case that ends its process is one of its words, and the next process is asked the others.
 */
import { InfrastructureError } from '../contract/failure.ts';
import { endsMax, type Canary, type CanaryEnd } from '../examine/canary.ts';
import type { WorkerDeath } from '../worker/death.ts';
import type { Worker } from '../worker/supervise.ts';

export interface AskedCanary {
  readonly canary: Canary;
  readonly ready: Worker['ready'];
}

/**
 * `start` starts a worker process each time; each is stopped here. Null where `signal` was aborted.
 * @throws as `start` does, and InfrastructureError where no process survives.
 */
export async function askCanary(
  start: () => Promise<Worker>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<AskedCanary | null> {
  const ended: CanaryEnd[] = [];
  while (signal?.aborted !== true) {
    const worker = await start();
    try {
      const reply = await worker.run({ kind: 'canary', ended });
      if (reply.kind === 'canary') return { canary: reply.canary, ready: worker.ready };
      if (reply.kind !== 'died') throw new Error(`a worker answered '${reply.kind}' to the canary`);
      ended.push(endOf(reply));
      const { length: references } = worker.ready.references;
      if (ended.length > endsMax * (1 + references))
        throw new InfrastructureError('no worker process survives the 64 cases of the canary');
    } finally {
      worker.stop();
    }
  }
  return null;
}

/** What does not say where it was is the subject's: somebody has left something behind. */
function endOf({ at, cause, outcome: { kind } }: WorkerDeath): CanaryEnd {
  if (at === null || at.stage !== 'judge' || cause === 'stray') return { place: 0, case: null, kind };
  return { place: at.place, case: at.index, kind };
}
