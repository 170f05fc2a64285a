/** When a machine is to hand back what it does. */
import type { Phase } from './standing.ts';

export interface HandBack {
  /** For what is begun now: aborted where it is to be handed back as far as it is done. */
  readonly signal: AbortSignal;
  on(phase: Phase): void;
}

/**
 * A campaign whose coordinator was killed while it took everything back may be resumed: what is begun then is
 * to be done again.
 */
export function handBackIn(): HandBack {
  let controller = new AbortController();
  return {
    get signal() {
      return controller.signal;
    },
    on(phase) {
      if (phase === 'handing-back' || phase === 'ended') controller.abort();
      else if (phase === 'running' && controller.signal.aborted) controller = new AbortController();
    },
  };
}
