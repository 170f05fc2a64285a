/** How long a coordinator waits for its server. */
import { InfrastructureError } from '../contract/failure.ts';
import type { Observers } from '../campaign/observers.ts';
import type { CampaignPlan } from '../campaign/plan.ts';

/** So long may what was interrupted or is over take to come back. */
export const handBackMs = 3_000;
/** So long may asking the findings again take. */
export const confirmMs = 300_000;
/** A server that is not there for so long ends the campaign, which can be resumed. */
const awayMs = 600_000;
/** What the end may take where the server does not answer, or machines do not leave. */
export const endMs = 7_000;

/** The server has not answered in time. */
export class GoneError extends InfrastructureError {
  constructor() {
    super(
      'the queue did not answer any more: what was judged until then is kept, and the run can be resumed',
    );
  }
}

export interface Patience {
  /** From here on its time passes. */
  begin(): void;
  /** What it is, unless the campaign is over before the server answers: then it throws. */
  within<T>(asked: Promise<T>): Promise<T>;
  end(): void;
}

/**
 * A server that does not answer keeps nobody waiting beyond an interruption, the campaign's time, or minutes.
 */
export function patienceWith({ interrupt }: Observers, { timeMs, caseTimeoutMs }: CampaignPlan): Patience {
  const over = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const graceMs = handBackMs + caseTimeoutMs + endMs;
  const later = (ms: number): void => {
    if (ms < 2 ** 31) timers.push(setTimeout(() => over.abort(), ms));
  };
  const interrupted = (): void => later(2 * handBackMs);
  if (interrupt?.aborted === true) interrupted();
  else interrupt?.addEventListener('abort', interrupted, { once: true });
  return {
    begin() {
      if (timeMs !== null) later(timeMs + graceMs + confirmMs);
    },
    async within(asked) {
      let stop = (): void => undefined;
      const late = new Promise<never>((_, reject) => {
        const timer = setTimeout(() => reject(new GoneError()), awayMs);
        const abort = (): void => reject(new GoneError());
        over.signal.addEventListener('abort', abort, { once: true });
        stop = () => {
          clearTimeout(timer);
          over.signal.removeEventListener('abort', abort);
        };
        if (over.signal.aborted) abort();
      });
      try {
        return await Promise.race([asked, late]);
      } finally {
        stop();
      }
    },
    end() {
      for (const timer of timers) clearTimeout(timer);
      interrupt?.removeEventListener('abort', interrupted);
    },
  };
}
