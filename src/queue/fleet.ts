/** The machines that are there, as they say themselves. */
import type { RedisLike } from './libraries.ts';
import type { KeyNames } from './names.ts';
import { parsed } from './parsed.ts';
import { machineSchema, type MachineStanding } from './standing.ts';

/** No machine says as much. */
const textMax = 100_000;

/** Those whose key lives. What is no machine's word is left out. */
export async function machinesOf(redis: RedisLike, keys: KeyNames): Promise<readonly MachineStanding[]> {
  const names = await keysLike(redis, keys.machines);
  if (names.length === 0) return [];
  const texts = await redis.mget(...names);
  return texts.flatMap((text) => machineIn(text) ?? []).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function machineIn(text: string | null): MachineStanding | null {
  if (text === null || text.length > textMax) return null;
  return machineSchema.safeParse(parsed(text)).data ?? null;
}

/** All keys of a pattern: the server is not held up by it. */
export async function keysLike(redis: RedisLike, pattern: string): Promise<readonly string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [next, names] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000);
    for (const name of names) found.add(name);
    cursor = next;
  } while (cursor !== '0');
  return [...found];
}
