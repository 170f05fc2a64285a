/** A case is replayed without the run that found it: by blob, by seed and index; and a finding by a word. */
// @module-tag processes
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FindingSummary } from '../archive/run-record.ts';
import { blobOfCase } from '../case/case-blob.ts';
import type { Finding } from '../case/finding.ts';
import { generatorVersion } from '../generate/generate-case.ts';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const [found, elsewhere] = [temporaryFolder(), temporaryFolder()];
afterAll(() => [found, elsewhere].forEach((folder) => folder.remove()));

const fixture = fileURLToPath(new URL('fixtures/thousandth-off.mjs', import.meta.url));
const inRun = (...args: string[]): Ended => runCommand(args, { cwd: found.path });
const onAnother = (...args: string[]): Ended => runCommand(args, { cwd: elsewhere.path });
const subject = ['--subject', './thousandth-off.mjs'];

let findings: readonly FindingSummary[] = [];
const findingOf = (path: string): Finding =>
  JSON.parse(readFileSync(join(found.path, path), 'utf8')) as Finding;

beforeAll(() => {
  for (const folder of [found, elsewhere]) copyFileSync(fixture, join(folder.path, 'thousandth-off.mjs'));
  const run = inRun('fuzz', ...subject, '--runs', '300', '--references', 'none', '--seed', '5', '--json');
  findings = (JSON.parse(run.stdout) as { findings: FindingSummary[] }).findings;
});

describe('--case', () => {
  test('judges the case on another copy: exit 1, and what finding says', () => {
    const blob = blobOfCase(findingOf(findings[0]!.path).minimal)!;

    const { exitCode, stdout } = onAnother('replay', '--case', blob, ...subject);

    expect(stdout).toMatch(/^thousandth-off@\S+ is wrong: /);
    expect(stdout).toContain(findings[0]!.case);
    expect(exitCode).toBe(1);
  });

  test('of a subject that is right, or of a reference: exit 0, and what everybody answers', () => {
    const blob = blobOfCase(findingOf(findings[0]!.path).minimal)!;

    const right = onAnother('replay', '--case', blob);
    const reference = onAnother('replay', '--case', blob, ...subject, '--blame', 'tfjs-cpu', '--json');

    expect(right.stdout).toMatch(
      /^from-scratch@\S+: agrees with the exact answer \(error ÷ allowed at most \S+\): /,
    );
    expect(right.exitCode).toBe(0);
    expect(JSON.parse(reference.stdout)).toMatchObject({ blame: 'tfjs-cpu' });
  });

  test('that ends its process is told as what it is', () => {
    writeFileSync(join(elsewhere.path, 'exits.mjs'), 'export const softmax = () => process.exit(7);');
    const ofSoftmax = findings.find(
      ({ operation, direction }) => `${operation}/${direction}` === 'softmax/forward',
    );
    const blob = blobOfCase(findingOf(ofSoftmax!.path).minimal)!;

    const { exitCode, stdout } = onAnother('replay', '--case', blob, '--subject', './exits.mjs');

    expect(stdout).toContain('ended its process');
    expect(exitCode).toBe(1);
  });
});

describe('--seed and --index', () => {
  const drawn = ['--kernels', 'softmax,logSoftmax', '--formats', 'float32', '--max-elements', '500'];

  test('draw the case that the campaign drew, by all that it depends on', () => {
    const options = ['--runs', '60', '--references', 'none', '--seed', '8', ...subject, ...drawn];
    const run = inRun('fuzz', ...options, '--json', '--out', 'drawn');
    const [first] = (JSON.parse(run.stdout) as { findings: FindingSummary[] }).findings;
    const { index, original } = findingOf(first!.path);

    const args = ['--seed', '8', '--index', String(index), ...drawn, ...subject];
    const { exitCode, stdout } = onAnother('replay', ...args, '--generator', String(generatorVersion));

    expect(stdout).toContain(`[${original.logits.shape.join(', ')}] axis`);
    expect(exitCode).toBe(1);
  });
});

describe('a word for a finding', () => {
  test('last is what the newest run tells first', () => {
    const { exitCode, stderr, stdout } = inRun('replay', 'last', ...subject);

    expect(stderr).toContain(findings[0]!.path);
    expect(stdout).toContain('It still diverges: the same verdict.');
    expect(exitCode).toBe(1);
  });

  test('the beginning of a hash is that finding, in the newest run that has it', () => {
    const hash = /([0-9a-f]{10})\/finding\.json$/.exec(findings[1]!.path)![1]!;

    const { exitCode, stderr } = inRun('replay', hash.slice(0, 6), ...subject);

    expect(stderr).toContain(findings[1]!.path);
    expect(exitCode).toBe(1);
  });

  test('what names nothing, or more than one, gets a list', () => {
    const slugs = ['a-1234aaaaaa', 'b-1234bbbbbb'].map((slug) =>
      join(elsewhere.path, 'reports/runs/20240229T134501123Z-42-1a2b3c4d/findings', slug),
    );
    for (const slug of slugs) {
      mkdirSync(slug, { recursive: true });
      writeFileSync(join(slug, 'finding.json'), '{}');
    }

    const [two, none] = [onAnother('replay', '1234'), onAnother('replay', 'dead', ...subject)];

    expect(two.stderr).toContain(
      '2 findings have a hash that begins with 1234: there are 1234bbbbbb (b-1234bbbbbb), ',
    );
    expect(none.stderr).toContain(
      'no finding under reports/runs has a hash that begins with dead: there are ',
    );
    expect([two.exitCode, none.exitCode]).toEqual([2, 2]);
  });

  test('last, where there is no run, or the newest found nothing, is exit 2', () => {
    const none = runCommand(['replay', 'last'], { cwd: elsewhere.path, env: { LOGITFUZZ_OUT: 'nowhere' } });
    inRun('fuzz', '--runs', '5', '--references', 'none', '--seed', '1', '--out', 'clean');
    const clean = inRun('replay', 'last', '--out', 'clean');

    expect(existsSync(join(elsewhere.path, 'nowhere'))).toBe(false);
    expect(none.stderr).toContain('there is no run under nowhere/runs');
    expect(clean.stderr).toMatch(/the newest run, clean\/runs\/\S+, found nothing/);
    expect([none.exitCode, clean.exitCode]).toEqual([2, 2]);
  });
});
