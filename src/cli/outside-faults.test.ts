/** A subject beyond the process, by the built command: how it cannot be started, and what is left of it. */
// @module-tag processes
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import { needsPython } from '../connect/fixtures/python.ts';
import { mainPath, runCommand, temporaryFolder, type Ended } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../connect/fixtures/${name}`, import.meta.url));
const kitWith = (...args: readonly string[]): string =>
  `cmd:'${process.execPath}' '${fixture('kit.mjs')}' ${args.join(' ')}`;

const plan = ['--seed', '4', '--references', 'none', '--shrink-evaluations', '20'];

function fuzz(
  subject: string,
  { more = [], env = {} }: { more?: readonly string[]; env?: NodeJS.ProcessEnv },
): Ended {
  const args = ['fuzz', '--subject', subject, '--runs', '60', ...plan, ...more];
  return runCommand(args, { cwd: folder.path, env });
}

test('what it prints before its first frame is quoted, never printed as it is', () => {
  const { exitCode, stdout, stderr } = fuzz(kitWith('prints-command-first'), {});

  expect(exitCode).toBe(2);
  expect(stderr).toContain('did not begin with a frame: it wrote "::error::no model\\n", which is no frame');
  expect(stdout + stderr).not.toMatch(/^::error/m);
});

test('what it does in one call is a finding of that case, and the campaign goes on', () => {
  const { exitCode, stdout, stderr } = fuzz(kitWith('prints'), { more: ['--json'] });
  const { cases, verdicts, findings } = JSON.parse(stdout) as {
    readonly cases: number;
    readonly verdicts: unknown;
    readonly findings: readonly { readonly signature: string }[];
  };

  expect(exitCode).toBe(1);
  expect(cases).toBe(60);
  expect(findings).toHaveLength(1);
  expect(JSON.stringify(findings)).toContain('crashed');
  expect(JSON.stringify(verdicts)).toContain('"diverge":1');
  expect(stdout + stderr).not.toMatch(/^::error/m);
});

test('doctor --subject tells whether a kit keeps to the protocol, and fails where it does not', () => {
  const { exitCode, stdout } = runCommand(['doctor', '--subject', kitWith('any-protocol'), '--json'], {
    cwd: folder.path,
  });
  const document = JSON.parse(stdout) as { readonly checks: readonly Record<string, string>[] };

  expect(document).toMatchObject({
    schemaVersion: 1,
    command: 'doctor',
    exitCode: 1,
    welcome: { name: 'kit' },
  });
  expect(document.checks.filter(({ result }) => result === 'fail')).toEqual([
    { check: 'a protocol that it does not know', result: 'fail', seen: 'a frame of type 2, not fail' },
  ]);
  expect(exitCode).toBe(1);
});

test('doctor --subject is for what is asked over the protocol', () => {
  const { exitCode, stderr } = runCommand(['doctor', '--subject', 'textbook'], { cwd: folder.path });

  expect(exitCode).toBe(2);
  expect(stderr).toContain('the subject "textbook" is not asked over the protocol');
});

const { python, isSkipped, reason } = needsPython();

/** A program that runs the tests' Python otherwise. */
function pythonOtherwise(name: string, args: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, `#!/bin/sh\nexec '${python}' ${args} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

const asOld =
  '-c "import sys, runpy; sys.version_info = (3, 8, 0); del sys.argv[0]; runpy.run_path(sys.argv[0], None, \'__main__\')"';
const interpreters: readonly (readonly [what: string, path: () => string, message: string])[] = [
  ['is not there', () => '/nowhere/python', 'could not be started: there is no program /nowhere/python'],
  ['is too old', () => pythonOtherwise('old', asOld), 'cannot go on: Python 3.9 or later is needed'],
  ['has no NumPy', () => pythonOtherwise('bare', '-S'), 'cannot go on: NumPy is not there for'],
];

test.skipIf(isSkipped).each(interpreters)(`a Python that %s cannot be used${reason}`, (_, path, message) => {
  const { exitCode, stderr } = fuzz(fixture('all-nine.py'), { more: ['--python', path()] });

  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).toContain('--python names another');
});

const imports: readonly (readonly [fault: string, message: string])[] = [
  ['raises', 'cannot go on: RuntimeError: no licence'],
  ['ends', 'ended with code 7 before it said welcome'],
];

test.skipIf(isSkipped).each(imports)(
  `a module that %s as it is loaded cannot be used${reason}`,
  (fault, message) => {
    const { exitCode, stderr } = fuzz(fixture('faulty.py'), {
      more: ['--python', python],
      env: { LOGITFUZZ_FAULT: fault },
    });

    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  },
);

test.skipIf(isSkipped)(`nothing is wrong of all nine kernels in NumPy${reason}`, () => {
  const { exitCode, stdout } = fuzz(fixture('all-nine.py'), {
    more: ['--python', python, '--runs', '300', '--json'],
  });
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly unknown[] };

  expect(findings).toEqual([]);
  expect(exitCode).toBe(0);
});

const started: ChildProcess[] = [];
afterEach(() => started.splice(0).forEach((child) => child.kill('SIGKILL')));

/** A campaign whose kit is in an endless loop: the ids of its workers and of the processes of its kit. */
async function hungCampaign(log: string): Promise<{ command: number; worker: number; kits: () => number[] }> {
  const args = [
    'fuzz',
    '--subject',
    kitWith('hangs', log),
    ...plan,
    '--case-timeout',
    '100s',
    '--workers',
    '1',
  ];
  const child = spawn(process.execPath, [mainPath, ...args], { cwd: folder.path, stdio: 'ignore' });
  started.push(child);
  const kits = (): number[] =>
    existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').map(Number) : [];
  const isHung = (): boolean => kits().some((pid) => isRunning(pid) && secondsOfWork(pid) > 0.5);
  await expect.poll(isHung, { timeout: 30_000, interval: 100 }).toBe(true);
  return { command: child.pid!, worker: parentOf(kits()[0]!), kits };
}

const statOf = (pid: number): readonly string[] =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && statOf(pid)[0] !== 'Z';
}

/** In user mode: a kit that is in a loop has more than one that waits. */
const secondsOfWork = (pid: number): number => Number(statOf(pid)[11]) / 100;
const parentOf = (pid: number): number => Number(statOf(pid)[1]);

const onLinux = process.platform === 'linux';

test.runIf(onLinux).each(['command', 'worker'] as const)('kill -9 of the %s leaves no kit', async (who) => {
  const campaign = await hungCampaign(join(folder.path, `killed-${who}`));
  const kits = campaign.kits();

  process.kill(campaign[who], 'SIGKILL');

  await expect.poll(() => kits.filter(isRunning), { timeout: 10_000 }).toEqual([]);
  if (who === 'command') await expect.poll(() => isRunning(campaign.worker), { timeout: 10_000 }).toBe(false);
});

test.runIf(onLinux)('after kill -9 of the kit another takes its place', async () => {
  const { command, kits } = await hungCampaign(join(folder.path, 'killed-kit'));
  const killed = kits().filter(isRunning);

  for (const pid of killed) process.kill(pid, 'SIGKILL');

  await expect.poll(() => killed.filter(isRunning), { timeout: 10_000 }).toEqual([]);
  await expect.poll(() => kits().filter(isRunning).length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(isRunning(command)).toBe(true);
});
