/** float16 and bfloat16 through every command: a kernel whose sums are stuck is found, kept and known. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
cpSync(fileURLToPath(new URL('fixtures/half-sums.mjs', import.meta.url)), join(folder.path, 'half-sums.mjs'));

const run = (...args: string[]): Ended => runCommand(args, { cwd: folder.path });
const few = ['--subject', './half-sums.mjs', '--shrink-evaluations', '60', '--seed', '1'];

interface Found {
  readonly format: string;
  readonly severity: string;
  readonly known: boolean;
  readonly path: string;
  readonly replay: string;
}
interface Summary {
  readonly run: string;
  readonly exitCode: number;
  readonly cases: number;
  readonly findings: readonly Found[];
}
const summaryOf = ({ stdout, stderr }: Ended): Summary => {
  expect(stdout, stderr).not.toContain('"error"');
  return JSON.parse(stdout) as Summary;
};

describe('shards, merged', () => {
  const shard = (number: number, ...more: string[]): Ended =>
    run('fuzz', ...few, '--runs', '120', '--shard', `${number}/2`, '--out', `shard-${number}`, ...more);
  let told = '';
  let merged: Summary;

  beforeAll(() => {
    told = shard(1, '--references', 'tfjs-cpu').stdout;
    shard(2, '--references', 'tfjs-cpu');
    const runs = [1, 2].map((number) => {
      const at = `shard-${number}/runs`;
      return `${at}/${readdirSync(join(folder.path, at)).find((name) => name.includes('Z'))!}`;
    });
    merged = summaryOf(run('merge', ...runs, '--json'));
  });

  test('a run says which formats it drew, and once which reference takes none of them', () => {
    expect(told).toContain('\ndrawn: softmax; float16 and bfloat16, axis last\n');
    expect(told).toContain('\nskipped: tfjs-cpu takes float32 only\n');
  });

  test('the union has the stuck sum in both formats', () => {
    expect(merged).toMatchObject({ exitCode: 1, cases: 120 });
    const formatsOf = (all: readonly Found[]): readonly string[] => [
      ...new Set(all.map(({ format }) => format)),
    ];
    expect(formatsOf(merged.findings)).toEqual(expect.arrayContaining(['float16', 'bfloat16']));
    expect(formatsOf(merged.findings.filter(({ severity }) => severity === 'wrong'))).toContain('bfloat16');
  });

  test('its report has ULPs of each format, and what was assumed', () => {
    const { exitCode } = run('report', merged.run);
    const page = readFileSync(join(folder.path, merged.run, 'report.md'), 'utf8');

    expect(exitCode).toBe(0);
    expect(page).toContain('float16, bfloat16');
    expect(page).toContain('tfjs-cpu takes float32 only');
  });

  describe('a finding', () => {
    const found = (): Found => merged.findings.find(({ severity }) => severity === 'wrong')!;

    test('is replayed from its file and from its blob, with its bits', () => {
      const again = run('replay', found().path, '--subject', './half-sums.mjs');
      const readme = readFileSync(join(folder.path, found().path, '../README.md'), 'utf8');
      const [, blob] = /--case (lf1\.\S+)/.exec(readme)!;

      expect(again.stdout).toMatch(/0x[0-9a-f]{4} = /);
      expect(again.stdout).toContain('It still diverges: the same verdict.');
      expect(again.exitCode).toBe(1);
      expect(run('replay', '--case', blob!, '--subject', './half-sums.mjs').exitCode).toBe(1);
    });

    test('has a program that shows it without logitfuzz', () => {
      const { stdout } = run('replay', found().path, '--subject', './half-sums.mjs', '--script');
      writeFileSync(join(folder.path, 'show.mjs'), stdout);
      const shown = spawnSync(process.execPath, ['show.mjs'], { cwd: folder.path, encoding: 'utf8' });

      expect(shown.stdout).toMatch(/values are outside of what is allowed/);
      expect(shown.status).toBe(1);
    });

    test('is a case of the corpus, which the gate judges first; a baseline lists it', () => {
      const gate = (...more: string[]): Summary =>
        summaryOf(run('gate', ...few, '--runs', '40', '--references', 'none', '--json', ...more));

      expect(run('corpus', 'add', found().path).exitCode).toBe(0);
      expect(run('corpus', 'list').stdout).toContain(`softmax/${found().format}`);
      expect(gate('--update-baseline').exitCode).toBe(0);
      const again = gate();
      expect(again).toMatchObject({ exitCode: 0, cases: 41 });
      expect(again.findings.every(({ known }) => known)).toBe(true);
      expect(readFileSync(join(folder.path, 'logitfuzz.baseline.json'), 'utf8')).toContain('"float16"');
      expect(run('compare', '--json').exitCode).toBe(0);
    });
  });
});

test('formats that nobody names are told as what is drawn, and halves that are named are drawn alone', () => {
  const print = (...args: string[]): unknown =>
    (JSON.parse(run('fuzz', '--print-config', ...args).stdout) as { settings: { formats: unknown } }).settings
      .formats;

  expect(print()).toEqual({
    value: ['float32', 'float64'],
    from: 'default',
    at: "and float16 and bfloat16 where the subject's supports.formats lists them",
  });
  expect(print('--formats', 'bfloat16')).toMatchObject({ value: 'bfloat16', from: 'flag' });
  const { stdout } = run('fuzz', ...few, '--runs', '4', '--formats', 'bfloat16', '--references', 'none');
  expect(stdout).toContain('\ndrawn: softmax; bfloat16, axis last\n');
  expect(run('fuzz', '--formats', 'fp16').stderr).toContain('float32, float64, float16, bfloat16');
});

test('a case of 16 bits is drawn again by its seed and index', () => {
  const drawn = ['--seed', '1', '--index', '3', '--formats', 'float16', '--kernels', 'softmax'];
  const { stdout } = run('replay', ...drawn, '--subject', 'from-scratch');

  expect(stdout).toContain('softmax/float16');
  expect(stdout).toContain('agrees with the exact answer');
});
