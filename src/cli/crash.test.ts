/** A mistake of logitfuzz's own, made for real: what a preloaded module breaks, logitfuzz relies on. */
// @module-tag processes
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const preload = fileURLToPath(new URL('fixtures/breaks-logitfuzz.mjs', import.meta.url));
const broken = (what: string, args: readonly string[]): Ended =>
  runCommand(args, {
    cwd: folder.path,
    env: { NODE_OPTIONS: `--import=${preload}`, LOGITFUZZ_TEST_BREAKS: what },
  });
const fuzz = ['fuzz', '--references', 'none', '--seed', '5'];
const sentence = 'a mistake of logitfuzz itself, which says nothing about a kernel: TypeError: planted';

describe('exit 70: the sentence first, then the stack as what to send us', () => {
  test.each([
    ['while a command is loaded', 'loading', ['gate']],
    ['while it runs', 'running', [...fuzz, '--runs', '50']],
    ['in a worker, near a case that is named', 'worker', [...fuzz, '--runs', '50']],
    ['in a timer', 'later', [...fuzz, '--time', '20s']],
    ['as a rejection that nobody handles', 'rejected', [...fuzz, '--time', '20s']],
  ])('%s', (_, what, args) => {
    const { exitCode, stdout, stderr } = broken(what, args);

    const lines = stderr.split('\n').slice(stderr.startsWith('seed') ? 1 : 0);
    expect({ exitCode, stdout }).toEqual({ exitCode: 70, stdout: '' });
    expect(lines[0]).toContain(`logitfuzz: ${sentence}`);
    expect(lines[1]).toBe('Please send us this:');
    expect(lines[2]).toMatch(/^ {2}logitfuzz \S+, Node v/);
    expect(lines[3]).toBe(`  logitfuzz ${args.join(' ')}`);
    expect(lines.slice(5).join('\n')).toMatch(/^ {2}at .*breaks-logitfuzz\.mjs/m);
    expect(stderr).not.toContain('\u001b');
    expect(/ \(in a worker process, seed 5, near case \d+\)$/.test(lines[0]!)).toBe(what === 'worker');
  });
});

describe('with --json stdout is one document', () => {
  test.each([
    ['fuzz', 'running', ['--runs', '50']],
    ['fuzz', 'worker', ['--runs', '50']],
    ['gate', 'loading', []],
  ])('%s, %s', (command, what, args) => {
    const own = command === 'fuzz' ? fuzz.slice(1) : [];
    const { exitCode, stdout, stderr } = broken(what, [command, ...own, ...args, '--json']);

    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      command,
      exitCode: 70,
      error: { message: expect.stringContaining(sentence) as string },
    });
    expect(exitCode).toBe(70);
    expect(stderr).toContain('Please send us this:');
  });
});
