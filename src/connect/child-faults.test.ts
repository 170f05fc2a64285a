/** What a process can do wrong, each as the outcome of the case that did it; no process is left of it. */
// @module-tag processes
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import { echoCase } from './conformance/echo.ts';
import { outsideImplementation, type OutsideImplementation } from './outside-implementation.ts';
import { processOpener } from './process-channel.ts';
import { needsPython } from './fixtures/python.ts';
import { pythonKit } from './python.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-faults-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** A fault shows in the second: it has three elements. */
const cases: readonly Case[] = [4, 3, 2].map((n) => echoCase(Float32Array.from({ length: n }, (_, i) => i)));
/** For who hangs; it has to be enough for the other cases, too. */
const impatientMs = 700;
const patientMs = 20_000;

interface Kit {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly rssLimitMb?: number;
  readonly caseTimeoutMs?: number;
  readonly startTimeoutMs?: number;
}

function open({
  rssLimitMb = 8_000,
  caseTimeoutMs = patientMs,
  startTimeoutMs = 20_000,
  ...kit
}: Kit): Promise<OutsideImplementation> {
  const opener = processOpener({ ...kit, whose: 'the subject "kit"', startTimeoutMs, rssLimitMb });
  return outsideImplementation(opener, { name: 'kit', role: 'subject', caseTimeoutMs, rssLimitMb });
}

/** The outcomes of the three cases, asked in one frame; no process of the kit is left. */
async function outcomesOf(
  fault: string,
  limits: { readonly rssLimitMb?: number; readonly caseTimeoutMs?: number } = {},
): Promise<readonly Outcome[]> {
  const log = join(folder, fault);
  const args = [at('kit.mjs'), fault, log];
  const kit = await open({ command: process.execPath, args, ...limits });
  const outcomes = await kit.runMany(cases);
  kit.dispose();
  await expectGone(log);
  return outcomes;
}

async function expectGone(log: string): Promise<void> {
  const pids = readFileSync(log, 'utf8').trim().split('\n').map(Number);
  await expect.poll(() => pids.filter(isRunning), { timeout: 5_000 }).toEqual([]);
}

function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0] !== 'Z';
}

const values = expect.objectContaining({ kind: 'values', violations: [] }) as Outcome;
const crashed = (detail: RegExp): unknown => ({ kind: 'crashed', detail: expect.stringMatching(detail) });
const timedOut = { kind: 'timed-out', limitMs: impatientMs };

const faults: readonly (readonly [fault: string, outcome: unknown])[] = [
  ['none', values],
  ['exits', crashed(/^its process ended with code 3/)],
  ['aborts', crashed(/^its process ended with signal SIGABRT/)],
  ['prints', crashed(/^it wrote "::error::from within a call\\n.*", which is no frame/)],
  ['hangs', timedOut],
  ['ignores-sigterm', timedOut],
  ['half-a-frame', timedOut],
  ['forks', crashed(/^its process ended with code 4/)],
  ['forks-away', crashed(/^its process ended with code 4/)],
  ['too-few', crashed(/^it gave 0 answers to 1 cases/)],
  ['too-many', crashed(/^it gave 2 answers to 1 cases/)],
  ['other-sequence', crashed(/^it answered frame \d+ where \d+ was asked/)],
  ['other-type', crashed(/^it wrote a frame of type 2/)],
  ['huge-length', crashed(/^it announced a frame of 4294967295 bytes: at most \d+ are read/)],
  ['nonsense', crashed(/^it gave 4294967295 answers to 1 cases/)],
  [
    'wrong-shape',
    {
      kind: 'values',
      tensor: expect.anything(),
      violations: [{ kind: 'shape', detail: 'the result has shape [3, 1], not [3]' }],
    },
  ],
];

test.each(faults)('a kit that does this in one call of a frame: %s', async (fault, expected) => {
  const started = performance.now();

  const outcomes = await outcomesOf(fault, expected === timedOut ? { caseTimeoutMs: impatientMs } : {});

  expect(outcomes).toEqual([values, expected, values]);
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('a kit that grows is out of memory, before the machine is', async () => {
  const [first, second, third] = await outcomesOf('grows', { rssLimitMb: 900 });

  expect([first, third]).toEqual([values, values]);
  expect(second).toMatchObject({ kind: 'out-of-memory' });
});

test('a kit that never reads is given up, and its cases are told of', async () => {
  const outcomes = await outcomesOf('never-reads', { caseTimeoutMs: impatientMs });

  expect(outcomes.map(({ kind }) => kind)).toEqual(['timed-out', 'timed-out', 'timed-out']);
});

test('a kit that dies between two frames is told of, and every case is answered', async () => {
  const log = join(folder, 'between');
  const kit = await open({ command: process.execPath, args: [at('kit.mjs'), 'exits-between', log] });

  const outcomes: Outcome[] = [];
  for (let i = 0; i < 5; i++) outcomes.push(...(await kit.runMany(cases)));
  kit.dispose();

  const told = outcomes.filter(({ kind }) => kind !== 'values');
  expect(outcomes).toHaveLength(15);
  expect(told.length).toBeGreaterThan(0);
  expect(told).toEqual(told.map(() => crashed(/^its process ended with code 5/)));
  await expectGone(log);
});

const starts: readonly (readonly [fault: string, message: RegExp])[] = [
  ['prints-first', /^the subject "kit" did not begin with a frame: it wrote "Loading the model…\\n/],
  ['prints-command-first', /^the subject "kit" did not begin with a frame: it wrote "::error::no model\\n/],
  [
    'exits-first',
    /^the subject "kit" ended with code 7 before it said welcome; its last words: "no licence"/,
  ],
  ['says-nothing', /^the subject "kit" said nothing for 3 s after its start/],
  ['other-protocol', /^the subject "kit" speaks version 9 of the protocol, and logitfuzz version 1/],
];

test.each(starts)('a kit that does this before welcome cannot be used: %s', async (fault, message) => {
  const log = join(folder, `start-${fault}`);

  const args = [at('kit.mjs'), fault, log];
  const startTimeoutMs = fault === 'says-nothing' ? 3_000 : 20_000;

  await expect(open({ command: process.execPath, args, startTimeoutMs })).rejects.toThrow(
    expect.objectContaining({ name: 'UsageError', message: expect.stringMatching(message) }),
  );

  await expectGone(log);
});

const { python, isSkipped, reason } = needsPython();

const withViolation = (kind: string, detail: RegExp): unknown =>
  expect.objectContaining({
    kind: 'values',
    violations: [{ kind, detail: expect.stringMatching(detail) }],
  });

/** In the order of `faults` of faulty.py. */
const conduct: readonly (readonly [fault: string, outcome: unknown])[] = [
  ['print', withViolation('printed', /^the call printed "::error::printed\\n"$/)],
  ['write', withViolation('printed', /^the call printed "written"$/)],
  ['printf', withViolation('printed', /^the call printed "by stdio"$/)],
  ['child', withViolation('printed', /^the call printed "by a child\\n"$/)],
  ['writes its input', withViolation('input-written', /^the call wrote to its argument logits$/)],
  [
    'returns its input',
    expect.objectContaining({
      violations: [
        expect.objectContaining({ kind: 'output-aliased' }),
        expect.objectContaining({ kind: 'input-written' }),
      ],
    }),
  ],
  ['returns a list', withViolation('not-a-tensor', /^a list, and no array$/)],
  ['exits', { kind: 'threw', message: 'SystemExit: 3' }],
  ['reads', { kind: 'threw', message: 'EOFError: EOF when reading a line' }],
  ['closes', values],
  ['segfault', crashed(/^its process ended with signal SIGSEGV/)],
  ['loops', { kind: 'timed-out', limitMs: 1_500 }],
];

test.skipIf(isSkipped)(`what a kernel in Python does is told of the very call${reason}`, async () => {
  const kit = await open({
    command: python,
    args: [pythonKit, at('faulty.py')],
    environment: { LOGITFUZZ_FAULT: 'prints' },
    caseTimeoutMs: 1_500,
  });
  const all = conduct.flatMap((_, i) => [
    echoCase(new Float32Array(8 + i).fill(1)),
    echoCase(new Float32Array(2)),
  ]);

  const outcomes = await kit.runMany(all);
  kit.dispose();

  const told = Object.fromEntries(conduct.map(([fault], i) => [fault, outcomes[2 * i]]));
  expect(told).toEqual(Object.fromEntries(conduct));
  expect(outcomes.filter((_, i) => i % 2 === 1)).toEqual(conduct.map(() => values));
});
