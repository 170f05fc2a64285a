import { describe, expect, test } from 'vitest';
import type { Identity } from './identity.ts';
import { available, exampleIdentity as campaign, word, words } from './fixtures/example-identity.ts';
import { machineRecordOf, whyDiffers } from './why-differs.ts';

const refused = { mixedMachines: false };
const mixed = { mixedMachines: true };

/** The words of one implementation, some of them others. */
function answering(implementation: string, others: Readonly<Record<number, string>>): Identity {
  const own = campaign.canary.outcomes[implementation]!.map((one, place) => others[place] ?? one);
  const outcomes = { ...campaign.canary.outcomes, [implementation]: own };
  return { ...campaign, canary: { ...campaign.canary, outcomes } };
}

test('nothing that differs keeps nobody out', () => {
  expect(whyDiffers(campaign, structuredClone(campaign), refused)).toBeNull();
  expect(whyDiffers(campaign, JSON.parse(JSON.stringify(campaign)) as Identity, mixed)).toBeNull();
});

test('the model of the processor and the minor version of Node keep nobody out, and are recorded', () => {
  const own = { ...campaign, cpu: 'Another', node: 'v20.21.5' };

  expect(whyDiffers(campaign, own, refused)).toBeNull();
  expect(machineRecordOf(campaign, own, 'b')).toEqual({
    node: 'v20.21.5',
    v8: '11.3.244.8-node.30',
    platform: 'linux x64',
    cpu: 'Another',
    names: ['b'],
  });
});

const gone = { available: false, version: null, engine: null } as const;

/** Each alone, what is said of it, and whether --mixed-machines accepts it. */
const single: readonly (readonly [string, Identity, readonly string[], boolean])[] = [
  ['tool', { ...campaign, tool: '0.2.0' }, ['0.1.0', '0.2.0', 'install logitfuzz@0.1.0'], false],
  ['generator', { ...campaign, generatorVersion: 7 }, ['version 6', 'this machine’s 7'], false],
  ['code', { ...campaign, code: 'd'.repeat(64) }, ['other code', 'aaaaaaaaaaaa', 'dddddddddddd'], false],
  [
    'subject’s version',
    { ...campaign, subject: { ...campaign.subject, version: '1.0.1' } },
    ['my-kernels@1.0.0', 'my-kernels@1.0.1', 'every worker needs the same one'],
    false,
  ],
  [
    'subject’s name, a path',
    { ...campaign, subject: { ...campaign.subject, name: '/app/kernels.ts' } },
    ['my-kernels@1.0.0', '/app/kernels.ts@1.0.0', 'export `name`'],
    false,
  ],
  [
    'kernels',
    { ...campaign, subject: { ...campaign.subject, kernels: ['softmax/backward'] } },
    ['softmax/forward', 'softmax/backward'],
    false,
  ],
  [
    'supports',
    { ...campaign, subject: { ...campaign.subject, supports: { rank: [1, 3] as const } } },
    ['rank 1 to 3', 'nothing of its own'],
    false,
  ],
  ['refuses', { ...campaign, subject: { ...campaign.subject, refuses: true } }, ['no, and here yes'], false],
  ['engine', { ...campaign, subject: { ...campaign.subject, engine: 'NumPy 1' } }, ['NumPy 1'], false],
  [
    'files',
    { ...campaign, content: { ...campaign.content, files: 'e'.repeat(64) } },
    ['my-kernels@1.0.0 has other content here', 'eeeeeeeeeeee', 'every worker needs the same files'],
    false,
  ],
  [
    'lock file',
    { ...campaign, content: { ...campaign.content, lock: null } },
    ['the lock file of the subject my-kernels@1.0.0', 'digest none'],
    false,
  ],
  [
    'build',
    { ...campaign, content: { ...campaign.content, native: 'f'.repeat(64) } },
    ['was built otherwise here', '--mixed-machines'],
    true,
  ],
  [
    'a reference that is not there',
    {
      ...campaign,
      references: [
        ...campaign.references.slice(0, 2),
        {
          name: 'tfjs-node',
          available: false,
          version: null,
          engine: null,
          reason: 'it is not installed; npx logitfuzz setup tfjs-node gets it',
        },
      ],
    },
    [
      'this machine lacks tfjs-node 4.22.0: run `npx logitfuzz setup tfjs-node`',
      'or start the campaign with --references tfjs-cpu,tfjs-wasm',
    ],
    false,
  ],
  [
    'a reference that cannot be loaded',
    {
      ...campaign,
      references: campaign.references.with(1, { ...gone, name: 'tfjs-wasm', reason: 'no memory; mount it' }),
    },
    [
      'this machine lacks tfjs-wasm 4.22.0: no memory; mount it',
      'or start the campaign with --references tfjs-cpu,tfjs-node',
    ],
    false,
  ],
  [
    'a reference too many',
    { ...campaign, references: [...campaign.references, available('numpy', '2.0.0')] },
    ['this machine has numpy 2.0.0', '--references tfjs-cpu,tfjs-wasm,tfjs-node'],
    false,
  ],
  [
    'a reference’s engine',
    {
      ...campaign,
      references: [...campaign.references.slice(0, 2), available('tfjs-node', '4.22.0', 'TensorFlow 2.16.0')],
    },
    ['tfjs-node 4.22.0 (TensorFlow 2.15.1)', 'tfjs-node 4.22.0 (TensorFlow 2.16.0)'],
    false,
  ],
  [
    'the cases that are drawn',
    { ...campaign, canary: { ...campaign.canary, cases: words('1').with(9, word('5')) } },
    ['draws 1 of the 64 cases of the canary otherwise'],
    false,
  ],
  ['Node', { ...campaign, node: 'v22.1.0' }, ['Node v20.20.0', 'Node v22.1.0', '--mixed-machines'], true],
  ['V8', { ...campaign, v8: '12.4.1' }, ['V8 11.3.244.8', 'V8 12.4.1', '--mixed-machines'], true],
  ['platform', { ...campaign, platform: 'darwin arm64' }, ['linux x64', 'darwin arm64'], true],
  [
    'what a reference answers',
    answering('tfjs-node', { 17: word('9'), 30: word('8'), 62: 'threw' }),
    ['tfjs-node answers 3 of 64 cases otherwise', 'the first is case 17 of the canary, a softmax'],
    true,
  ],
  [
    'what the subject answers',
    answering('my-kernels', { 4: 'crashed' }),
    ['my-kernels answers 1 of 64 cases otherwise', 'case 4 of the canary, a logSoftmax'],
    true,
  ],
];

describe('each difference alone is named, with what to do', () => {
  test.each(single)('%s', (_, own, texts, isMixed) => {
    const why = whyDiffers(campaign, own, refused);

    for (const text of texts) expect(why).toContain(text.replaceAll('’', "'"));
    expect(whyDiffers(campaign, own, mixed)).toBe(isMixed ? null : why);
  });
});

test('all that differs is named in one sentence, whichever of the machines was the first', () => {
  const own: Identity = {
    ...answering('tfjs-cpu', { 17: word('9') }),
    code: 'd'.repeat(64),
    content: { files: 'e'.repeat(64), native: null, lock: null },
    references: campaign.references.slice(0, 2),
    platform: 'darwin arm64',
  };
  const parts = [
    /other code/,
    /other content/,
    /lock file/,
    /tfjs-node 4\.22\.0/,
    /arm64/,
    /tfjs-cpu answers/,
  ];

  for (const why of [whyDiffers(campaign, own, refused), whyDiffers(own, campaign, refused)])
    expect(parts.filter((part) => !part.test(why!))).toEqual([]);
});

test('what neither machine can be held to is not compared: chance, slowness, a small memory', () => {
  const own = answering('tfjs-node', { 1: 'unstable', 2: 'timed-out', 3: 'out-of-memory', 4: 'unasked' });

  expect(whyDiffers(campaign, own, refused)).toBeNull();
  expect(whyDiffers(own, campaign, refused)).toBeNull();
});

test('who is named already is not named again for its answers', () => {
  const own = {
    ...answering('tfjs-node', { 17: word('9') }),
    references: [...campaign.references.slice(0, 2), available('tfjs-node', '4.21.0', 'TensorFlow 2.15.1')],
  };

  expect(whyDiffers(campaign, own, refused)).not.toContain('answers');
});

test('on mixed machines other answers are listed, and counted', () => {
  const own = answering('tfjs-node', { 17: word('9'), 30: word('8') });

  expect(machineRecordOf(campaign, own, 'b').canary).toEqual({ 'tfjs-node': 2 });
});
