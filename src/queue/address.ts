/**
 * Where a queue is: what a URL says, with the password where nothing prints it. Knows no connection.
 */
import { isIP } from 'node:net';
import { UsageError } from '../contract/failure.ts';
import type { RedisOptionsLike } from './libraries.ts';

/** Whether each scheme is a connection by TLS. */
const schemes: Readonly<Record<string, boolean>> = {
  'redis:': false,
  'valkey:': false,
  'rediss:': true,
  'valkeys:': true,
};
const standardPort = 6379;
/** The variable that holds the password where the URL does not. */
export const passwordVariable = 'LOGITFUZZ_QUEUE_PASSWORD';

export interface QueueAddress {
  /** The URL without the password. */
  readonly shown: string;
  readonly isTls: boolean;
  /** As the server knows who connects; null: the default user. */
  readonly user: string | null;
  readonly hasPassword: boolean;
  /** What a connection is opened with, the password among it: not enumerable. */
  readonly options: RedisOptionsLike;
}

/**
 * What the URL and the environment's password say together; the URL's comes first.
 * @throws UsageError for what is no such URL. It repeats nothing of it: a password may stand anywhere in it.
 */
export function queueAddress(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): QueueAddress {
  const url = parsed(text);
  const isTls = schemes[url.protocol];
  if (isTls === undefined) throw refused('it begins with redis://, rediss://, valkey:// or valkeys://');
  if (url.hostname === '' || url.hostname.includes('%')) throw refused('it names a host');
  if (url.search !== '' || url.hash !== '') throw refused('nothing follows the database');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const user = decoded(url.username);
  const password = decoded(url.password) || (environment[passwordVariable] ?? '');
  if (user !== '' && password === '') {
    throw refused(`it names a user and no password, nor does ${passwordVariable} hold one`);
  }
  const db = databaseOf(url.pathname);
  const options: RedisOptionsLike = {
    host,
    port: url.port === '' ? standardPort : Number(url.port),
    db,
    ...(user !== '' && { username: user }),
    ...(password !== '' && { password }),
    ...(isTls && { tls: isIP(host) === 0 ? { servername: host } : {} }),
  };
  const shown = `${url.protocol}//${user === '' ? '' : `${url.username}@`}${url.host}${db === 0 ? '' : `/${db}`}`;
  const address = { shown, isTls, user: user === '' ? null : user, hasPassword: password !== '' };
  return Object.defineProperty(address, 'options', { value: options, enumerable: false }) as QueueAddress;
}

/** Text that may quote a URL, such as an argument that stands where none may, without its password. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(/\b([a-z]+:\/\/[^\s:@/]*):[^\s]*@/gi, '$1:…@');
}

function parsed(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw refused('a password writes / as %2F, # as %23, ? as %3F, @ as %40, : as %3A and % as %25');
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refused('a password writes % as %25');
  }
}

function databaseOf(path: string): number {
  if (path === '' || path === '/') return 0;
  if (!/^\/\d{1,5}$/.test(path))
    throw refused('what follows the host is the number of a database, or nothing');
  return Number(path.slice(1));
}

function refused(rule: string): UsageError {
  return new UsageError(
    `the URL of the queue is none: ${rule}, as in rediss://user:password@host:6379/0, or redis://:password@host`,
  );
}
