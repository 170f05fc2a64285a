/** Whether a server is one that a campaign can use: a connection of its own finds out, and is tried once. */
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { InfrastructureError } from '../contract/failure.ts';
import type { QueueAddress } from './address.ts';
import type { QueueLibraries, RedisLike } from './libraries.ts';
import { queueSentence, refusalOf } from './refusal.ts';

/** Where BullMQ's own warning begins. */
const oldestVersion: readonly [number, number] = [6, 2];
/** A key that whoever may use the queue may write; it lives a second. */
const probeKey = 'logitfuzz:probe';
/**
 * One command of each kind that BullMQ's scripts call, on one key. SET comes first: once a script has written
 * anything, as DEL does, a full server lets it go on.
 */
const probeScript = `
local function clear() redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], 'x', 'PX', 1000) redis.call('GET', KEYS[1]) redis.call('INCR', KEYS[2])
clear() redis.call('HSET', KEYS[1], 'a', 'b') redis.call('HGETALL', KEYS[1]) redis.call('PEXPIRE', KEYS[1], 1000)
clear() redis.call('LPUSH', KEYS[1], 'x') redis.call('LRANGE', KEYS[1], 0, 1) redis.call('RPOPLPUSH', KEYS[1], KEYS[1])
clear() redis.call('ZADD', KEYS[1], 1, 'x') redis.call('ZRANGE', KEYS[1], 0, 1) redis.call('ZPOPMIN', KEYS[1])
clear() redis.call('SADD', KEYS[1], 'x') redis.call('SMEMBERS', KEYS[1])
clear() redis.call('XADD', KEYS[1], '*', 'a', 'b') redis.call('XTRIM', KEYS[1], 'MAXLEN', 1)
clear() redis.call('DEL', KEYS[2])
return redis.call('TIME')`;

export interface ProbeOptions {
  /** Whether more is done than reading. */
  readonly writes: boolean;
  /** How long the server may take for all that it is asked here. */
  readonly withinMs: number;
}

/** @throws InfrastructureError whose sentence says what is wrong and what to do. */
export async function probeServer(
  { ioredis }: QueueLibraries,
  address: QueueAddress,
  { writes, withinMs }: ProbeOptions,
): Promise<void> {
  const redis = new ioredis.Redis({
    ...address.options,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    connectTimeout: withinMs,
    lazyConnect: true,
    enableReadyCheck: false,
  });
  // The first error is the reason: what is rejected after it says only that the connection is closed.
  const errors: Error[] = [];
  redis.on('error', (error) => errors.push(error));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((done) => (timer = setTimeout(() => done('late'), withinMs)));
  try {
    const asked = askServer(redis, address, { writes, errors });
    asked.catch(() => undefined); // it may be rejected when nobody waits any more
    if ((await Promise.race([asked, late])) === 'late')
      throw await whyUnanswered(null, address, { withinMs });
  } catch (error) {
    if (error instanceof InfrastructureError) throw error;
    throw await whyUnanswered(errors[0] ?? error, address, { withinMs });
  } finally {
    clearTimeout(timer);
    redis.disconnect();
  }
}

async function askServer(
  redis: RedisLike,
  address: QueueAddress,
  { writes, errors }: { readonly writes: boolean; readonly errors: readonly Error[] },
): Promise<void> {
  await redis.connect();
  const info = fieldsOf(await redis.info());
  if (errors.length > 0) throw errors[0]!; // a database that is not there leaves ioredis in another one
  const why = whyUnfit(info, { writes });
  if (why !== null) throw new InfrastructureError(queueSentence(address, why));
  await redis.scan('0', 'MATCH', `${probeKey}:*`, 'COUNT', 1);
  if (!writes) return;
  await redis.eval(probeScript, 2, `${probeKey}:1`, `${probeKey}:2`);
  await redis.bzpopmin(`${probeKey}:1`, 0.01);
}

/** What of a server's INFO says that no campaign can use it; null where nothing does. */
export function whyUnfit(
  info: Readonly<Record<string, string>>,
  { writes }: { readonly writes: boolean },
): string | null {
  const version = info['redis_version'] ?? info['valkey_version'];
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestVersion;
  const policy = info['maxmemory_policy'];
  if (info['loading'] === '1') return 'is still loading its data';
  if (info['cluster_enabled'] === '1')
    return 'is a node of a cluster: a campaign needs one server of its own';
  if (version !== undefined && (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)))
    return `is of version ${version}: BullMQ needs Redis ${oldestVersion.join('.')} or newer, or Valkey`;
  if (!writes) return null;
  if (info['role'] === 'slave') return 'is a replica, and refuses what is written to it';
  if (policy !== undefined && policy !== 'noeviction')
    return `throws keys away when its memory is full (maxmemory-policy ${policy}): it has to be noeviction`;
  return null;
}

function fieldsOf(info: string): Record<string, string> {
  const pairs = info.split('\r\n').filter((line) => /^[a-z_]+:/.test(line));
  return Object.fromEntries(pairs.map((line) => line.split(/:(.*)/s, 2) as [string, string]));
}

/** `error` is null where there was no answer in time. */
async function whyUnanswered(
  error: unknown,
  address: QueueAddress,
  { withinMs }: { readonly withinMs: number },
): Promise<InfrastructureError> {
  const refusal = error === null ? null : refusalOf(error, address);
  const isSilent = refusal === null || (error as NodeJS.ErrnoException).code === 'ETIMEDOUT';
  const isCut =
    refusal?.kind === 'out-of-reach' && !/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(refusal.sentence);
  if ((isSilent || isCut) && (await answers(address, { byTls: !address.isTls, withinMs: withinMs / 3 }))) {
    return new InfrastructureError(queueSentence(address, otherWay[address.isTls ? 'no-tls' : 'only-tls']));
  }
  if (isSilent)
    return new InfrastructureError(queueSentence(address, `did not answer in ${withinMs / 1000} s`));
  return new InfrastructureError(refusal.sentence);
}

const otherWay = {
  'no-tls': 'does not answer by TLS, and does without: the URL begins with redis://',
  'only-tls': 'answers by TLS only: the URL begins with rediss://',
} as const;

/** Whether something answers this way: to a handshake of TLS, or to PING without. It is told nothing else. */
function answers(
  { options: { host, port } }: QueueAddress,
  { byTls, withinMs }: { readonly byTls: boolean; readonly withinMs: number },
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = byTls ? connectTls({ host, port, rejectUnauthorized: false }) : connect({ host, port });
    const end = (isAnswer: boolean): void => {
      socket.destroy();
      resolve(isAnswer);
    };
    socket.setTimeout(withinMs, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    if (byTls) socket.on('secureConnect', () => end(true));
    else socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (answer: Buffer) => end(/^[+-]/.test(answer.toString('latin1'))));
  });
}
