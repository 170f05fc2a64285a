/** `fuzz --maximize error`, end to end. */
// @module-tag processes
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { runCommand, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));

interface Summary {
  readonly exitCode: number;
  readonly cases: number;
  readonly run: string;
  readonly findings: readonly Readonly<Record<string, unknown>>[];
}

function fuzz(...args: string[]): Summary {
  const { stdout, stderr } = runCommand(['fuzz', '--json', '--seed', '6', ...args], { cwd: folder.path });
  expect(stderr).not.toContain('Error');
  return JSON.parse(stdout) as Summary;
}

interface Run {
  readonly worstCases: Readonly<Record<string, { readonly ratio: number; readonly case: unknown }>>;
}

function worstOf({ run }: Summary): Run['worstCases'] {
  return (JSON.parse(readFileSync(join(folder.path, run, 'run.json'), 'utf8')) as Run).worstCases;
}

const forward = ['--operations', 'softmax', '--formats', 'float32'];

test('the same plan finds the same worst case, whatever the workers', () => {
  const one = worstOf(fuzz('--maximize', 'error', '--runs', '2048', ...forward));
  const two = worstOf(fuzz('--maximize', 'error', '--runs', '2048', '--workers', '2', ...forward));

  expect(one['softmax/forward']!.ratio).toBeGreaterThan(0);
  expect(two).toEqual(one);
});

test('a narrow numeric trigger that 20,000 plain cases miss is found by as many that climb', () => {
  const subject = ['--subject', fixture('steep-window'), '--operations', 'softmax', '--formats', 'float32'];
  const plain = fuzz('--references', 'none', '--runs', '20000', ...subject);
  const climbed = fuzz('--maximize', 'error', '--runs', '20000', ...subject);

  expect(plain.findings).toEqual([]);
  expect(climbed.findings.length).toBeGreaterThan(0);
  expect(climbed.findings[0]).toMatchObject({ blame: 'subject', operation: 'softmax' });
});

test('a case of a chain that takes the process down is the finding’s own case', () => {
  const summary = fuzz('--maximize', 'error', '--runs', '512', '--subject', fixture('killed'));
  const [finding] = summary.findings;

  const { minimal } = JSON.parse(readFileSync(join(folder.path, String(finding!['path'])), 'utf8')) as {
    minimal: object;
  };
  expect(finding).toMatchObject({ blame: 'subject', oracle: 'conduct' });
  expect(minimal).toHaveProperty('logits');
});

test('the worst of each kernel is told with its case, and the command that it prints shows it again', () => {
  const args = ['fuzz', '--maximize', 'error', '--runs', '1024', '--seed', '6', '--quiet', ...forward];

  const { stdout } = runCommand(args, { cwd: folder.path });

  const told =
    /^softmax\/forward +(\S+) {2}softmax\/float32 \[.*\] axis \S+\n {4}npx logitfuzz (replay .*)$/m;
  const [, ratio, command] = told.exec(stdout)!;
  const replayed = runCommand(command!.split(' '), { cwd: folder.path });
  expect(stdout).toContain('\nThe worst of each kernel, error ÷ allowed:\nsoftmax/forward ');
  expect(replayed).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(`error ÷ allowed at most ${ratio}`),
  });
});

test('of a kernel that is wrong the finding is told, and how far off it was at most', () => {
  const args = ['fuzz', '--maximize', 'error', '--runs', '512', '--seed', '6', '--quiet', ...forward];

  const { stdout } = runCommand([...args, '--subject', fixture('thousandth-off')], { cwd: folder.path });

  expect(stdout).toMatch(
    /^softmax\/forward +wrong, up to \S+ {2}softmax\/float32 \[.*\n {4}npx logitfuzz replay \S+finding\.json/m,
  );
});

test('what can be maximized is named', () => {
  const { stderr, exitCode } = runCommand(['fuzz', '--maximize', 'speed'], { cwd: folder.path });

  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('"speed" is no measure to maximize')]);
});
