/** What a process is given by whoever starts it: too little of it is a sentence, with the right exit code. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, test } from 'vitest';
import { cacheFolder } from '../provision/tfjs-node-location.ts';
import { mainPath, runCommand, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const shell = (script: string): { status: number | null; stdout: string; stderr: string } =>
  spawnSync('bash', ['-c', script], {
    cwd: folder.path,
    encoding: 'utf8',
    env: { ...process.env, NODE: process.execPath, MAIN: mainPath, NO_COLOR: '1' },
  });
const fuzz = '"$NODE" "$MAIN" fuzz --runs 10 --references none --seed 1';
const few =
  /^\S*only \d+ more files can be opened at once, and 160 have to be: raise the limit \(ulimit -n\)$/;

describe('before anything is loaded', () => {
  test.each([24, 60, 100])('ulimit -n %i: exit 3', (limit) => {
    const { status, stdout, stderr } = shell(`ulimit -n ${limit}; ${fuzz}`);

    expect(stderr.replace('logitfuzz: ', '').trim()).toMatch(few);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
  });

  test('and with --json it is one document', () => {
    const { stdout, stderr } = shell(`ulimit -n 24; ${fuzz} --json`);

    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      command: 'fuzz',
      exitCode: 3,
      error: { message: expect.stringMatching(few) as string },
    });
    expect(stderr).toBe('');
  });

  test('256, which is what macOS gives, is enough', () => {
    expect(shell(`ulimit -n 256; ${fuzz}`).status).toBe(0);
  });

  test('a working directory that was removed: exit 2', () => {
    const { status, stderr } = shell(`mkdir gone; cd gone; rmdir ../gone; ${fuzz}`);

    expect(stderr).toBe(
      'logitfuzz: the working directory is not there any more: change to a folder that is\n',
    );
    expect(status).toBe(2);
  });
});

test('without /proc memory is read another way, and nobody crashes', () => {
  const preload = fileURLToPath(new URL('fixtures/no-proc.mjs', import.meta.url));

  const { exitCode, stdout } = runCommand(
    ['fuzz', '--runs', '20', '--seed', '1', '--references', 'tfjs-cpu,tfjs-node', '--json'],
    { cwd: folder.path, env: { NODE_OPTIONS: `--import=${preload}` } },
  );

  const { references } = JSON.parse(stdout) as { references: readonly Record<string, unknown>[] };
  expect(references).toMatchObject([
    { name: 'tfjs-cpu', available: true },
    { name: 'tfjs-node', available: false },
  ]);
  expect(exitCode).toBe(0);
});

test('nobody has to have a home', () => {
  const without = (): string => {
    throw new Error('uv_os_homedir returned ENOENT');
  };

  expect(cacheFolder({}, without)).toBe(`${tmpdir()}/logitfuzz`);
  expect(cacheFolder({}, () => '')).toBe(`${tmpdir()}/logitfuzz`);
  expect(cacheFolder({}, () => '/home/a')).toBe('/home/a/.cache/logitfuzz');
});
