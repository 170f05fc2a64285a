import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { UsageError } from '../contract/failure.ts';
import { queueAddress } from './address.ts';

const secret = 'Sesame%2F1';

test.each([
  ['redis://127.0.0.1', 'redis://127.0.0.1', { host: '127.0.0.1', port: 6379, db: 0 }],
  ['valkey://queue:7000/3', 'valkey://queue:7000/3', { host: 'queue', port: 7000, db: 3 }],
  ['redis://[::1]:7000/', 'redis://[::1]:7000', { host: '::1', port: 7000, db: 0 }],
  [
    `redis://:${secret}@queue/2`,
    'redis://queue/2',
    { host: 'queue', port: 6379, db: 2, password: 'Sesame/1' },
  ],
  [
    `rediss://machine:${secret}@queue`,
    'rediss://machine@queue',
    {
      host: 'queue',
      port: 6379,
      db: 0,
      username: 'machine',
      password: 'Sesame/1',
      tls: { servername: 'queue' },
    },
  ],
  ['valkeys://10.0.0.7', 'valkeys://10.0.0.7', { host: '10.0.0.7', port: 6379, db: 0, tls: {} }],
])('%s is opened with what it says, and shown without a password', (url, shown, options) => {
  const address = queueAddress(url, {});

  expect(address.shown).toBe(shown);
  expect(address.options).toEqual(options);
});

test('the environment holds the password where the URL does not, and the URL comes first', () => {
  const environment = { LOGITFUZZ_QUEUE_PASSWORD: 'of the environment' };

  const bare = queueAddress('redis://machine@queue', environment);
  const own = queueAddress('redis://machine:own@queue', environment);

  expect([bare.options.password, own.options.password]).toEqual(['of the environment', 'own']);
  expect(bare.options.username).toBe('machine');
});

test('an address that is printed, in whatever way, does not hold the password', () => {
  const address = queueAddress(`rediss://machine:${secret}@queue`, {});

  const printed = [JSON.stringify(address), inspect(address, { depth: 9 }), String(Object.entries(address))];
  for (const text of printed) expect(text).not.toMatch(/sesame/i);
  expect(JSON.stringify({ ...address })).not.toMatch(/sesame/i);
});

test.each([
  ['another scheme', `https://:${secret}@queue`],
  ['no scheme', `:${secret}@queue`],
  ['no host', `redis://:${secret}@`],
  ['no authority', `redis:${secret}`],
  ['a password with a slash', 'redis://:Sesame/1@queue'],
  ['digits of a password before a slash', 'redis://machine:123/Sesame@queue'],
  ['digits of a password before a question mark', 'redis://machine:123?Sesame@queue'],
  ['digits of a password before a hash', 'redis://machine:123#Sesame@queue'],
  ['a password with a percent sign', 'redis://:Sesame%zz@queue'],
  ['a password where the user stands', 'redis://Sesame@queue'],
  ['a database that is none', 'redis://:Sesame@queue/Sesame'],
  ['a port above all ports', 'redis://:Sesame@queue:65536'],
])('%s is refused, in words that repeat nothing of the URL', (_, url) => {
  let error: unknown;
  try {
    queueAddress(url, {});
  } catch (thrown) {
    error = thrown;
  }

  expect(error).toBeInstanceOf(UsageError);
  expect((error as Error).message).toMatch(/^the URL of the queue is none: /);
  expect(inspect(error, { depth: 9 })).not.toMatch(/sesame|123/i);
});
