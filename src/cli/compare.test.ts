/** `compare`: its exit codes, its forms, and what it says of runs that are not there. */
// @module-tag processes
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exampleRun } from '../archive/fixtures/example-run.ts';
import { findingSummary } from '../archive/finding-file.ts';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
const found = exampleFinding({ blame: 'subject', signature: '1:a', ratio: 8, case: '<b>softmax' });
const runs = {
  sound: exampleRun(),
  wrong: exampleRun({
    startedAt: '2024-03-01T13:45:01.123Z',
    verdicts: { agree: 49, diverge: 50, inconclusive: 0, skip: 1 },
    findings: [findingSummary(found, 'x')],
  }),
};
const paths = { sound: '20240229T134501123Z-7-ab12', wrong: '20240301T134501123Z-7-ab12' } as const;

beforeAll(() => {
  for (const [name, id] of Object.entries(paths)) {
    const path = join(folder.path, 'reports', 'runs', id);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'run.json'), JSON.stringify(runs[name as keyof typeof runs]));
  }
});
afterAll(() => folder.remove());

function compare(...args: readonly string[]): Ended {
  return runCommand(['compare', ...args], { cwd: folder.path });
}

test('without a name the newest run is compared with the one before, and only --fail-on-worse makes it fail', () => {
  const plain = compare();

  expect(plain.stdout).toContain('1 new, 0 gone, 0 worse, 0 better, 0 as before');
  expect(plain.stdout).toContain('Both judged the same cases.');
  expect([plain.exitCode, compare('--fail-on-worse').exitCode]).toEqual([0, 1]);
});

test('the other way round it is gone, which is not worse', () => {
  const [wrong, sound] = [paths.wrong, paths.sound].map((id) => join('reports', 'runs', id));
  const { stdout, exitCode } = compare(wrong!, sound!, '--fail-on-worse', '--json');

  const document = JSON.parse(stdout) as {
    readonly gone: readonly object[];
    readonly new: readonly object[];
  };
  expect(document).toMatchObject({ schemaVersion: 1, command: 'compare', exitCode: 0, sameCases: true });
  expect([document.gone.length, document.new.length]).toEqual([1, 0]);
  expect(exitCode).toBe(0);
});

test('the trend tells each run, and the page has both, with what is told escaped', () => {
  const { stdout, exitCode } = compare('--trend', '--html', 'pages/compare.html');
  const trend = readFileSync(join(folder.path, 'pages', 'compare.html'), 'utf8');
  compare('--html', 'both.html');
  const both = readFileSync(join(folder.path, 'both.html'), 'utf8');

  expect(stdout).toContain('from-scratch: 2 runs, oldest first');
  expect(stdout).toMatch(/cases off +·█/);
  expect(exitCode).toBe(0);
  expect(trend).toContain('id="trend"');
  expect(both).toContain('&lt;b>softmax');
  expect(both).toContain('id="trend"');
});

test('where there are no two runs it says so', () => {
  const { stderr, exitCode } = compare('--out', 'nowhere');

  expect(stderr).toContain('two runs are compared, and fewer are under nowhere/runs');
  expect(exitCode).toBe(2);
});
