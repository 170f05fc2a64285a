/** The example of a Python package: its own tests pass, the wrong variant's among them. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { mainPath, temporaryFolder } from '../src/cli/run-command.ts';
import { needsPython } from '../src/connect/fixtures/python.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const { python, isSkipped, reason } = needsPython('pytest');

test.skipIf(isSkipped)(`pytest has logitfuzz judge the package's kernels${reason}`, () => {
  cpSync(join(import.meta.dirname, 'python-package'), folder.path, { recursive: true });
  const { stdout } = spawnSync(python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], {
    cwd: folder.path,
    encoding: 'utf8',
    env: { ...process.env, LOGITFUZZ: `"${process.execPath}" "${mainPath}"` },
  });

  expect(stdout).toMatch(/\n2 passed in /);
});
