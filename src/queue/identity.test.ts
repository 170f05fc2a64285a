// @module-tag processes
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { operations } from '../contract/subject.ts';
import { nativeFormats } from '../float/format.ts';
import { kernelNames } from '../contract/subject.ts';
import type { WorkerSetup } from '../worker/protocol.ts';
import { startWorker } from '../worker/supervise.ts';
import { identityOf, readIdentity, type Identity } from './identity.ts';
import { whyDiffers } from './why-differs.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

let journals = 0;

/** The identity of a machine with this subject, and how many processes it took. */
async function identify(
  subject: string | null,
  {
    references = [],
    caseTimeoutMs = 60_000,
  }: { references?: readonly string[]; caseTimeoutMs?: number } = {},
): Promise<{ readonly identity: Identity; readonly starts: number }> {
  const setup: WorkerSetup = {
    subject,
    references,
    seed: '5',
    operations,
    formats: nativeFormats,
    kernels: { among: kernelNames },
    corpus: [],
    runs: null,
    shard: { number: 1, of: 1 },
    rssLimitMb: 4_096,
    shrinkEvaluations: 0,
    maximize: false,
  };
  let starts = 0;
  const identity = await identityOf(setup, () => {
    starts++;
    const journal = join(folder, `journal-${++journals}`);
    return startWorker(setup, { journal, caseTimeoutMs, startTimeoutMs: 60_000 });
  });
  return { identity: identity!, starts };
}

function subjectFile(name: string, source: string): string {
  const path = join(folder, name);
  writeFileSync(path, `import * as sound from 'logitfuzz/kernels';\nexport const name = 'k';\n${source}`);
  return path;
}

const wordsOf = ({ canary }: Identity, implementation: string): readonly string[] =>
  canary.outcomes[implementation]!;

test('one machine is like itself in each process, as it is written and read', async () => {
  const first = await identify(null, { references: ['tfjs-cpu'] });
  const again = await identify(null, { references: ['tfjs-cpu'] });

  expect(first.starts).toBe(1);
  expect(again.identity).toEqual(first.identity);
  expect(readIdentity(JSON.stringify(first.identity))).toEqual(again.identity);
  expect(Object.keys(first.identity.canary.outcomes)).toEqual(['from-scratch', 'tfjs-cpu']);
  expect(whyDiffers(first.identity, again.identity, { mixedMachines: false })).toBeNull();
});

describe('with a subject of one’s own', () => {
  const constant = (step: string): string =>
    `export const softmax = (x, o) => { const y = sound.softmax(x, o); return { shape: y.shape, data: y.data.map((v) => v * (1 + ${step})) }; };`;

  test('two machines on which one constant differs are told apart, by its digest and its answers', async () => {
    const [path, other] = [
      subjectFile('one.mjs', constant('0')),
      subjectFile('two.mjs', constant('2 ** -22')),
    ];
    const [here, there] = [(await identify(path)).identity, (await identify(other)).identity];

    expect(whyDiffers(here, there, { mixedMachines: false })).toMatch(
      /^the campaign's subject k@unversioned has other/,
    );
    const renamed = { ...there, content: here.content };
    expect(whyDiffers(here, renamed, { mixedMachines: false })).toMatch(
      /^k answers \d+ of 64 cases otherwise .* a softmax/,
    );
  });

  test('what ends its process, or never returns, is a word of the canary, and others are asked', async () => {
    const path = subjectFile(
      'ends.mjs',
      'export const { logSoftmax } = sound; export function logSumExp() { process.exit(3); } export function softmax() { for (;;) ; }',
    );
    const { identity, starts } = await identify(path, { caseTimeoutMs: 200 });
    const words = wordsOf(identity, 'k');
    const ends = words.flatMap((word, at) => (/crashed|timed-out/.test(word) ? [at] : []));

    expect(starts).toBe(3);
    expect(new Set(ends.map((at) => `${identity.canary.kernels[at]} ${words[at]}`))).toEqual(
      new Set(['logSumExp crashed', 'softmax timed-out']),
    );
    expect(words.slice(0, ends.at(-1))).toContainEqual(expect.stringMatching(/^[0-9a-f]{16}$/));
    expect(new Set(words.slice(ends.at(-1)! + 1))).toEqual(new Set(['unasked']));
  });
});
