/** A reference of the user's own, through the built command: told, failing only where asked, replayed. */
// @module-tag processes
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const run = (...args: string[]): Ended => runCommand(args, { cwd: folder.path, env: { GITHUB_ACTIONS: '' } });

/** Sums the logits instead of their exponentials: wrong of nearly all. */
writeFileSync(
  join(folder.path, 'mine.mjs'),
  `export const name = 'My own';
  export const supports = { rank: [1, 1] };
  export function logSumExp({ data }) {
    const sum = data.reduce((total, value) => total + value, 0);
    return { shape: [], data: new data.constructor([sum]) };
  }`,
);
writeFileSync(
  join(folder.path, 'clash.mjs'),
  `export { softmax } from 'logitfuzz/kernels'; export const name = 'TFJS-CPU';`,
);
const quick = ['--runs', '300', '--operations', 'logSumExp', '--no-report', '--json'];

test('is told of, and fails the run only with --strict-references', () => {
  const lenient = run('gate', '--strict', '--references', './mine.mjs', ...quick);
  const strict = run('gate', '--strict-references', '--references', './mine.mjs', ...quick);

  expect([lenient.exitCode, strict.exitCode]).toEqual([0, 1]);
  const { references, findings } = JSON.parse(lenient.stdout) as {
    references: unknown;
    findings: { blame: string; replay: string }[];
  };
  expect(references).toMatchObject([{ name: 'my-own', available: true, module: './mine.mjs' }]);
  const [first] = findings;
  expect(first).toMatchObject({ blame: 'my-own' });
  expect(first!.replay).toMatch(/ --references \.\/mine\.mjs$/);
  const again = run(...first!.replay.split(' ').slice(2));
  expect(again).toMatchObject({ exitCode: 1 });
  expect(again.stdout).toContain('my-own');
  const unnamed = first!.replay
    .replace(/ --references .*/, '')
    .split(' ')
    .slice(2);
  expect(run(...unnamed)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(
      'blames the reference "my-own", which was "./mine.mjs": name it with --references',
    ),
  });
  expect(run(...unnamed, '--script')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('replay with --references ./mine.mjs judges it'),
  });
});

test.each([
  ['./clash.mjs', 'is called "tfjs-cpu", as another is'],
  ['./mine.mjs,./mine.mjs,./none.mjs', 'the reference "./none.mjs" is not there'],
  ['tfjs-cpv', 'is no reference'],
])('--references %s is a sentence', (asked, sentence) => {
  const { exitCode, stderr } = run('fuzz', '--references', asked, '--runs', '10', '--no-report');

  expect(stderr).toContain(sentence);
  expect(exitCode).toBe(2);
});
