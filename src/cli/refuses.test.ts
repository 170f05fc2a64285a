/** What a subject is asked that says `refuses`: found, shrunk, printed and replayed like any other case. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { mainPath, runCommand, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
for (const name of ['mended', 'accepts'])
  cpSync(join(mainPath, `../../../../src/cli/fixtures/${name}.mjs`), join(folder.path, `${name}.mjs`));

test('an invalid call that is answered is a finding: shrunk, printed, replayed, and shown by a program', () => {
  const run = (...args: string[]): ReturnType<typeof runCommand> => runCommand(args, { cwd: folder.path });
  const subject = ['--subject', './accepts.mjs'];
  const fuzz = ['--references', 'none', '--runs', '400', '--seed', '1', '--formats', 'float64'];

  const { stdout, exitCode } = run('fuzz', ...subject, ...fuzz, '--json');
  const { findings } = JSON.parse(stdout) as {
    findings: { signature: string; case: string; path: string; symptom: string; oracle: string }[];
  };
  const [above] = findings.filter(({ signature }) => signature.includes('axis-above'));
  const { minimal, original } = JSON.parse(readFileSync(join(folder.path, above!.path), 'utf8')) as {
    minimal: { invalid: string; logits: { shape: number[] } };
    original: { invalid: string };
  };
  const replayed = run('replay', above!.path, ...subject);
  const script = run('replay', above!.path, ...subject, '--script').stdout;
  writeFileSync(join(folder.path, 'show.mjs'), script);
  const shown = spawnSync(process.execPath, ['show.mjs'], { cwd: folder.path, encoding: 'utf8' });

  expect(exitCode).toBe(1);
  expect(findings.map(({ signature }) => signature)).toEqual([
    '2:softmax/forward/float64/subject/conduct/wrong/accepted/any/invalid=axis-above/any',
    '2:softmax/forward/float64/subject/conduct/wrong/accepted/any/invalid=axis-fraction/any',
  ]);
  expect(above!.case).toBe('softmax/float64 [] axis 0, invalid: axis 1 of rank 0');
  expect([minimal.invalid, original.invalid]).toEqual(['axis-above', 'axis-above']);
  expect(replayed.exitCode).toBe(1);
  expect(replayed.stdout).toContain('the call returned, and axis 1 of rank 0 is invalid');
  expect(shown.stdout).toContain('it returned');
  expect(shown.status).toBe(1);
});
