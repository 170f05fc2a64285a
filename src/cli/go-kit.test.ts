/** The kit for Go keeps to the protocol, its example is sound, and what a kernel in Go does wrong is told. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { needs } from '../connect/fixtures/needs.ts';
import { mainPath, runCommand, temporaryFolder } from './run-command.ts';

const go = needs('go');
const kit = join(mainPath, '../../../../kits/go');
const folder = temporaryFolder();
afterAll(() => folder.remove());

interface Judged {
  readonly verdicts: { readonly agree: number };
  readonly findings: readonly {
    readonly operation: string;
    readonly direction: string;
    readonly symptom: string;
  }[];
}

interface Conformance {
  readonly checks: readonly { readonly check: string; readonly result: string }[];
}

/** Builds a program of the kit's module; what logitfuzz says of it is a JSON document. */
function ask(program: string, command: string, ...args: string[]): { exitCode: number; document: unknown } {
  const path = join(folder.path, program.replaceAll('/', '-'));
  const built = spawnSync('go', ['build', '-o', path, `./${program}`], { cwd: kit, encoding: 'utf8' });
  expect(built.error).toBeUndefined();
  expect(built.stderr).toBe('');

  const { stdout, stderr, exitCode } = runCommand(
    [command, '--subject', `cmd:'${path}'`, '--json', ...args],
    {
      cwd: folder.path,
    },
  );
  expect(stdout, stderr).not.toBe('');
  return { exitCode: exitCode!, document: JSON.parse(stdout) };
}

/** Its count of cases follows. */
const fuzz = ['--references', 'none', '--seed', '1', '--runs'];

test.skipIf(go.isSkipped)(`doctor has nothing to say against it${go.reason}`, () => {
  const { exitCode, document } = ask('example', 'doctor');
  const { checks } = document as Conformance;

  expect(checks.filter(({ result }) => result !== 'pass')).toEqual([]);
  expect(exitCode).toBe(0);
});

test.skipIf(go.isSkipped)(`nothing is found in its example${go.reason}`, () => {
  const { exitCode, document } = ask('example', 'fuzz', ...fuzz, '400');
  const { verdicts, findings } = document as Judged;

  expect(findings).toEqual([]);
  expect(verdicts.agree).toBeGreaterThan(250);
  expect(exitCode).toBe(0);
});

test.skipIf(go.isSkipped)(`what a kernel does beside its answer is told${go.reason}`, () => {
  const { exitCode, document } = ask('testdata/offences', 'fuzz', ...fuzz, '200');
  const { findings } = document as Judged;
  const told = findings.map(({ operation, direction, symptom }) => `${operation}/${direction} ${symptom}`);

  expect(told.toSorted()).toEqual([
    'logSoftmax/backward not-a-tensor',
    'logSoftmax/forward output-aliased',
    'logSumExp/forward threw',
    'softmax/backward input-written',
    'softmax/forward printed',
  ]);
  expect(exitCode).toBe(1);
});
