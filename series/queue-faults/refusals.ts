/** Faults that are there from the start: each role ends at once, with a sentence and exit code 3. */
import { freePort } from '../valkey.ts';
import { check, endsWith, type Row } from './row.ts';
import { campaignWith, subject, type Stage } from './stage.ts';

const roles: Readonly<Record<string, readonly string[]>> = {
  fuzz: ['fuzz', ...campaignWith('none'), '--no-report'],
  worker: ['worker', subject],
  status: ['status'],
};
const secondsMax = 15;

interface Refusal {
  readonly name: string;
  readonly isInSample?: boolean;
  /** Starts what it needs. @returns the URL. */
  readonly url: (stage: Stage) => Promise<string>;
  readonly sentence: RegExp;
  /** `status` only reads, and does not mind. */
  readonly isForReaders?: boolean;
}

const secret = 'Sesame';
const guarded = (stage: Stage): Promise<{ port: number }> => stage.another({ password: secret });

const refusals: readonly Refusal[] = [
  {
    name: 'no server',
    isInSample: true,
    url: async () => `redis://:${secret}@127.0.0.1:${await freePort()}`,
    sentence: /is out of reach \(ECONNREFUSED\)/,
  },
  {
    name: 'a wrong password',
    url: async (stage) => `redis://:${secret}2@127.0.0.1:${(await guarded(stage)).port}`,
    sentence: /refused the password/,
  },
  {
    name: 'no password',
    url: async (stage) => `redis://127.0.0.1:${(await guarded(stage)).port}`,
    sentence: /asks for a password/,
  },
  {
    name: 'TLS to a plain port',
    url: async (stage) => `rediss://:${secret}@127.0.0.1:${(await guarded(stage)).port}`,
    sentence: /does not answer by TLS, and does without/,
  },
  {
    name: 'another eviction policy',
    isForReaders: true,
    url: async (stage) => (await stage.another({ policy: 'allkeys-lru', password: secret })).url,
    sentence: /maxmemory-policy allkeys-lru/,
  },
  {
    name: 'a server whose memory is full',
    isForReaders: true,
    url: async (stage) => (await stage.another({ password: secret, maxMemoryMb: 0.1 })).url,
    sentence: /has no memory left/,
  },
];

export const refusalRows: readonly Row[] = refusals.map(
  ({ name, isInSample = false, url, sentence, isForReaders = false }) => ({
    name,
    isInSample,
    async act(stage) {
      const env = { LOGITFUZZ_QUEUE: await url(stage) };
      const told: string[] = [];
      for (const [role, args] of Object.entries(roles)) {
        const begun = performance.now();
        const isFine = isForReaders && role === 'status';
        const { stderr, stdout } = await endsWith(stage.start(args, env), isFine ? 0 : 3, role);
        const seconds = (performance.now() - begun) / 1000;
        check(isFine || sentence.test(stderr), `${role} says: ${stderr}`);
        check(!`${stderr}${stdout}`.includes(secret), `${role} prints the password`);
        check(seconds < secondsMax, `${role} took ${seconds.toFixed(0)} s`);
        told.push(`${role} ${isFine ? 0 : 3} in ${seconds.toFixed(1)} s`);
      }
      return told.join(', ');
    },
  }),
);
