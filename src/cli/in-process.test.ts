/**
 * `fuzz --in-process`: the same campaign without worker processes, for a debugger.
 * The command itself, in a process of its own.
 */
// @module-tag processes
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { mainPath, runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));
const fuzz = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Ended =>
  runCommand(['fuzz', ...args], { cwd: folder.path, env });
const withoutProcesses = { NODE_OPTIONS: `--import=${fixture('no-processes')}` };

/**
 * What two runs of one plan differ in: their folders and their clocks; and what a fresh process has confirmed
 * and diagnosed, which is asked only where there are processes.
 */
const ofTheRun = [
  'run',
  'path',
  'finding',
  'replay',
  'startedAt',
  'seconds',
  'casesPerSecond',
  'confirmed',
  'boundary',
  'stage',
  'nearest',
];
function sameEveryTime(stdout: string): unknown {
  return JSON.parse(stdout, (key, value: unknown) => (ofTheRun.includes(key) ? undefined : value));
}

const kernels = ['--operations', 'softmax', '--references', 'none', '--json'];
const few = [...kernels, '--seed', '5', '--runs', '24'];

describe('the whole summary is that of a campaign with workers', () => {
  const many = ['--seed', '9', '--runs', '3000', '--json'];
  test.each([
    [
      'textbook beside two references',
      ['--subject', 'textbook', '--references', 'tfjs-cpu,tfjs-wasm', ...many],
    ],
    ['a wrong kernel', ['--subject', fixture('thousandth-off'), '--references', 'none', ...many]],
    ['a kernel that prints', ['--subject', fixture('prints'), ...few]],
    ['a search for the worst case', ['--maximize', 'error', '--seed', '9', '--runs', '600', '--json']],
  ])('%s', (_, args) => {
    const usual = fuzz(args);

    const inProcess = fuzz([...args, '--in-process']);

    expect(sameEveryTime(inProcess.stdout)).toEqual(sameEveryTime(usual.stdout));
    expect(inProcess.exitCode).toBe(usual.exitCode);
  });
});

describe('no process and no thread is started', () => {
  const args = ['--subject', 'textbook', '--references', 'tfjs-cpu,tfjs-wasm', '--runs', '50', '--json'];

  test('in process, where starting one would throw', () => {
    const { stdout } = fuzz([...args, '--in-process'], withoutProcesses);

    expect(JSON.parse(stdout)).toMatchObject({ cases: 50, stoppedBy: 'runs' });
  });

  test('and it would: a campaign with workers cannot begin', () => {
    const { stdout, exitCode } = fuzz(args, withoutProcesses);

    expect(exitCode).toBe(3);
    expect(stdout).toContain('a process or a thread was started');
  });
});

test('what a kernel prints is on stderr, and stdout stays one document', () => {
  const { stdout, stderr } = fuzz([...few, '--subject', fixture('prints'), '--in-process']);

  expect(JSON.parse(stdout)).toMatchObject({ cases: 24 });
  expect(stderr).toContain('::error::noise');
});

describe('what ends the process is not caught: a debugger stops there', () => {
  test('an exit', () => {
    const { exitCode, stdout } = fuzz([...few, '--subject', fixture('exits'), '--in-process']);

    expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: '' });
  });

  test('an error that nobody catches', () => {
    const { exitCode, stderr } = fuzz([...few, '--subject', fixture('throws-later'), '--in-process']);

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/Error: too late\n\s+at /);
  });
});

describe('what sets worker processes is refused, with a sentence', () => {
  test.each([
    [['--workers', '2'], '--in-process has no worker processes, so --workers can have no effect'],
    [['--case-timeout', '1s'], '--in-process has no worker processes, so --case-timeout can have no effect'],
    [['--rss-limit-mb', '400'], '--in-process has no worker processes, so --rss-limit-mb can have no effect'],
    [['--resume', 'reports/runs/x'], '--resume needs worker processes, and --in-process has none'],
  ])('%s', (args, sentence) => {
    const { exitCode, stderr } = fuzz(['--runs', '5', ...args, '--in-process']);

    expect(stderr).toContain(sentence);
    expect(exitCode).toBe(2);
  });

  test('one worker is what it is, and what the environment says of workers is for those', () => {
    const args = [...few, '--workers', '1', '--in-process'];

    const { stdout } = fuzz(args, { LOGITFUZZ_WORKERS: '4', LOGITFUZZ_CASE_TIMEOUT: '1s' });

    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 0, workers: 1 });
  });
});

/** Resolves once the campaign has noted where it stands. */
async function untilProgress(out: string): Promise<string> {
  for (;;) {
    const [id] = existsSync(join(out, 'runs')) ? readdirSync(join(out, 'runs')) : [];
    if (id !== undefined && existsSync(join(out, 'runs', id, 'progress.json'))) return join(out, 'runs', id);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a signal ends it between two cases, and worker processes go on with its run', async () => {
  const args = [...kernels, '--seed', '9', '--subject', fixture('thousandth-off'), '--runs', '6000'];
  const out = join(folder.path, 'interrupted');
  const child = spawn(process.execPath, [mainPath, 'fuzz', ...args, '--in-process', '--out', out], {
    cwd: folder.path,
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const run = await untilProgress(out);
  child.kill('SIGINT');
  const exitCode = await ended;

  const resumed = fuzz(['--resume', run, '--json']);

  expect(exitCode).toBe(130);
  expect(sameEveryTime(resumed.stdout)).toEqual(sameEveryTime(fuzz(args).stdout));
});
