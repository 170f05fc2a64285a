/** A run whose subject is a program is resumed by who names the program again, and by nobody else. */
// @module-tag processes
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const kit = fileURLToPath(new URL('../connect/fixtures/kit.mjs', import.meta.url));
const subject = `cmd:"${process.execPath}" "${kit}"`;
const run = (...args: string[]): Ended =>
  runCommand(['fuzz', '--no-report', ...args], { cwd: folder.path, env: { GITHUB_ACTIONS: '' } });

let path = '';
beforeAll(() => {
  expect(run('--subject', subject, '--runs', '40', '--references', 'none').exitCode).toBe(0);
  path = join('reports/runs', readdirSync(join(folder.path, 'reports/runs'))[0]!);
  rmSync(join(folder.path, path, 'run.json')); // as where its process was killed
});

test.each([
  [[], 'which starts a program: name it again'],
  [['--subject', 'cmd:./another'], 'and not with "cmd:./another"'],
  [['--subject', subject, '--python', './python'], 'was made with no --python, and not with "./python"'],
])('%j is refused', (more, sentence) => {
  const { exitCode, stderr } = run('--resume', path, ...more);

  expect(stderr).toContain(sentence);
  expect(exitCode).toBe(2);
});

test('the same subject resumes it', () => {
  const { exitCode, stdout } = run('--resume', path, '--subject', subject);

  expect(stdout).toMatch(/^OK .* in 40 cases/);
  expect(exitCode).toBe(0);
});
