/**
 * A worker that is this very process, for a debugger: the same jobs and the same answers, and no process, no
 * guard, no journal and no limit. A call that never returns is waited for, and what ends the process ends the
 * campaign.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { InfrastructureError } from '../contract/failure.ts';
import { changeSentence, takeIntrinsics, type Change } from '../subjects/intrinsics.ts';
import { protectNumerics } from '../subjects/protect-numerics.ts';
import { watchIntrinsics } from '../subjects/watch-intrinsics.ts';
import { divertOutput } from '../subjects/watch-output.ts';
import { loadParticipants } from './load-participants.ts';
import { performerOf, unwatched } from './perform.ts';
import type { WorkerSetup } from './protocol.ts';
import { residentMb } from './resident-memory.ts';
import type { Worker } from './supervise.ts';

/**
 * What is written to stdout before this process ends goes to stderr:
 * a kernel's words are no part of the campaign's answer.
 */
export async function startInProcess(
  setup: WorkerSetup,
  { signal }: { readonly signal?: AbortSignal },
): Promise<Worker> {
  const restoreOutput = divertOutput();
  signal?.addEventListener('abort', restoreOutput);
  let isStopped = false;
  let nextTurn = 0;
  protectNumerics();
  const watch = watchIntrinsics(takeIntrinsics(), failForChange);
  const loaded = await loadParticipants(
    { ...setup, caseTimeoutMs: waitMsMax },
    { onLoad: () => undefined, watch },
  );
  const perform = performerOf(setup, loaded, {
    ...unwatched,
    async goOn() {
      if (performance.now() >= nextTurn) {
        await turn(); // for signals and timers, which the cases would hold up
        nextTurn = performance.now() + turnEveryMs;
      }
      return !isStopped && signal?.aborted !== true;
    },
    inspect() {
      const change = watch.between();
      if (change !== null) failForChange(change);
    },
  });
  const { subject, references } = loaded;
  return {
    ready: { kind: 'ready', subject, references, rssMb: residentMb() },
    isRenewable: false,
    run: perform,
    position: () => null,
    stop() {
      isStopped = true;
      loaded.participants.subject.dispose?.();
      signal?.removeEventListener('abort', restoreOutput);
      restoreOutput();
    },
  };
}

/** So short that nobody waits for it, and hundreds of cases long: a turn takes as long as a case does. */
const turnEveryMs = 5;

/** The longest that a timer can be: whoever debugs a kernel beyond this process is waited for. */
const waitMsMax = 2 ** 31 - 1;

/** There is no other process to find out in which call it was. */
function failForChange(change: Change): never {
  throw new InfrastructureError(
    `${changeSentence(change)}, in some call; without --in-process it is found which`,
  );
}
