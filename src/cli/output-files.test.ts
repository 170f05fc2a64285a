/** What an output flag may name, and what becomes of what it must not. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../contract/failure.ts';
import { checkOutputFiles, checkOutputFolder, type OutputFile } from './output-files.ts';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const server = createServer();

beforeAll(async () => {
  spawnSync('mkfifo', [at('pipe')]);
  symlinkSync('pipe', at('link-to-pipe'));
  symlinkSync('nothing', at('dangling'));
  mkdirSync(at('folder'));
  symlinkSync('folder', at('folder-too'));
  writeFileSync(at('file'), 'old');
  symlinkSync('file', at('link-to-file'));
  await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
});
afterAll(() => {
  server.close();
  folder.remove();
});

const junit = (path: string): OutputFile => ({ flag: '--junit', path, use: 'written' });
const sarif = (path: string): OutputFile => ({ flag: '--sarif', path, use: 'written' });
const check = (...files: readonly OutputFile[]): void => checkOutputFiles(files, { json: false });

describe('what is no file, and could be none, is refused by the name of its flag', () => {
  test.each([
    ['pipe', 'it is neither a file nor a folder'],
    ['link-to-pipe', 'a symbolic link is in the way'],
    ['dangling', 'a symbolic link is in the way'],
    ['link-to-file', 'a symbolic link is in the way'],
    ['socket', 'it is neither a file nor a folder'],
    ['folder', 'it is a folder'],
    ['file/below', 'a part of the path is no folder'],
    ['dangling/below', 'a symbolic link is in the way'],
  ])('%s', (name, why) => {
    expect(() => check(junit(at(name)))).toThrow(UsageError);
    expect(() => check(junit(at(name)))).toThrow(`--junit: cannot write ${at(name)}: ${why}`);
  });

  test('a device', () => {
    expect(() => check(junit('/dev/null'))).toThrow('--junit: cannot write /dev/null: it is neither a file');
  });

  test('but a file that is there, and one in folders that are not', () => {
    expect(() => check(junit(at('file')), sarif(at('a/b/c.sarif')))).not.toThrow();
    expect(readdirSync(folder.path)).not.toContain('a');
  });

  test.each(['pipe', 'file', 'dangling'])('a folder that %s is', (name) => {
    expect(() => checkOutputFolder('--save-corpus', at(name))).toThrow(
      `--save-corpus: cannot write the folder ${at(name)}`,
    );
  });
});

describe('two outputs in one place are refused', () => {
  test.each([
    ['file', 'folder/../file'],
    ['folder/x', 'folder-too/x'],
    ['new/x', './new/x'],
  ])('%s and %s', (one, other) => {
    const both = (): void => check(junit(at(one)), sarif(`${folder.path}/${other}`));

    expect(both).toThrow(UsageError);
    expect(both).toThrow(/^--junit and --sarif cannot both have /);
  });

  test('stdout twice, also where --json has it', () => {
    expect(() => check(junit('-'), sarif('-'))).toThrow('--junit and --sarif cannot both have stdout');
    expect(() => checkOutputFiles([sarif('-')], { json: true })).toThrow(
      '--json and --sarif cannot both have stdout',
    );
    expect(() => check(junit('-'), sarif(at('file')))).not.toThrow();
  });

  test('a baseline is no stream, and nothing is written over it', () => {
    const baseline = { flag: '--baseline', path: at('file'), use: 'read' } as const;

    expect(() => check({ ...baseline, path: '-' })).toThrow('--baseline - would be stdout');
    expect(() => check(baseline, junit(at('file')))).toThrow('--baseline and --junit cannot both have');
  });
});

const run = (...args: string[]): Ended => runCommand(args, { cwd: folder.path });
const quick = ['--runs', '20', '--references', 'none', '--seed', '1'];

test.each([
  [['fuzz', ...quick, '--junit', 'pipe']],
  [['fuzz', ...quick, '--save-corpus', 'pipe']],
  [['gate', ...quick, '--update-baseline', '--baseline', 'pipe']],
  [['report', 'absent', '--sarif', 'pipe']],
])('%j: exit 2 before the run, and the pipe is still one', (args) => {
  const { exitCode, stdout, stderr } = run(...args);

  expect(stderr).toContain('cannot write');
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
  expect(readdirSync(folder.path)).not.toContain('reports');
});

test('--junit - is on stdout alone, and the summary goes to stderr', () => {
  const subject = fileURLToPath(new URL('fixtures/thousandth-off.mjs', import.meta.url));
  const { exitCode, stdout, stderr } = run(
    'fuzz',
    ...quick,
    '--subject',
    subject,
    '--junit',
    '-',
    '--out',
    'o',
  );

  expect(stdout).toMatch(/^<\?xml[^]*<failure[^]*<\/testsuites>\s*$/);
  expect(stderr).toContain('WRONG  thousandth-off');
  expect(exitCode).toBe(1);
});
