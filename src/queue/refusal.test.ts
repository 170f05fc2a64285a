import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { queueAddress } from './address.ts';
import { whyUnfit } from './probe.ts';
import { isWriteRefused, refusalOf } from './refusal.ts';

const address = queueAddress('redis://machine:Sesame@queue', {});

/** What servers answer, as their sources write it, and what Node's sockets say. */
test.each([
  ['WRONGPASS invalid username-password pair or user is disabled.', 'wrong-password'],
  ['ERR invalid password', 'wrong-password'],
  [
    'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> …',
    'no-password',
  ],
  ["NOPERM User machine has no permissions to run the 'info' command", 'rights'],
  ['ERR ACL failure in script: User machine has no permissions to run the ...', 'rights'],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'full'],
  ["READONLY You can't write against a read only replica.", 'replica'],
  ['MISCONF Errors writing to the AOF file: No space left on device', 'disk'],
  ['LOADING Valkey is loading the dataset in memory', 'loading'],
  ['MOVED 3999 127.0.0.1:6381', 'cluster'],
  ['ERR max number of clients reached', 'connections'],
  ['ERR DB index is out of range', 'database'],
  ['Connection is closed.', 'out-of-reach'],
  ["ERR unknown command 'FLY'", 'other'],
])('%s is %s', (message, kind) => {
  expect(refusalOf(new Error(message), address).kind).toBe(kind);
});

test.each([
  ['ECONNREFUSED', 'out-of-reach'],
  ['ENOTFOUND', 'out-of-reach'],
  ['EAI_AGAIN', 'out-of-reach'],
  ['CERT_HAS_EXPIRED', 'certificate'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'no-tls'],
])('an error of code %s is %s, also where it has no message', (code, kind) => {
  expect(refusalOf(Object.assign(new Error(''), { code }), address).kind).toBe(kind);
});

test('only what may be accepted later is a write that is refused', () => {
  const isRefused = (message: string): boolean => isWriteRefused(new Error(message), address);

  expect(isRefused("OOM command not allowed when used memory > 'maxmemory'.")).toBe(true);
  expect(isRefused("MISCONF Valkey is configured to save RDB snapshots, but it's unable to persist")).toBe(
    true,
  );
  expect(isRefused('WRONGTYPE Operation against a key holding the wrong kind of value')).toBe(false);
  expect(isRefused('Connection is closed.')).toBe(false);
});

test('what an old server repeats of a command is not shown where the password is in it', () => {
  const told = refusalOf(
    new Error('ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `machine`, `Sesame`,'),
    address,
  );

  expect(inspect(told)).not.toContain('Sesame');
});

const info = { redis_version: '7.2.4', role: 'master', maxmemory_policy: 'noeviction', loading: '0' };
const whole = { writes: true };

test.each([
  ['a server as it should be', {}, null],
  ['the oldest one', { redis_version: '6.2.0' }, null],
  ['one that does not say its policy', { maxmemory_policy: undefined }, null],
  ['an older one', { redis_version: '6.0.16' }, 'is of version 6.0.16'],
  ['one that evicts', { maxmemory_policy: 'volatile-ttl' }, 'maxmemory-policy volatile-ttl'],
  ['a replica', { role: 'slave' }, 'is a replica'],
  ['one that loads', { loading: '1' }, 'is still loading'],
  ['a node of a cluster', { cluster_enabled: '1' }, 'is a node of a cluster'],
])('%s', (_, changed, why) => {
  const told = whyUnfit({ ...info, ...changed } as Record<string, string>, whole);

  if (why === null) expect(told).toBeNull();
  else expect(told).toContain(why);
});

test('who only reads may read of a replica, and of a server that evicts', () => {
  const evicting = { ...info, maxmemory_policy: 'allkeys-lru', role: 'slave' };

  expect(whyUnfit(evicting, { writes: false })).toBeNull();
});
