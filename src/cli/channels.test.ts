/** What CI shows of a finding holds its case: it is replayed from each channel's text, on another copy. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FindingSummary } from '../archive/run-record.ts';
import { mainPath, runCommand, temporaryFolder, type Ended } from './run-command.ts';

const [job, clone] = [temporaryFolder(), temporaryFolder()];
afterAll(() => [job, clone].forEach((folder) => folder.remove()));

const fixture = fileURLToPath(new URL('fixtures/thousandth-off.mjs', import.meta.url));
const subject = ['--subject', './thousandth-off.mjs'];
const read = (name: string): string => readFileSync(join(job.path, name), 'utf8');
const inJob = {
  cwd: job.path,
  env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(job.path, 'summary.md') },
};

beforeAll(() => {
  for (const folder of [job, clone]) copyFileSync(fixture, join(folder.path, 'thousandth-off.mjs'));
});

/** The commands in a text as it is shown: what stands for a character is that character. */
function commandsIn(text: string): readonly string[] {
  const shown = text
    .replaceAll(/%(0A|25)/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll(String.raw`\"`, '"');
  return [
    ...shown.matchAll(/npx logitfuzz (replay --(?:case|seed) [^"\n`\\]*?--subject \.\/[a-z-]+\.mjs)/g),
  ].map(([, command]) => command!);
}

/** A shell reads it, as somebody's would who pastes it. */
function replayed(command: string): number | null {
  const line = `"${process.execPath}" "${mainPath}" ${command}`;
  return spawnSync('sh', ['-c', line], { cwd: clone.path, encoding: 'utf8' }).status;
}

function findingsOf({ stdout }: Ended): readonly FindingSummary[] {
  return (JSON.parse(stdout) as { findings: FindingSummary[] }).findings;
}

test('every channel holds the case of the finding that comes first, and it is replayed from there', () => {
  const files = ['--junit', 'junit.xml', '--sarif', 'findings.sarif'];
  const ended = runCommand(
    ['gate', ...subject, '--runs', '100', '--references', 'none', '--out', 'told', ...files],
    inJob,
  );
  const report = runCommand(['report', '--out', 'told', '--json'], inJob);
  const told = findingsOf(report);
  const channels = {
    junit: commandsIn(read('junit.xml')),
    sarif: commandsIn(read('findings.sarif')),
    annotations: commandsIn(ended.stderr),
    summary: commandsIn(read('summary.md')),
    log: commandsIn(ended.stdout),
    json: commandsIn(report.stdout),
    readme: told.flatMap(({ path }) => commandsIn(read(path.replace('finding.json', 'README.md')))),
  };

  expect(ended.exitCode).toBe(1);
  const command = channels.log[0]!;
  expect(command).toContain('--case lf1.');
  for (const [channel, commands] of Object.entries(channels))
    expect([channel, commands]).toContainEqual(expect.arrayContaining([command]));
  expect(replayed(command)).toBe(1);
});

/** Wrong everywhere, and in another way where a lane is wide: the case of that is long. */
const wide = `
  export { name } from './thousandth-off.mjs';
  export const softmax = (x, { axis }) => {
    const isWide = x.shape.at(axis) > 400;
    return { shape: x.shape, data: x.data.map(() => (isWide ? 0.5 : NaN)) };
  };`;

test('a case that is too long for that is told by what drew it', () => {
  for (const folder of [job, clone]) writeFileSync(join(folder.path, 'wide.mjs'), wide);
  const options = ['--runs', '150', '--references', 'none', '--seed', '8', '--shrink-evaluations', '0'];
  const ended = runCommand(
    ['fuzz', '--subject', './wide.mjs', ...options, '--formats', 'float32', '--json'],
    { cwd: job.path },
  );

  const commands = findingsOf(ended).flatMap(({ replayAnywhere }) => commandsIn(replayAnywhere ?? ''));
  const drawn = commands.find((command) => command.includes('--seed'));

  expect(drawn).toMatch(
    /--seed 8 --index \d+ --generator \d+ --kernels softmax --formats float32 --supports/,
  );
  expect(replayed(drawn!)).toBe(1);
});
