/** What a server refused, as a kind, and as a sentence for people, in which the password never is. */
import type { QueueAddress } from './address.ts';

export type RefusalKind =
  | 'out-of-reach'
  | 'wrong-password'
  | 'no-password'
  | 'no-tls'
  | 'only-tls'
  | 'certificate'
  | 'rights'
  | 'full'
  | 'disk'
  | 'replica'
  | 'loading'
  | 'cluster'
  | 'connections'
  | 'database'
  | 'no-server'
  | 'other';

export interface Refusal {
  readonly kind: RefusalKind;
  readonly sentence: string;
}

/** Kinds by which a server refuses what is written to it for a while, and answers all the same. */
export const refusesWrites: readonly RefusalKind[] = ['full', 'disk', 'replica', 'loading', 'rights'];

/** The rights that a user of the server has to have, as its `ACL SETUSER` writes them. */
export const neededRights = '~logitfuzz:* +@all -@admin -@dangerous +info';

/** A row for each kind that is told by an error: how it is known, and what is said of the queue. */
const rows: readonly {
  readonly kind: RefusalKind;
  readonly pattern: RegExp;
  readonly says: (address: QueueAddress, why: string) => string;
}[] = [
  {
    kind: 'wrong-password',
    pattern: /WRONGPASS|invalid (username-)?password|AUTH failed/i,
    says: ({ user }) => `refused the password${user === null ? '' : ` of the user ${user}`}`,
  },
  {
    kind: 'no-password',
    pattern: /NOAUTH|Authentication required/i,
    says: () => 'asks for a password: LOGITFUZZ_QUEUE_PASSWORD holds it, or the URL (redis://:password@host)',
  },
  {
    kind: 'rights',
    pattern: /NOPERM|ACL failure|no permissions? to/i,
    says: ({ user }) =>
      `does not let ${user === null ? 'its default user' : `the user ${user}`} do all that a campaign needs: ${neededRights}`,
  },
  {
    kind: 'full',
    pattern: /\bOOM\b/,
    says: () => 'has no memory left (its maxmemory), and refuses what is written to it',
  },
  {
    kind: 'replica',
    pattern: /READONLY|NOREPLICAS/,
    says: () => 'is a replica, or has none of those that it needs, and refuses what is written to it',
  },
  {
    kind: 'disk',
    pattern: /MISCONF/,
    says: () => 'cannot write to its disk, and refuses what is written to it',
  },
  { kind: 'loading', pattern: /\bLOADING\b/, says: () => 'is still loading its data' },
  {
    kind: 'cluster',
    pattern: /\b(MOVED|ASK|CROSSSLOT|CLUSTERDOWN)\b/,
    says: () => 'is a node of a cluster: a campaign needs one server of its own',
  },
  {
    kind: 'connections',
    pattern: /max number of clients/i,
    says: () => 'has as many connections as it takes (its maxclients)',
  },
  {
    kind: 'database',
    pattern: /DB index is out of range|SELECT is not allowed/i,
    says: () => 'has no database of that number',
  },
  {
    kind: 'certificate',
    pattern: /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME/,
    says: (_, why) =>
      `shows a certificate that is not trusted here (${why}): NODE_EXTRA_CA_CERTS names the file of its authority`,
  },
  {
    kind: 'only-tls',
    pattern: /Unknown RESP type 21\b/,
    says: () => 'answers by TLS only: the URL begins with rediss://',
  },
  {
    kind: 'no-tls',
    pattern: /ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)|wrong version number|EPROTO/i,
    says: () => 'does not answer by TLS: the URL begins with redis://',
  },
  {
    kind: 'no-server',
    pattern: /Unknown RESP type|Protocol error|ParserError/,
    says: () => 'is no server of Redis or Valkey: its answer is something else',
  },
  {
    kind: 'out-of-reach',
    pattern:
      /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ETIMEDOUT|ECONNRESET|ECONNABORTED|EPIPE|EACCES|EPERM|Connection is closed|Stream isn't writeable|Socket timeout/,
    says: (_, why) => `is out of reach (${why})`,
  },
];

/** What the error of a connection or of a command says. */
export function refusalOf(error: unknown, address: QueueAddress): Refusal {
  const { code, message } = wordsOf(error);
  const row = rows.find(({ pattern }) => pattern.test(code) || pattern.test(message));
  const why = code === '' ? 'the connection is closed' : code;
  if (row !== undefined) return { kind: row.kind, sentence: queueSentence(address, row.says(address, why)) };
  return { kind: 'other', sentence: queueSentence(address, `said: ${printable(message || code, address)}`) };
}

export function queueSentence({ shown }: QueueAddress, words: string): string {
  return `the queue ${shown} ${words}`;
}

/** Whether this is an error by which the server says that it refuses what is written, for now. */
export function isWriteRefused(error: unknown, address: QueueAddress): boolean {
  return refusesWrites.includes(refusalOf(error, address).kind);
}

function wordsOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  const code = (error as { readonly code?: unknown }).code;
  return { code: typeof code === 'string' ? code : '', message: error.message };
}

/** One line of what somebody else wrote; nothing of it where the password stands in it. */
function printable(text: string, { options }: QueueAddress): string {
  const { password } = options;
  if (password !== undefined && text.includes(password)) return 'something that cannot be shown here';
  const line = text.replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
