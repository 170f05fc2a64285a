// @module-tag processes
/** Coordinators, machines and servers that were away for a while, on a real server. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { InfrastructureError } from '../contract/failure.ts';
import type { LastingSlot } from '../campaign/lasting-slot.ts';
import { planFileSchema } from '../campaign/plan-file.ts';
import { queueAddress } from './address.ts';
import { coordinate } from './coordinate.ts';
import { takeCoordinatorLock } from './coordinator-lock.ts';
import { exampleIdentity } from './fixtures/example-identity.ts';
import { startValkey, type Valkey } from './fixtures/valkey.ts';
import { headquartersOn } from './headquarters.ts';
import { removeLeftovers } from './leftovers.ts';
import { Machine } from './machine.ts';
import { packedBytes } from './message.ts';
import { keyNames } from './names.ts';
import type { CampaignRecord } from './record.ts';
import { openServer, type Server } from './server.ts';

let valkey: Valkey;
let server: Server;

beforeAll(async () => {
  valkey = await startValkey();
  server = await openServer(queueAddress(valkey.url, {}), { onTrouble: () => undefined });
});
afterAll(async () => {
  await server.close();
  await valkey.stop();
});

const { plan } = planFileSchema.parse(
  JSON.parse(readFileSync('src/campaign/fixtures/killed-at-ab62154/plan.json', 'utf8')),
);
const choices = (campaign: string, run: string) => ({ campaign, run, jobSeconds: 60, mixedMachines: false });

test('the lock of a coordinator is renewed and released by nobody else', async () => {
  const first = await takeCoordinatorLock(server, 'logitfuzz:a:coordinator', { run: 'one', campaign: 'a' });
  await expect(
    takeCoordinatorLock(server, 'logitfuzz:a:coordinator', { run: 'two', campaign: 'a' }),
  ).rejects.toThrow('the campaign a is coordinated by another process already');
  await first.renew();
  await server.redis.del('logitfuzz:a:coordinator'); // it has run out: the process was stopped
  expect(await first.isOurs()).toBe(true);
  const second = await takeCoordinatorLock(server, 'logitfuzz:a:coordinator', { run: 'two', campaign: 'a' });
  expect(await first.isOurs()).toBe(false);
  await expect(first.renew()).rejects.toThrow('the campaign a was taken over by another coordinator');
  await first.release();
  await second.renew();
  expect(await server.redis.get('logitfuzz:a:coordinator')).toBe('two');
  await second.release();
  expect(await server.redis.exists('logitfuzz:a:coordinator')).toBe(0);
});

test('a coordinator whose campaign was taken over meanwhile leaves all of it as it is', async () => {
  const keys = keyNames('b');
  const stopped = coordinate(
    { ...plan, runs: 60_000, timeMs: null },
    { onNote: () => undefined, path: () => null },
    {
      server,
      choices: choices('b', 'one'),
      named: { subject: null },
      resumption: null,
    },
  );
  while ((await server.redis.get(keys.record)) === null) await new Promise((r) => setTimeout(r, 10));
  const theirs = {
    [keys.lock]: 'two',
    [keys.state]: JSON.stringify({ run: 'two', phase: 'running' }),
    [keys.record]: 'theirs',
    [keys.known]: 'theirs',
    [`${keys.prefix}:jobs:wait`]: 'theirs',
  };
  for (const [key, value] of Object.entries(theirs)) await server.redis.set(key, value);
  await expect(stopped).rejects.toThrow('the campaign b was taken over by another coordinator');
  for (const [key, value] of Object.entries(theirs)) expect(await server.redis.get(key), key).toBe(value);
});

test('a server that has lost everything is told who the machines have to be like before any can come', async () => {
  const quarters = headquartersOn(server, choices('c', 'one'), plan);
  expect(await quarters.begin()).toBe(true);
  await server.redis.set(quarters.keys.identity, 'the first machine');
  expect(await quarters.identity()).toBe('the first machine');
  expect(await quarters.begin()).toBe(false);
  await server.redis.del(quarters.keys.record, quarters.keys.identity, quarters.keys.state);
  expect(await quarters.begin()).toBe(true);
  expect(await server.redis.get(quarters.keys.identity)).toBe('the first machine');
  await quarters.end();
  expect(await server.redis.exists(quarters.keys.identity, quarters.keys.record)).toBe(0);
});

test('what comes after the end of a campaign is removed, and nothing of one that goes on', async () => {
  const keys = keyNames('d');
  const [result, job] = [`${keys.prefix}:results:1`, `${keys.prefix}:jobs:meta`];
  const late = async (state: object): Promise<number> => {
    for (const key of [result, job, keys.identity, keys.standing]) await server.redis.set(key, 'x');
    await server.redis.set(keys.state, JSON.stringify(state));
    await removeLeftovers(server, keys, { run: 'one' });
    return server.redis.exists(result, job, keys.identity);
  };
  expect(await late({ run: 'one', phase: 'running' })).toBe(3);
  expect(await late({ run: 'two', phase: 'ended' })).toBe(3);
  await server.redis.set(keys.lock, 'one'); // about to be resumed
  expect(await late({ run: 'one', phase: 'ended' })).toBe(3);
  await server.redis.del(keys.lock);
  expect(await late({ run: 'one', phase: 'ended' })).toBe(0);
  expect(await server.redis.exists(keys.state, keys.standing)).toBe(2);
});

test('a machine that leaves while it asks the findings again does not say that it has asked them', async () => {
  const keys = keyNames('e');
  const finding = exampleFinding({ seed: plan.seed, blame: 'subject' });
  const sightings = [{ signature: finding.signature, count: 1, lowestIndex: finding.index }];
  await server.redis.set(keys.confirm, packedBytes({ findings: [finding], sightings, before: [] }));
  const jobs = new server.libraries.bullmq.Queue('jobs', { connection: server.redis, prefix: keys.prefix });
  await jobs.add('confirm', { kind: 'confirm', run: 'one' }, { jobId: 'confirm', attempts: 3 });
  const [leave, notes] = [new AbortController(), [] as string[]];
  const machine = new Machine(server, {
    keys,
    id: 'm',
    own: exampleIdentity,
    campaign: exampleIdentity,
    plan,
    record: { run: 'one' } as CampaignRecord,
    setup: { subject: null, slots: 1, rssLimitMb: null, campaign: 'e', untilEnded: true, journalFolder: '' },
    observers: { onNote: (note) => void notes.push(note), leave: leave.signal },
  });
  let loads = (): void => undefined;
  const loading = new Promise<void>((resolve) => (loads = resolve));
  const working = machine.work([{} as LastingSlot], (_, { signal }) => {
    loads();
    return new Promise((_resolve, reject) =>
      signal?.addEventListener('abort', () => reject(new InfrastructureError('it was ended'))),
    );
  });
  await loading;
  leave.abort();
  expect(await working).toBe('left');
  expect(notes).toContain(
    'a job was not done: this worker is leaving, and another one asks the findings again',
  );
  expect(await server.redis.exists(`${keys.prefix}:results:wait`)).toBe(0);
  expect(await jobs.getJobState('confirm')).not.toBe('unknown');
  await jobs.close();
});
