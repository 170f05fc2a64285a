/** The example in C, built by its Makefile: one is sound, and the others are told for what they are. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, temporaryFolder } from '../../src/cli/run-command.ts';
import { needs } from '../../src/connect/fixtures/needs.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const { isSkipped, reason } = needs('make', 'cc');

beforeAll(() => {
  if (isSkipped) return;
  const made = spawnSync('make', [`OUT=${folder.path}`], { cwd: import.meta.dirname, encoding: 'utf8' });
  expect(made.stderr).toBe('');
});

interface Document {
  readonly exitCode: number;
  readonly causes: readonly unknown[];
  readonly findings: readonly { readonly operation: string }[];
}

function fuzz(program: string): Document {
  const plan = [
    '--runs',
    '300',
    '--seed',
    '3',
    '--references',
    'none',
    '--shrink-evaluations',
    '100',
    '--json',
  ];
  const subject = `cmd:${join(folder.path, program)}`;
  return JSON.parse(
    runCommand(['fuzz', '--subject', subject, ...plan], { cwd: folder.path }).stdout,
  ) as Document;
}

test.skipIf(isSkipped)(`nothing is found of the careful one${reason}`, () => {
  expect(fuzz('careful')).toMatchObject({ exitCode: 0, findings: [] });
});

test.skipIf(isSkipped)(`an exp that overflows is told as no shift${reason}`, () => {
  const { exitCode, ...told } = fuzz('naive');

  expect(exitCode).toBe(1);
  expect(JSON.stringify(told)).toContain('no-shift');
});

test.skipIf(isSkipped)(`a forgotten remainder is told as that${reason}`, () => {
  const { exitCode, ...told } = fuzz('wrong');

  expect(exitCode).toBe(1);
  expect(JSON.stringify(told)).toContain('tail-of-four-dropped');
});
