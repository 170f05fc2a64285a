/** The bytes are those of the source: a kernel whose source is not what runs proves nothing. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const repository = join(import.meta.dirname, '../../..');
const committed = 'examples/sound-kernels/assemblyscript/lane.wasm';
const compiler = join(repository, 'node_modules/assemblyscript/bin/asc.js');

test('npm run build:assemblyscript makes lane.wasm, byte for byte', () => {
  const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-assemblyscript-'));
  try {
    const made = join(folder, 'lane.wasm');
    const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const [, ...args] = scripts['build:assemblyscript']!.split(' ');
    const ended = spawnSync(
      process.execPath,
      [compiler, ...args.map((arg) => (arg === committed ? made : arg))],
      { cwd: repository, encoding: 'utf8' },
    );

    expect(ended.status, ended.stderr).toBe(0);
    expect(readFileSync(made).equals(readFileSync(join(repository, committed)))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
