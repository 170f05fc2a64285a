/** A queue's server, opened against a real one: what is refused, what is told, and how it ends. */
// @module-tag processes
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '../connect/fixtures/needs.ts';
import { InfrastructureError } from '../contract/failure.ts';
import { queueAddress } from './address.ts';
import { startHttp, startRedis5, startSilent, startTls, type OtherServer } from './fixtures/other-servers.ts';
import { freePort, startValkey, type Valkey } from './fixtures/valkey.ts';
import type { RedisLike } from './libraries.ts';
import { neededRights } from './refusal.ts';
import { openServer, type Server, type ServerOptions } from './server.ts';

const need = needs('valkey', 'bullmq', 'ioredis');
const testQueue = test.skipIf(need.isSkipped);
const secret = 'Sesame';
const prefix = 'logitfuzz:test';
let valkey: Valkey;

beforeAll(async () => {
  if (need.isSkipped) return;
  const users = [
    `user machine on >${secret} ${neededRights}`,
    `user reader on >${secret} ~logitfuzz:* +@read +@connection +info`,
  ];
  valkey = await startValkey({ password: secret, appendOnly: true, users });
});
afterAll(() => valkey?.stop());

function open(url: string, options: Partial<ServerOptions> = {}): Promise<Server> {
  return openServer(queueAddress(url, {}), { onTrouble: () => undefined, withinMs: 600, ...options });
}

/** What the refusal says, after the address of the queue. */
async function refusalOf(url: string): Promise<string> {
  const error = await open(url).then(
    (server) => server.close(),
    (thrown: unknown) => thrown,
  );

  expect(error).toBeInstanceOf(InfrastructureError);
  expect(inspect(error, { depth: 9 })).not.toContain(secret);
  const { shown } = queueAddress(url, {});
  const { message } = error as Error;
  expect(message.startsWith(`the queue ${shown} `)).toBe(true);
  return message.slice(`the queue ${shown} `.length);
}

const host = (): string => `127.0.0.1:${valkey.port}`;

testQueue(`a password that is wrong or missing, and a user without the rights${need.reason}`, async () => {
  expect(await refusalOf(`redis://:wrong@${host()}`)).toBe('refused the password');
  expect(await refusalOf(`redis://machine:wrong@${host()}`)).toBe('refused the password of the user machine');
  expect(await refusalOf(`redis://${host()}`)).toMatch(/^asks for a password: LOGITFUZZ_QUEUE_PASSWORD /);
  expect(await refusalOf(`redis://reader:${secret}@${host()}`)).toBe(
    `does not let the user reader do all that a campaign needs: ${neededRights}`,
  );
});

testQueue(`a database that is not there is refused: ioredis goes on in another${need.reason}`, async () => {
  expect(await refusalOf(`redis://:${secret}@${host()}/99`)).toBe('has no database of that number');
});

testQueue(`a server that evicts is refused, but not to who only reads${need.reason}`, async () => {
  await using(await startValkey({ policy: 'allkeys-lru' }), async ({ url }) => {
    expect(await refusalOf(url)).toBe(
      'throws keys away when its memory is full (maxmemory-policy allkeys-lru): it has to be noeviction',
    );
    const reader = await open(url, { writes: false });
    expect(await reader.redis.get('logitfuzz:none')).toBeNull();
    await reader.close();
  });
});

testQueue(`a server whose memory is full is refused, but not to who only reads${need.reason}`, async () => {
  await using(await startValkey({ maxMemoryMb: 0.1 }), async ({ url }) => {
    expect(await refusalOf(url)).toBe(
      'has no memory left (its maxmemory), and refuses what is written to it',
    );
    await (await open(url, { writes: false })).close();
  });
});

testQueue(
  `TLS where there is none, none where there is TLS, and a strange certificate${need.reason}`,
  async () => {
    const tls = await startTls(valkey.port);

    expect(await refusalOf(`rediss://:${secret}@${host()}`)).toBe(
      'does not answer by TLS, and does without: the URL begins with redis://',
    );
    expect(await refusalOf(`redis://:${secret}@127.0.0.1:${tls.port}`)).toBe(
      'answers by TLS only: the URL begins with rediss://',
    );
    expect(await refusalOf(`rediss://:${secret}@localhost:${tls.port}`)).toMatch(
      /^shows a certificate that is not trusted here \(DEPTH_ZERO_SELF_SIGNED_CERT\): NODE_EXTRA_CA_CERTS /,
    );
    tls.close();
  },
);

testQueue(`nobody there, nobody who answers, and others than servers of a queue${need.reason}`, async () => {
  const nobody = await freePort();
  const told = async (other: OtherServer): Promise<string> => {
    const words = await refusalOf(`redis://:${secret}@127.0.0.1:${other.port}`);
    other.close();
    return words;
  };

  expect(await refusalOf(`redis://:${secret}@127.0.0.1:${nobody}`)).toBe('is out of reach (ECONNREFUSED)');
  expect(await told(await startSilent())).toBe('did not answer in 0.6 s');
  expect(await told(await startHttp())).toBe('is no server of Redis or Valkey: its answer is something else');
  expect(await told(await startRedis5())).toBe(
    'is of version 5.0.14: BullMQ needs Redis 6.2 or newer, or Valkey',
  );
});

testQueue(
  `jobs run for a user of the rights that are named, and nothing prints the password${need.reason}`,
  async () => {
    const server = await open(`redis://machine:${secret}@${host()}`);
    const { Queue, Worker } = server.libraries.bullmq;
    const queue = new Queue<number>('jobs', { connection: server.connection(), prefix });
    const seen: number[] = [];
    const worker = new Worker<number>('jobs', async ({ data }) => void seen.push(data), {
      connection: server.connection(),
      prefix,
    });
    server.restWhileRefused(worker);

    await queue.addBulk([1, 2, 3].map((data) => ({ name: 'job', data, opts: { jobId: `job-${data}` } })));

    await expect.poll(() => seen.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    for (const held of [server, server.redis, server.address, queue, worker])
      expect(inspect(held, { depth: 12 })).not.toContain(secret);
    expect(JSON.stringify([server, server.redis])).not.toContain(secret);
    await queue.obliterate({ force: true });
    expect((await server.redis.scan('0', 'MATCH', 'logitfuzz:*', 'COUNT', 1000))[1]).toEqual([]);
    await worker.close();
    await server.close();
  },
);

testQueue(`a Worker rests while the memory is full, and what is written waits${need.reason}`, async () => {
  const told: string[] = [];
  const server = await open(valkey.url, { onTrouble: (sentence) => told.push(sentence) });
  const { Queue, Worker } = server.libraries.bullmq;
  const queue = new Queue<number>('full', { connection: server.connection(), prefix });
  let done = 0;
  const options = { connection: server.connection(), prefix, autorun: false };
  const worker = new Worker<number>('full', async () => void done++, options);
  const errors: string[] = [];
  worker.on('error', ({ message }) => errors.push(message));
  server.restWhileRefused(worker);
  await queue.addBulk([1, 2, 3].map((data) => ({ name: 'job', data })));

  await server.redis.config('SET', 'maxmemory', 1);
  void worker.run();
  await expect.poll(() => worker.isPaused()).toBe(true);
  const writing = server.untilAccepted(() => queue.add('job', 4));
  await sleep(1200); // one more try of each
  const whileFull = { errors: errors.length, done };
  await server.redis.config('SET', 'maxmemory', 0);
  await writing;

  expect(whileFull.errors).toBeLessThan(5);
  expect(whileFull.done).toBe(0);
  await expect.poll(() => done, { timeout: 5000 }).toBe(4);
  expect(told).toEqual([
    `the queue redis://${host()} has no memory left (its maxmemory), and refuses what is written to it`,
  ]);
  await queue.obliterate({ force: true });
  await worker.close();
  await server.close();
});

testQueue(
  `what waits for acceptance ends with its signal, and other errors are thrown${need.reason}`,
  async () => {
    const server = await open(valkey.url);
    const stop = new AbortController();
    const full = (): Promise<never> => Promise.reject(new Error('OOM command not allowed'));
    const waiting = server.untilAccepted(full, { signal: stop.signal });
    const atClose = server.untilAccepted(full);

    stop.abort();

    await expect(waiting).rejects.toThrow('OOM');
    await expect(server.untilAccepted(() => Promise.reject(new TypeError('else')))).rejects.toThrow('else');
    const closing = server.close();
    await expect(atClose).rejects.toThrow('OOM');
    await closing;
  },
);

testQueue(
  `a server that is killed is told of once, and found again with its data${need.reason}`,
  async () => {
    const told: string[] = [];
    const server = await open(valkey.url, { onTrouble: (sentence) => told.push(sentence) });
    const another = server.connection();
    await server.redis.set('logitfuzz:kept', 'as it was', 'PX', 60_000);

    await valkey.kill('SIGKILL');
    const asked = server.redis.get('logitfuzz:kept');
    await expect.poll(() => told.length, { timeout: 3000 }).toBe(1);
    await valkey.restart();

    expect(await asked).toBe('as it was');
    expect(await another.exists('logitfuzz:kept')).toBe(1);
    expect(told).toEqual([
      `the queue redis://${host()} is out of reach (ECONNREFUSED): it is tried again and again`,
      `the queue redis://${host()} is there again`,
    ]);
    await server.close();
  },
);

/** Runs a program of compiled modules; `kill` ends it by SIGKILL once it has printed a line. */
async function run(script: string, { kill = false } = {}): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (kill && stdout.includes('\n')) child.kill('SIGKILL');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout };
}

const compiled = (path: string): string =>
  JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href);

testQueue(`a process that closes its server ends by itself${need.reason}`, async () => {
  const script = `
    import { queueAddress } from ${compiled('src/queue/address.js')};
    import { openServer } from ${compiled('src/queue/server.js')};
    const server = await openServer(queueAddress(${JSON.stringify(valkey.url)}, {}), { onTrouble() {} });
    const { Queue, Worker } = server.libraries.bullmq;
    const of = () => ({ connection: server.connection(), prefix: ${JSON.stringify(prefix)} });
    const queue = new Queue('ends', of()).on('error', () => {});
    const worker = new Worker('ends', async () => {}, of()).on('error', () => {});
    await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
    await server.closeWorker(worker);
    await server.close();
    setTimeout(() => process.exit(9), 5000).unref();`;

  expect((await run(script)).code).toBe(0);
});

testQueue(
  `a server that goes while a Worker ends, and a job that does not, keep nobody${need.reason}`,
  async () => {
    const server = await open(valkey.url);
    const { Queue, Worker } = server.libraries.bullmq;
    const of = (): { connection: RedisLike; prefix: string } => ({ connection: server.connection(), prefix });
    const queue = new Queue('hangs', of()).on('error', () => undefined);
    let begun = 0;
    const hang = (): Promise<unknown> => new Promise(() => begun++);
    const [first, second] = [0, 1].map(() => new Worker('hangs', hang, of()).on('error', () => undefined));
    await queue.addBulk([
      { name: 'job', data: 1 },
      { name: 'job', data: 2 },
    ]);
    await expect.poll(() => begun).toBe(2);

    const at = performance.now();
    await server.closeWorker(first!, { withinMs: 300 });
    const afterFirst = performance.now() - at;
    const closing = server.closeWorker(second!, { withinMs: 60_000 });
    await valkey.kill('SIGKILL');
    await closing;
    const afterSecond = performance.now() - at;
    await server.close();

    expect(afterFirst).toBeGreaterThan(290);
    expect(afterFirst).toBeLessThan(1500);
    expect(afterSecond).toBeLessThan(6000);
    await valkey.restart();
  },
);

testQueue(`where the server is gone, a Worker and the connections end at once${need.reason}`, async () => {
  const server = await open(valkey.url);
  const { Queue, Worker } = server.libraries.bullmq;
  const of = (): { connection: RedisLike; prefix: string } => ({ connection: server.connection(), prefix });
  const queue = new Queue('gone', of()).on('error', () => undefined);
  const worker = new Worker('gone', async () => undefined, of());
  server.restWhileRefused(worker);
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  await valkey.kill('SIGKILL');
  await expect.poll(() => server.redis.status).toBe('reconnecting');

  const begun = performance.now();
  await server.closeWorker(worker);
  await queue.close();
  await server.close();

  expect(performance.now() - begun).toBeLessThan(2000);
  await valkey.restart();
});

testQueue(`a server of a test that is killed ends with it${need.reason}`, async () => {
  const script = `
    import { startValkey } from ${compiled('series/valkey.js')};
    console.log((await startValkey()).url);
    setInterval(() => {}, 1000);`;

  const { stdout } = await run(script, { kill: true });

  await expect
    .poll(() => refusalOf(stdout.trim()).catch(() => 'there'))
    .toBe('is out of reach (ECONNREFUSED)');
});

async function using(server: Valkey, act: (server: Valkey) => Promise<void>): Promise<void> {
  try {
    await act(server);
  } finally {
    await server.stop();
  }
}
