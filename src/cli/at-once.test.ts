/** Processes that meet in one folder: two campaigns under one reports root, and two that resume one run. */
// @module-tag processes
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { mainPath, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

type Json = Record<string, unknown>;

function run(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [mainPath, ...args, '--json'], { cwd: folder.path });
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (texts[stream] += text));
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, ...texts })));
}

const plan = ['fuzz', '--runs', '600', '--references', 'none', '--subject', 'textbook'];

/** What does not depend on when and where. */
function essenceOf({ stdout }: Ended): unknown {
  const { cases, verdicts, findings } = JSON.parse(stdout) as Json & { readonly findings: Json[] };
  return { cases, verdicts, findings: findings.map(({ path: _1, replay: _2, ...finding }) => finding) };
}

const filesUnder = (path: string): string[] =>
  readdirSync(join(folder.path, path), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name));

test('two campaigns under one root leave what each alone leaves', async () => {
  const [one, two] = await Promise.all([
    run(...plan, '--seed', '5', '--out', 'shared'),
    run(...plan, '--seed', '6', '--out', 'shared'),
  ]);
  const alone = await run(...plan, '--seed', '5', '--out', 'alone');

  expect(essenceOf(one)).toEqual(essenceOf(alone));
  expect(essenceOf(two)).not.toEqual(essenceOf(one));
  expect(readdirSync(join(folder.path, 'shared/runs'))).toHaveLength(2);
  expect(filesUnder('shared').filter((path) => !/\.(json|md)$|running/.test(path))).toEqual([]);
  expect(filesUnder('shared').filter((path) => path.includes('running'))).toEqual([]);
  for (const path of filesUnder('shared').filter((name) => name.endsWith('.json')))
    expect(() => JSON.parse(readFileSync(path, 'utf8')) as unknown).not.toThrow();
});

test('of two that resume one run, one does, and the other says who has it', async () => {
  const whole = await run(...plan, '--seed', '7', '--out', 'resumed');
  const { run: path } = JSON.parse(whole.stdout) as { run: string };
  for (const name of ['run.json', 'progress.json']) rmSync(join(folder.path, path, name));
  mkdirSync(join(folder.path, path, 'findings'), { recursive: true });

  const ends = await Promise.all([run('fuzz', '--resume', path), run('fuzz', '--resume', path)]);
  const [winner, loser] = ends[0].exitCode === 2 ? [ends[1], ends[0]] : ends;

  expect(essenceOf(winner)).toEqual(essenceOf(whole));
  expect(loser.exitCode).toBe(2);
  expect((JSON.parse(loser.stdout) as { error: { message: string } }).error.message).toMatch(
    /is still going on, in process \d+$|came to its end/,
  );
  expect(filesUnder(path).filter((name) => name.includes('running'))).toEqual([]);
});
