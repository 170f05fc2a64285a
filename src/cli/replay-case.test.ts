/** A case is replayed without the run that found it: by blob, by seed and index; and a finding by a word. */
// @module-tag processes
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FindingSummary } from '../archive/run-record.ts';
import { blobOfCase } from '../case/case-blob.ts';
import type { Finding } from '../case/finding.ts';
import { generatorVersion } from '../generate/generate-case.ts';
import { runCommand, temporaryFolder, type Ended } from './run-command.ts';

const [found, elsewhere] = [temporaryFolder(), temporaryFolder()];
afterAll(() => [found, elsewhere].forEach((folder) => folder.remove()));

const fixture = fileURLToPath(new URL('fixtures/thousandth-off.mjs', import.meta.url));
const onAnother = (...args: string[]): Ended => runCommand(['replay', ...args], { cwd: elsewhere.path });
const subject = ['--subject', './thousandth-off.mjs'];
const drawn = ['--kernels', 'softmax', '--formats', 'float32', '--max-elements', '500'];

let first: Finding;
let [path, blob] = ['', ''];

beforeAll(() => {
  for (const folder of [found, elsewhere]) copyFileSync(fixture, join(folder.path, 'thousandth-off.mjs'));
  const options = ['--runs', '100', '--references', 'none', '--seed', '8', ...drawn, '--json'];
  const { stdout } = runCommand(['fuzz', ...subject, ...options], { cwd: found.path });
  path = (JSON.parse(stdout) as { findings: FindingSummary[] }).findings[0]!.path;
  first = JSON.parse(readFileSync(join(found.path, path), 'utf8')) as Finding;
  blob = blobOfCase(first.minimal)!;
});

test('--case judges the case on another copy: exit 1, and what finding says', () => {
  const { exitCode, stdout } = onAnother('--case', blob, ...subject);

  expect(stdout).toMatch(/^thousandth-off@\S+ is wrong: /);
  expect(stdout).toContain(first.case);
  expect(exitCode).toBe(1);
});

test('--case of a subject that is right: exit 0, and what everybody answers', () => {
  const { exitCode, stdout } = onAnother('--case', blob);

  expect(stdout).toMatch(/^from-scratch@\S+: agrees with the exact answer\b/);
  expect(exitCode).toBe(0);
});

test('--case that ends its process is told as what it is', () => {
  writeFileSync(join(elsewhere.path, 'exits.mjs'), 'export const softmax = () => process.exit(7);');

  const { exitCode, stdout } = onAnother('--case', blob, '--subject', './exits.mjs');

  expect(stdout).toContain('ended its process');
  expect(exitCode).toBe(1);
});

test('--seed and --index draw the case that the campaign drew, by all that it depends on', () => {
  const args = ['--seed', '8', '--index', String(first.index), '--generator', String(generatorVersion)];

  const { exitCode, stdout } = onAnother(...args, ...drawn, ...subject);

  expect(stdout).toContain(`softmax/float32 [${first.original.logits.shape.join(', ')}] axis`);
  expect(exitCode).toBe(1);
});

test('last takes the subject of the configuration, and says which finding it is', () => {
  const env = { LOGITFUZZ_SUBJECT: './thousandth-off.mjs' };

  const { exitCode, stderr, stdout } = runCommand(['replay', 'last'], { cwd: found.path, env });

  expect(stderr).toContain(path);
  expect(stdout).toContain('It still diverges: the same verdict.');
  expect(exitCode).toBe(1);
});
