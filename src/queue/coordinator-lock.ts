/** The one process that coordinates a campaign: two would hand out the same cases twice. */
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import type { Server } from './server.ts';
import { coordinatorLockMs } from './timing.ts';

export interface CoordinatorLock {
  /** @throws InfrastructureError where another process has it now. */
  renew(): Promise<void>;
  /** Whether no other process has it: whoever was stopped for long may have lost it. */
  isOurs(): Promise<boolean>;
  release(): Promise<void>;
}

/** At once, or two processes that were stopped between them would take it from each other. */
const renewal = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;
const removal = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`;

/**
 * A process that resumes a run takes over the lock of the one that was killed: that the other is dead is
 * known from the run's folder.
 * @throws UsageError where the campaign is another run's, whose coordinator lives.
 */
export async function takeCoordinatorLock(
  server: Server,
  key: string,
  { run, campaign }: { readonly run: string; readonly campaign: string },
): Promise<CoordinatorLock> {
  const { redis } = server;
  const isFree = (await redis.set(key, run, 'PX', coordinatorLockMs, 'NX')) === 'OK';
  const holder = isFree ? run : await redis.get(key);
  if (holder !== run && holder !== null) {
    throw new UsageError(
      `the campaign ${campaign} is coordinated by another process already: wait for its end, or name another one with --campaign`,
    );
  }
  return {
    async renew() {
      const renew = (): Promise<unknown> => redis.eval(renewal, 1, key, run, coordinatorLockMs);
      if ((await server.untilAccepted(renew)) !== 1)
        throw new InfrastructureError(`the campaign ${campaign} was taken over by another coordinator`);
    },
    async isOurs() {
      const now = await redis.get(key);
      return now === null || now === run;
    },
    async release() {
      await redis.eval(removal, 1, key, run);
    },
  };
}
