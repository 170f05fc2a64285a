/**
 * Findings that a fresh process does not show again, or only after other calls: what the command says of
 * them, and that replay shows them again.
 */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { loadFinding } from '../archive/finding-file.ts';
import type { FindingSummary } from '../archive/run-record.ts';
import type { Finding } from '../case/finding.ts';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));
const plan = ['--seed', '5', '--operations', 'softmax', '--formats', 'float32', '--references', 'none'];

interface Fuzzed {
  readonly ended: Ended;
  readonly run: string;
  readonly summaries: readonly FindingSummary[];
  readonly findings: readonly Finding[];
}

function fuzz(subject: string, args: readonly string[]): Fuzzed {
  const all = ['fuzz', ...plan, '--subject', fixture(subject), '--json', ...args];
  const ended = runCommand(all, { cwd: folder.path });
  const { run, findings: summaries } = JSON.parse(ended.stdout) as {
    readonly run: string;
    readonly findings: readonly FindingSummary[];
  };
  const findings = summaries.map(({ path }) => loadFinding(join(folder.path, path)));
  return { ended, run, summaries, findings };
}

function replay(subject: string, { path }: FindingSummary): Ended {
  return runCommand(['replay', path, '--subject', fixture(subject)], { cwd: folder.path });
}

const firstLineOf = ({ path }: FindingSummary): string =>
  readFileSync(join(folder.path, dirname(path), 'README.md'), 'utf8').split('\n')[0]!;

describe('a subject of which every 97th call is wrong, in two shards', () => {
  const outputs = ['--junit', 'junit.xml', '--sarif', 'sarif.json'];
  const shards = ['1/2', '2/2'].map((shard) =>
    fuzz('every-97th', ['--runs', '600', '--workers', '1', '--shard', shard, ...outputs]),
  );
  const { ended, run, summaries, findings } = shards[1]!;

  test('fails, by a finding of conduct whose history is itself, many times over', () => {
    expect(ended.exitCode).toBe(1);
    expect(findings.map(({ symptom, severity }) => [symptom, severity])).toEqual(
      findings.map(() => ['depends-on-earlier-calls', 'wrong']),
    );
    expect(findings[0]).toMatchObject({ confirmed: 'after-history', history: [findings[0]!.minimal] });
    expect(findings[0]!.rounds).toBeGreaterThan(20);
    expect(ended.stderr).toContain('earlier calls change what the subject does');
  });

  test('says so first, in its README, in JUnit, in SARIF and in the summary', () => {
    const textOf = (name: string): string => readFileSync(join(folder.path, name), 'utf8');

    expect(firstLineOf(summaries[0]!)).toMatch(/^# every-97th@unversioned is wrong after earlier calls: /);
    expect(textOf('junit.xml')).toContain('only after earlier calls: ');
    expect(textOf('sarif.json')).toContain('only after earlier calls: ');
    expect(summaries[0]).toMatchObject({ confirmed: 'after-history' });
  });

  test('replays: the history is asked first', () => {
    const { stdout, exitCode } = replay('every-97th', summaries[0]!);

    expect(stdout).toMatch(
      /The subject was asked the case of its history \d+ times over first\. It still diverges/,
    );
    expect(exitCode).toBe(1);
  });

  test('where the shards are merged every finding is there, with its history and all its cases', () => {
    const { stdout } = runCommand(['merge', shards[0]!.run, run, '--json'], { cwd: folder.path });
    const merged = (JSON.parse(stdout) as { readonly findings: readonly FindingSummary[] }).findings;
    const countOf = (signature: string): number =>
      shards
        .flatMap((shard) => shard.summaries)
        .reduce((sum, f) => sum + (f.signature === signature ? f.count : 0), 0);

    expect(merged.map(({ signature }) => signature)).toEqual(
      expect.arrayContaining(shards.flatMap((shard) => shard.summaries.map(({ signature }) => signature))),
    );
    expect(merged.map(({ count }) => count)).toEqual(merged.map(({ signature }) => countOf(signature)));
    expect(loadFinding(join(folder.path, merged[0]!.path))).toMatchObject({ confirmed: 'after-history' });
  });

  test('has a program that makes the calls over and over until it shows', () => {
    const { stdout } = runCommand(
      ['replay', summaries[0]!.path, '--script', '--subject', fixture('every-97th')],
      { cwd: folder.path },
    );
    writeFileSync(join(folder.path, 'show.mjs'), stdout);
    const shown = spawnSync(process.execPath, ['show.mjs'], { cwd: folder.path, encoding: 'utf8' });

    expect(shown.stdout).toMatch(/^at \[.*\]: got \S+, exact \S+, allowed/m);
    expect(shown.status).toBe(1);
  });
});

test('of a subject of which every hundredth call is wrong each finding is told as it was seen, and comes again', () => {
  const { findings } = fuzz('every-hundredth', ['--runs', '1500', '--workers', '1', '--seed', '1']);

  expect(findings.length).toBeGreaterThan(2);
  expect(new Set(findings.map(({ confirmed }) => confirmed))).toEqual(new Set(['after-history']));
  // what named it, and no law that the hundredth call broke while the finding was described
  const isOfLaw = ({ law }: Finding): boolean => law !== null && law !== undefined;
  expect(findings.filter((f) => isOfLaw(f) && !f.minimal.checks.includes('property'))).toEqual([]);
});

test('the call that spoils all later ones is the history, and replay makes it first', () => {
  const { findings, summaries } = fuzz('spoilt-by-nan', ['--runs', '60', '--workers', '1']);
  const { stdout, exitCode } = replay('spoilt-by-nan', summaries[0]!);

  expect(findings[0]).toMatchObject({ confirmed: 'after-history', symptom: 'depends-on-earlier-calls' });
  expect(findings[0]!.history!.length).toBeGreaterThan(0);
  expect(findings[0]!.rounds).toBeUndefined();
  expect(stdout).toMatch(/of its history first\. It still diverges: the same verdict\./);
  expect(exitCode).toBe(1);
});

describe('a subject that is off once, and never again', () => {
  const { ended, summaries, findings } = fuzz('off-once', ['--runs', '60', '--workers', '1']);

  test('fails, and the finding says that nothing brought it back', () => {
    expect(ended.exitCode).toBe(1);
    expect(findings).not.toEqual([]);
    expect(findings[0]).toMatchObject({ confirmed: 'never', symptom: 'not-repeatable', severity: 'wrong' });
    expect(findings[0]!.sentence).toMatch(
      /^seen once, and not again in a fresh process, neither alone nor after/,
    );
  });

  test('replay does not call it mended', () => {
    const { stdout, exitCode } = replay('off-once', summaries[0]!);

    expect(stdout).toContain('says nothing of whether it was mended');
    expect(exitCode).toBe(0);
  });
});

test('replay sees what a call leaves behind: a timer that ends the process after it', () => {
  const { summaries } = fuzz('exits-much-later', ['--runs', '120', '--workers', '1']);

  const { stdout, exitCode } = replay('exits-much-later', summaries[0]!);

  expect(stdout).toContain('again: the process exited with code 7');
  expect(exitCode).toBe(1);
});

test('in process there is no fresh one, and that is said', () => {
  const { summaries } = fuzz('thousandth-off', ['--runs', '40', '--in-process']);
  const readme = readFileSync(join(folder.path, dirname(summaries[0]!.path), 'README.md'), 'utf8');

  expect(summaries[0]).toMatchObject({ confirmed: 'not-asked' });
  expect(readme).toContain('It was not confirmed in a fresh process.');
});
