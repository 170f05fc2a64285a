/** The first SIGINT or SIGTERM ends a campaign in order; the second ends the process at once. */

export interface Interruption {
  readonly signal: AbortSignal;
  /** Which signal it was; null where there was none. */
  by(): 'SIGINT' | 'SIGTERM' | null;
  stop(): void;
}

export function listenForSignals(): Interruption {
  const controller = new AbortController();
  let by: 'SIGINT' | 'SIGTERM' | null = null;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (by !== null) process.exit(by === 'SIGINT' ? 130 : 143);
    by = signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    by: () => by,
    stop: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}
