/** The end of a campaign's time, as its worker keeps it. */
import { TimeIsUp } from '../examine/time-is-up.ts';

/** What was begun in time may take this much longer: most findings are shrunk by then. */
const graceMs = 1_000;

export interface TimeLimit {
  /** A job begins; null for a campaign without a limit. */
  set(leftMs: number | null): void;
  /** Whether no case is to be begun any more. */
  isReached(): boolean;
  /** @throws TimeIsUp once what was begun in time is to be given up, too. */
  check(): void;
}

export function openTimeLimit(now: () => number = () => performance.now()): TimeLimit {
  let end = Infinity;
  return {
    set: (leftMs) => void (end = leftMs === null ? Infinity : now() + leftMs),
    isReached: () => now() >= end,
    check() {
      if (now() >= end + graceMs) throw new TimeIsUp("the campaign's time is over");
    },
  };
}
