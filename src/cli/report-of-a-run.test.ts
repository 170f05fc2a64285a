/** The page that every run leaves, and that `report --open` opens. */
// @module-tag processes
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const fixture = fileURLToPath(new URL('fixtures/thousandth-off.mjs', import.meta.url));
const quick = ['--runs', '60', '--references', 'none', '--seed', '5', '--subject', fixture];

/** As it is where no test runs. */
function run(...args: string[]): Ended {
  return runCommand(args, { cwd: folder.path, env: { VITEST: '' } });
}

const pageIn = ({ stdout }: Ended): string => /^report: (\S+\/report\.html)$/m.exec(stdout)?.[1] ?? 'none';

test('fuzz, gate and merge write report.html, and say where', () => {
  const ended = [
    run('fuzz', ...quick),
    run('gate', ...quick),
    run('fuzz', ...quick, '--shard', '1/2', '--out', 'shards'),
  ];
  const shard = pageIn(ended[2]!).replace('/report.html', '');
  const merged = run('merge', shard);

  const pages = [...ended, merged].map(pageIn);

  for (const page of pages) expect(readFileSync(join(folder.path, page), 'utf8')).toContain('thousandth-off');
  expect(ended.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
});

test('not with --no-report, and in a test only where it is asked for; --json says where, too', () => {
  const none = run('fuzz', ...quick, '--no-report');
  const inTest = runCommand(['fuzz', ...quick], { cwd: folder.path, env: { VITEST: 'true' } });
  const asked = runCommand(['fuzz', ...quick, '--report', '--json'], { cwd: folder.path });

  const { report } = JSON.parse(asked.stdout) as { report: string };
  expect([pageIn(none), pageIn(inTest)]).toEqual(['none', 'none']);
  expect(existsSync(join(folder.path, report))).toBe(true);
});

test('report --open gives the page to the browser; where there is none, it says so, and exits 0', () => {
  const opener = join(folder.path, process.platform === 'darwin' ? 'open' : 'xdg-open');
  writeFileSync(opener, '#!/bin/sh\nprintf %s "$1" > "$OPENED"\n');
  chmodSync(opener, 0o755);
  const opened = join(folder.path, 'opened.txt');
  const path = [folder.path, process.env['PATH']].join(delimiter);

  const there = runCommand(['report', '--open'], { cwd: folder.path, env: { PATH: path, OPENED: opened } });
  const none = runCommand(['report', '--open'], { cwd: folder.path, env: { PATH: '/nowhere' } });

  expect(readFileSync(opened, 'utf8')).toBe(resolve(folder.path, there.stdout.split('\n')[0]!));
  expect(none.stderr).toMatch(/no browser was opened \(there is no \S+\): open \S+report\.html by hand/);
  expect([there.exitCode, none.exitCode]).toEqual([0, 0]);
});
