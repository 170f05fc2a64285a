/** Whoever may write to the queue may write any identity: it is refused, or it is words and numbers. */
import { describe, expect, test } from 'vitest';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { exampleIdentity, words } from './fixtures/example-identity.ts';
import { identityHere, readIdentity, type Identity } from './identity.ts';
import { whyDiffers } from './why-differs.ts';

const forged = (changes: object): string => JSON.stringify({ ...exampleIdentity, ...changes });
const canary = (changes: object): string => forged({ canary: { ...exampleIdentity.canary, ...changes } });
const subject = (changes: object): string => forged({ subject: { ...exampleIdentity.subject, ...changes } });
const reference = (changes: object): string =>
  forged({ references: [{ ...exampleIdentity.references[0], ...changes }] });

const refused: readonly (readonly [string, string])[] = [
  ['no JSON', '{'],
  ['null', 'null'],
  ['a list', '[]'],
  ['nothing', ''],
  ['10 MB of text', subject({ version: 'x'.repeat(1e7) })],
  ['10 MB of cases', canary({ cases: Array.from({ length: 500_000 }, () => '1'.repeat(16)) })],
  ['10 MB that is no JSON', '['.repeat(1e7)],
  ['a name of 200 kB', subject({ name: 'x'.repeat(2e5) })],
  ['a reference that is a module', reference({ module: '/etc/evil.mjs' })],
  ['a reference named by a path', reference({ name: '../evil.ts' })],
  ['a reference named by a command', reference({ name: 'cmd:rm' })],
  ['the module of a subject', subject({ module: './evil.ts' })],
  ['a key that nobody knows', forged({ program: 'sh' })],
  ['a digest that is a path', forged({ content: { ...exampleIdentity.content, files: '/etc/passwd' } })],
  ['a kernel that there is not', subject({ kernels: ['softmax/sideways'] })],
  ['a canary of 63 cases', canary({ cases: words('1').slice(1) })],
  ['an implementation of 65', canary({ outcomes: { a: [...words('1'), 'threw'] } })],
  ['a word that is none', canary({ outcomes: { a: words('1').with(3, 'rm -rf') } })],
  [
    'a hundred implementations',
    canary({ outcomes: Object.fromEntries(words('1').map((_, i) => [`i${i}`, words('1')])) }),
  ],
  ['a control sequence of terminals', forged({ cpu: '\u001b[2J' })],
  ['a change of direction', subject({ version: '\u202e1' })],
  ['two lines', reference({ reason: 'a\nb' })],
  ['a version that is a number', forged({ node: 20 })],
];

test.each(refused)('an identity is refused: %s', (_, text) => {
  const read = (): Identity => readIdentity(text);

  expect(read).toThrow(InfrastructureError);
  expect(read).toThrow(/^what the queue holds as the identity of the campaign is none/);
});

test('a forged identity is refused in no time, whatever its size', () => {
  const began = performance.now();
  expect(() => readIdentity('9'.repeat(1e7))).toThrow(InfrastructureError);

  expect(performance.now() - began).toBeLessThan(100);
});

test('an identity that another version wrote in another form is told as that', () => {
  const other = JSON.stringify({ ...exampleIdentity, tool: '9.0.0', somethingNew: 1 });

  expect(() => readIdentity(other)).toThrow(UsageError);
  expect(() => readIdentity(other)).toThrow('the campaign is of logitfuzz 9.0.0, and this machine has');
});

test('a key of the language is a name like any other', () => {
  const text = forged({}).replace('"tfjs-node":["4', '"__proto__":["4');
  const read = readIdentity(text);

  expect(({} as Record<string, unknown>)[0]).toBeUndefined();
  expect(whyDiffers(read, exampleIdentity, { mixedMachines: false })).toBeNull();
});

describe('what this machine says of itself', () => {
  const parts = {
    code: exampleIdentity.code,
    content: exampleIdentity.content,
    canary: exampleIdentity.canary,
    subject: exampleIdentity.subject,
    references: exampleIdentity.references,
  };

  test('is never refused for what somebody beyond the process says', () => {
    const identity = identityHere({
      ...parts,
      subject: { ...parts.subject, engine: `a\u001b[2Jb\n${'c'.repeat(5_000)}`, conventions: '\u202eother' },
      references: [{ ...parts.references[0]!, available: false, reason: 'in\r\nlines' }],
    });

    expect(readIdentity(JSON.stringify(identity))).toEqual(identity);
  });

  test('is nothing where a reference is a file or a command: the campaign could not name it', () => {
    const own = { ...parts.references[0]!, module: './mine.ts' };

    expect(() => identityHere({ ...parts, references: [own] })).toThrow(UsageError);
    expect(() => identityHere({ ...parts, references: [own] })).toThrow('"./mine.ts"');
  });
});
