/** The progress of a campaign in a line. */
import type { Progress } from '../campaign/observers.ts';

/** What ends a campaign of itself; null where it does not. */
export interface Bounds {
  readonly timeMs: number | null;
  readonly runs: number | null;
}

/**
 * Before that nothing is said of how long the cases that are left will take: a process that has just begun
 * compiles what it runs, and its first cases say little of the pace of the rest.
 */
const paceKnownSeconds = 5;

/** `1200 cases, 400/s, 3 findings (0 of the subject), 28 s left`. */
export function progressText(progress: Progress, bounds: Bounds): string {
  const { cases, findings, subjectFindings, fleet } = progress;
  const left = leftText(progress, bounds);
  return [
    `${cases} cases`,
    `${Math.round(paceOf(progress))}/s`,
    `${findings} findings (${subjectFindings} of the subject)`,
    ...(fleet === undefined ? [] : [fleetText(fleet)]),
    ...(left === null ? [] : [left]),
  ].join(', ');
}

/** `3 workers (6 slots)`. */
function fleetText({ machines, slots }: NonNullable<Progress['fleet']>): string {
  if (machines === 0) return 'no worker';
  return `${machines} ${machines === 1 ? 'worker' : 'workers'} (${slots} ${slots === 1 ? 'slot' : 'slots'})`;
}

function paceOf({ cases, seconds }: Progress): number {
  return cases / Math.max(seconds, 1e-3);
}

/** Null where it is not known yet. The time that is left is no estimate: it is told from the start. */
function leftText(progress: Progress, { timeMs, runs }: Bounds): string | null {
  const { cases, seconds } = progress;
  if (timeMs === null && runs === null) return 'no end set';
  const byTime = timeMs === null ? Infinity : timeMs / 1000 - seconds;
  const isPaceKnown = seconds >= paceKnownSeconds;
  const byRuns = runs === null || !isPaceKnown ? Infinity : (runs - cases) / Math.max(paceOf(progress), 1);
  const left = Math.min(byTime, byRuns);
  return left === Infinity ? null : `${Math.ceil(Math.max(left, 0))} s left`;
}
