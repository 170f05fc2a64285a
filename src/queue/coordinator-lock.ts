/** The one process that coordinates a campaign: two would hand out the same cases twice. */
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import type { Server } from './server.ts';
import { coordinatorLockMs } from './timing.ts';

export interface CoordinatorLock {
  /** @throws InfrastructureError where another process has it now. */
  renew(): Promise<void>;
  release(): Promise<void>;
}

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
      const now = await redis.get(key);
      if (now !== null && now !== run)
        throw new InfrastructureError(`the campaign ${campaign} was taken over by another coordinator`);
      await server.untilAccepted(() => redis.set(key, run, 'PX', coordinatorLockMs));
    },
    async release() {
      if ((await redis.get(key)) === run) await redis.del(key);
    },
  };
}
