/**
 * A worker process that judges nothing of the campaign: it is asked the subject's findings again. It is fresh
 * until it is asked for the first time, and another one after `renew`.
 */
import type { Diagnosis } from '../case/diagnosis.ts';
import type { Finding } from '../case/finding.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import type { AskedAgain } from '../examine/ask-again.ts';
import type { WorkerDeath } from '../worker/death.ts';
import type { Done, Job } from '../worker/protocol.ts';
import type { startWorker, Worker } from '../worker/supervise.ts';
import type { CampaignPlan } from './plan.ts';

export type Question = Omit<Extract<Job, { kind: 'ask-again' }>, 'kind'>;

export type FreshAnswer =
  | (AskedAgain & { readonly kind: 'asked-again' })
  | WorkerDeath
  /** It may not be asked any more: the time or the number of processes is used up. */
  | { readonly kind: 'unasked' };

export interface FreshProcess {
  ask(question: Question): Promise<FreshAnswer>;
  /** What can be told of the mistake; null where it did not come back, or may not be asked any more. */
  diagnose(finding: Finding): Promise<Diagnosis | null>;
  /** What the subject does with these cases, as one text; null where it did not come back. */
  digest(indices: readonly number[]): Promise<string | null>;
  /** Whatever is asked next is the first that its process is asked. */
  renew(): void;
  /** True once all that is left to ask is answered by `unasked`. */
  isSpent(): boolean;
  stop(): void;
}

/** What bounds it all: `interrupt` ends it at once. */
export interface FreshBounds {
  readonly startsMax: number;
  readonly timeMs: number;
  readonly interrupt: AbortSignal | undefined;
}

const startTimeoutMs = 60_000;

export function openFreshProcess(
  { plan, journalFolder, start }: { plan: CampaignPlan; journalFolder: string; start: typeof startWorker },
  { startsMax, timeMs, interrupt }: FreshBounds,
): FreshProcess {
  const end = new AbortController();
  const abort = (): void => end.abort();
  const clock = Number.isFinite(timeMs) ? setTimeout(abort, timeMs) : undefined;
  if (interrupt?.aborted) abort();
  else interrupt?.addEventListener('abort', abort, { once: true });
  let worker: Worker | null = null;
  let [starts, hasFailed] = [0, false];

  const renew = (): void => {
    worker?.stop();
    worker = null;
  };
  const isSpent = (): boolean => end.signal.aborted || hasFailed || (worker === null && starts >= startsMax);

  async function started(): Promise<Worker | null> {
    if (worker !== null) return worker;
    const journal = `${journalFolder}/journal-fresh-${++starts}`;
    const { caseTimeoutMs } = plan;
    try {
      const watch = { journal, caseTimeoutMs, startTimeoutMs, signal: end.signal };
      worker = await start({ ...plan, references: [] }, watch);
    } catch (error) {
      // A subject that loads no more, or a machine with no room: that nothing is confirmed is said.
      if (!(error instanceof UsageError) && !(error instanceof InfrastructureError)) throw error;
      hasFailed = true;
    }
    return worker;
  }

  /** Null where nobody may be asked any more. */
  async function run(job: Job): Promise<Done | WorkerDeath | null> {
    if (isSpent()) return null;
    const current = await started();
    if (current === null) return null;
    const reply = await current.run(job);
    if (reply.kind === 'died') renew();
    return end.signal.aborted ? null : reply;
  }

  return {
    async ask(question) {
      const reply = await run({ kind: 'ask-again', ...question });
      if (reply === null) return { kind: 'unasked' };
      if (reply.kind === 'died' || reply.kind === 'asked-again') return reply;
      throw new Error(`a fresh process answered '${reply.kind}'`);
    },
    async diagnose(finding) {
      const reply = await run({ kind: 'diagnose', finding });
      return reply?.kind === 'diagnosed' ? reply.diagnosis : null;
    },
    async digest(indices) {
      const reply = await run({ kind: 'digest', indices });
      return reply?.kind === 'digest' ? reply.text : null;
    },
    renew,
    isSpent,
    stop() {
      clearTimeout(clock);
      interrupt?.removeEventListener('abort', abort);
      renew();
    },
  };
}
