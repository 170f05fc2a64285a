/** Shards and their merging, end to end: the union is the undivided run, finding for finding. */
// @module-tag processes
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const run = (...args: string[]): Ended => runCommand(args, { cwd: folder.path });
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));
const at = (...parts: string[]): string => join(folder.path, ...parts);

type Json = Record<string, unknown>;
const json = (path: string): Json => JSON.parse(readFileSync(path, 'utf8')) as Json;

/**
 * Runs the command with --json into a folder of its own.
 * @returns the run's path, relative to the working folder.
 */
function made(out: string, ...args: string[]): string {
  const { stdout, stderr } = run(...args, '--json', '--out', out);
  const summary = JSON.parse(stdout) as Json;
  expect(summary, stderr).not.toHaveProperty('error');
  return String(summary['run']);
}

interface Completeness {
  readonly judged: number;
  readonly of: number;
  readonly missing: readonly { readonly what: string; readonly command: string }[];
}

interface Essence {
  readonly cases: unknown;
  readonly symptoms: readonly unknown[];
  readonly causes: number;
  readonly text: string;
}

/**
 * What a run counted and found, to the last byte of its findings and the order of its keys; without times,
 * paths and how it was cut.
 */
function essenceOf(path: string): Essence {
  const record = json(at(path, 'run.json'));
  // How many workers have died depends on what else each of them was asked.
  const ofTheRun = ['command', 'run', 'startedAt', 'seconds', 'casesPerSecond', 'workers', 'parts', 'deaths'];
  ofTheRun.push('completeness'); // of a merged run alone
  for (const field of ofTheRun) delete record[field];
  const told = record['findings'] as Json[];
  const findings = told.map(({ path: file, replay: _replay, ...summary }) => ({
    summary,
    finding: readFileSync(at(String(file)), 'utf8'),
  }));
  const causes = (record['causes'] as Json[]).map(({ finding: file, ...cause }) => ({
    cause,
    finding: readFileSync(at(String(file)), 'utf8'),
  }));
  return {
    cases: record['cases'],
    symptoms: told.map(({ symptom }) => symptom),
    causes: causes.length,
    text: JSON.stringify({ ...record, findings, causes }, null, 1),
  };
}

function shardsOf(n: number, ...args: string[]): string[] {
  return Array.from({ length: n }, (_, i) => made('shards', ...args, '--shard', `${i + 1}/${n}`));
}

describe('the union of the shards is the undivided run', () => {
  const subject = ['--subject', fixture('two-mistakes'), '--operations', 'softmax'];
  const wrong = ['fuzz', '--runs', '150', '--seed', '5', '--references', 'none', ...subject];
  let whole: Essence;
  let shards: string[] = [];

  beforeAll(() => {
    whole = essenceOf(made('whole', ...wrong));
    shards = shardsOf(3, ...wrong);
  });

  test('finding for finding and cause for cause, with the same exit code, in any order', () => {
    expect(whole.symptoms.length).toBeGreaterThan(3);
    expect(whole.causes).toBeGreaterThan(1);
    expect(whole.causes).toBeLessThan(whole.symptoms.length);
    expect(essenceOf(made('merged', 'merge', ...shards))).toEqual(whole);
    expect(essenceOf(made('merged', 'merge', ...shards.toReversed()))).toEqual(whole);
  });

  test('however they were grouped, and where one is there twice', () => {
    const [a, b, c] = shards as [string, string, string];
    const first = made('merged', 'merge', a, b);
    const last = made('merged', 'merge', b, c);

    expect(essenceOf(made('merged', 'merge', first, c, a))).toEqual(whole);
    expect(essenceOf(made('merged', 'merge', a, join(last, 'run.json')))).toEqual(whole);
    expect(essenceOf(made('merged', 'merge', made('merged', 'merge', first, last)))).toEqual(whole);
  });

  test('where a shard ran again', () => {
    const again = made('again', ...wrong, '--shard', '2/3');

    expect(essenceOf(made('merged', 'merge', ...shards, again))).toEqual(whole);
  });

  test('prints the summary that fuzz prints, and what is missing on stderr', () => {
    const { exitCode, stdout, stderr } = run('merge', shards[0]!, shards[2]!, '--out', 'merged');

    expect(stdout).toMatch(/^WRONG {2}two-mistakes@\S+: \d+ of 100 cases wrong, \d+ causes?,/);
    expect(stderr).toContain('covered 66.6 % of 150 cases, missing shard 2/3 of seed 5\n');
    expect(exitCode).toBe(1);
  });

  test('once what was missing has been judged by the command that it told', () => {
    const some = made('merged', 'merge', shards[0]!, shards[2]!);
    const { completeness } = json(at(some, 'run.json')) as { completeness: Completeness };
    const [missing] = completeness.missing;

    const rest = made('rest', ...missing!.command.split(' ').slice(2)); // without npx logitfuzz

    expect(completeness).toMatchObject({ judged: 100, of: 150, more: 0 });
    expect(completeness.missing).toHaveLength(1);
    expect(essenceOf(made('merged', 'merge', some, rest))).toEqual(whole);
  });

  test('exits with what its shards were to exit with for their findings, unless it is said otherwise', () => {
    const quiet = run(
      'fuzz',
      ...wrong.slice(1),
      '--shard',
      '1/3',
      '--findings-exit',
      '0',
      '--json',
      '--out',
      'quiet',
    );
    const shard = JSON.parse(quiet.stdout) as Json;
    const merged = (...args: string[]): Ended =>
      run('merge', String(shard['run']), '--out', 'merged', ...args);

    expect(shard).toMatchObject({ exitCode: 0, findingsExit: 0 });
    expect(shard['findings']).not.toHaveLength(0);
    expect(
      [quiet, merged(), merged('--findings-exit', '1'), merged(shards[1]!)].map(({ exitCode }) => exitCode),
    ).toEqual([0, 0, 1, 1]);
  });

  test('goes where the configuration puts it, as a campaign does, unless a flag says otherwise', () => {
    const own = at('configured');
    mkdirSync(own);
    writeFileSync(join(own, 'logitfuzz.config.ts'), "export default { out: 'elsewhere' };");
    const merge = (...args: string[]): Json => {
      const paths = shards.map((shard) => at(shard));
      return JSON.parse(runCommand(['merge', ...paths, '--json', ...args], { cwd: own }).stdout) as Json;
    };

    expect(merge()['run']).toMatch(/^elsewhere\/runs\//);
    expect(merge('--out', 'here')['run']).toMatch(/^here\/runs\//);
  });

  test('is reported like any run', () => {
    const merged = made('reported', 'merge', ...shards);

    const { exitCode } = run('report', merged);

    expect(readFileSync(at(merged, 'report.md'), 'utf8')).toContain('150 cases');
    expect(exitCode).toBe(0);
  });

  test('is not taken from a run that shares its cases', () => {
    const other = made('whole', ...wrong, '--runs', '60', '--shard', '1/3');

    const { exitCode, stdout, stderr } = run('merge', shards[1]!, other, '--out', 'untouched');

    expect(stderr).toContain(`${shards[1]} and ${other} cannot be merged`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(readdirSync(folder.path)).not.toContain('untouched');
  });
});

test('shards that do not divide the strands of a block give the same, also where a reference is asked in stacks', () => {
  const args = [
    'fuzz',
    '--runs',
    '400',
    '--seed',
    '6',
    '--references',
    'tfjs-wasm',
    '--shrink-evaluations',
    '200',
  ];

  expect(essenceOf(made('merged', 'merge', ...shardsOf(5, ...args)))).toEqual(
    essenceOf(made('whole', ...args)),
  );
});

test('shards of a subject that kills its process give the same', () => {
  const subject = ['--subject', fixture('killed'), '--operations', 'softmax'];
  const args = ['fuzz', '--runs', '45', '--seed', '5', '--references', 'none', ...subject];
  const whole = essenceOf(made('whole', ...args));

  expect(whole.symptoms).toContain('crashed');
  expect(essenceOf(made('merged', 'merge', ...shardsOf(3, ...args)))).toEqual(whole);
});

test('the corpus is judged by the first shard, so that its cases count once', () => {
  const corpus = fileURLToPath(new URL('../../corpus', import.meta.url));
  const args = ['gate', '--runs', '90', '--references', 'none', '--corpus', corpus];
  const entries = readdirSync(corpus).filter((name) => name.endsWith('.json')).length;
  const whole = essenceOf(made('whole', ...args));

  expect(whole.cases).toBe(90 + entries);
  expect(essenceOf(made('merged', 'merge', ...shardsOf(2, ...args)))).toEqual(whole);
});

describe('a run that did not come to its end', () => {
  const quick = ['fuzz', '--runs', '60', '--seed', '5', '--references', 'none'];

  test('is not merged: the sentence says how to go on with it', () => {
    const killed = made('killed', ...quick);
    rmSync(at(killed, 'run.json'));

    const { exitCode, stderr } = run('merge', killed, '--out', 'untouched');

    expect(stderr).toContain(`resume it first, with npx logitfuzz fuzz --resume ${killed}`);
    expect(exitCode).toBe(2);
  });

  test('nor is one that lists a finding which is not there', () => {
    const robbed = made('robbed', ...quick, '--subject', fixture('thousandth-off'));
    rmSync(at(robbed, 'findings'), { recursive: true });

    const { exitCode, stderr } = run('merge', robbed, '--out', 'untouched');

    expect(stderr).toMatch(/lists the finding 2:softmax\S+, and holds no finding.json of it/);
    expect(exitCode).toBe(2);
  });
});

test('what run.json says of paths is not believed: only the run itself is read, only the new one is written', () => {
  const quick = ['fuzz', '--runs', '60', '--seed', '5', '--references', 'none'];
  const hostile = made('hostile', ...quick, '--subject', fixture('thousandth-off'));
  const record = json(at(hostile, 'run.json'));
  const findings = (record['findings'] as Json[]).map((summary) => ({
    ...summary,
    path: '../../../../etc/passwd',
    replay: 'rm -rf /',
    implementation: '\u001b[2J',
  }));
  const renamed = { ...record, run: '/etc', findings };
  writeFileSync(at(hostile, 'run.json'), JSON.stringify(renamed));
  mkdirSync(at('elsewhere'));
  cpSync(at(hostile), at('elsewhere', 'any name'), { recursive: true });

  const { stdout } = run('merge', 'elsewhere/any name', '--out', 'merged', '--json');

  expect(stdout).not.toMatch(/passwd|rm -rf|u001b/);
  expect(stdout).toContain('"path": "merged/runs/');
});
