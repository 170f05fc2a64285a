/** What `npm run setup:parts` keeps of what is installed, with a Python that installs nothing. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-parts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const jiti = join(import.meta.dirname, '../node_modules/jiti/lib/jiti-cli.mjs');
const fakePython = `#!/bin/sh
[ "$2" != venv ] || { mkdir -p venv/bin && cp "$0" venv/bin/python; }
`;

/** What it says of the environment of Python. */
function setUpParts(...args: readonly string[]): string {
  const { stdout } = spawnSync(
    process.execPath,
    [jiti, join(import.meta.dirname, 'setup-parts.ts'), ...args],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PYTHON: join(folder, 'python') },
    },
  );
  return /parts.venv is (ready|installed)/.exec(stdout)?.[1] ?? stdout;
}

test.skipIf(process.platform === 'win32')(
  'an environment with the nightly packages is kept where they are not asked for, and not the other way round',
  () => {
    writeFileSync(join(folder, 'python'), fakePython, { mode: 0o755 });
    mkdirSync(join(folder, 'parts/one'), { recursive: true });
    writeFileSync(join(folder, 'parts/one/package.json'), '{ "version": "1.0.0" }');
    const own = { dependencies: { one: 'file:one' } };
    const packages = {
      '': own,
      one: { version: '1.0.0' },
      'node_modules/one': { resolved: 'one', link: true },
    };
    writeFileSync(join(folder, 'parts/package.json'), JSON.stringify(own));
    writeFileSync(join(folder, 'parts/package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
    writeFileSync(join(folder, 'parts/requirements.txt'), 'numpy\n');
    writeFileSync(join(folder, 'parts/requirements-nightly.txt'), 'torch\n');

    const said = [[], ['--nightly'], [], ['--nightly']].map((args) => setUpParts(...args));
    writeFileSync(join(folder, 'parts/requirements.txt'), 'numpy==2\n');

    expect([...said, setUpParts()]).toEqual(['installed', 'installed', 'ready', 'ready', 'installed']);
  },
);
