/** How long a queue waits for what. */

/**
 * A job that its machine has not held on to for so long is handed to another one: short enough that a machine
 * that is gone costs little, long enough for one that is busy. A test makes it shorter.
 */
export function lockMs(environment: Readonly<Record<string, string | undefined>>): number {
  const ms = Number(environment['LOGITFUZZ_QUEUE_LOCK_MS'] ?? '30000');
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 1_000), 300_000) : 30_000;
}

/** A job is handed out again so often where whoever took it was gone. */
export const stallsMax = 2;
/** And so often where whoever took it said that it could not. */
export const attemptsMax = 3;

/** That nobody is there to judge is said after so long, and again. */
export const lonelyMs = 30_000;

/** How often a coordinator looks what is due. */
export const tickMs = 200;
/** How often it says where it stands, and counts its machines. */
export const standingMs = 1_000;
/** How often it looks for jobs that are nowhere. */
export const reconcileMs = 2_000;
/** Who coordinates holds a lock for so long, and renews it. */
export const coordinatorLockMs = 10_000;
/** A machine is there for so long after it last said so. */
export const machineMs = 15_000;
export const heartbeatMs = 2_000;
/** How often a machine asks whether the campaign goes on, and what is known. */
export const pollMs = 500;
/** What is left on the server once a campaign has ended, so that machines and people see that it has. */
export const afterlifeMs = 3_600_000;
