/** The example of a kernel in AssemblyScript: compiled and judged; the first try is wrong where it says. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, temporaryFolder } from '../src/cli/run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const source = join(import.meta.dirname, 'assemblyscript-kernel');
const compiler = join(import.meta.dirname, '../node_modules/assemblyscript/bin/asc.js');

beforeAll(() => {
  for (const name of ['softmax', 'first-try']) {
    const args = [`${name}.ts`, '--outFile', join(folder.path, `${name}.wasm`), '-O', '--runtime', 'stub'];
    const { status, stderr } = spawnSync(process.execPath, [compiler, ...args], {
      cwd: source,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }
});

const gate = (name: string) => {
  const flags = ['--references', 'none', '--runs', '1000', '--no-report', '--json'];
  const { exitCode, stdout } = runCommand(['gate', '--strict', '--subject', `${name}.wasm`, ...flags], {
    cwd: folder.path,
    env: { GITHUB_ACTIONS: '' },
  });
  const { verdicts, causes } = JSON.parse(stdout) as {
    verdicts: { agree: number };
    causes: { severity: string; boundary: { sentence: string } | null }[];
  };
  return { exitCode, agree: verdicts.agree, causes };
};

test('the kernel passes the strict gate', () => {
  const { exitCode, agree, causes } = gate('softmax');

  expect({ exitCode, causes }).toEqual({ exitCode: 0, causes: [] });
  expect(agree).toBeGreaterThan(500);
});

test('the first try overflows, from where exp of float32 does', () => {
  const { exitCode, causes } = gate('first-try');

  expect(exitCode).toBe(1);
  expect(causes[0]).toMatchObject({ severity: 'wrong' });
  expect(JSON.stringify(causes[0]!.boundary)).toContain('88.72');
});
