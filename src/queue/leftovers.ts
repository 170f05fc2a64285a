/** What comes to the queues of a campaign after its end, when its coordinator has removed them. */
import { keysLike } from './fleet.ts';
import { jobsQueue, resultsQueue, type KeyNames } from './names.ts';
import type { CampaignRecord } from './record.ts';
import type { Server } from './server.ts';
import type { CampaignState } from './standing.ts';

/** At once with the look at what the campaign is: one that begins meanwhile loses nothing. */
const removal = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
return redis.call('DEL', unpack(KEYS, 3))`;

/** As many keys as a script is given at once. */
const keysMax = 500;

/**
 * A machine that was stopped or hung until after the end sends its result all the same, which nobody takes
 * and whose keys have no time to live: the last thing that it does is to remove them.
 */
export async function removeLeftovers(
  { redis }: Pick<Server, 'redis'>,
  { prefix, state, lock, identity }: KeyNames,
  { run }: Pick<CampaignRecord, 'run'>,
): Promise<void> {
  const ended = JSON.stringify({ run, phase: 'ended' } satisfies CampaignState);
  if ((await redis.get(state)) !== ended) return;
  const queues = await Promise.all(
    [jobsQueue, resultsQueue].map((queue) => keysLike(redis, `${prefix}:${queue}:*`)),
  );
  const left = [identity, ...queues.flat()];
  for (let i = 0; i < left.length; i += keysMax) {
    const some = left.slice(i, i + keysMax);
    await redis.eval(removal, some.length + 2, state, lock, ...some, ended);
  }
}
