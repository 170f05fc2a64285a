/** The matrix of the gate's exits: who is blamed, how badly, listed or not, strict or not. */
import { describe, expect, test } from 'vitest';
import type { Baseline } from '../archive/baseline.ts';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import type { CampaignResult } from '../campaign/observers.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { emptyTally } from '../examine/tally.ts';
import type { Finding } from '../case/finding.ts';
import type { Ratio } from '../case/ratio.ts';
import type { Severity } from '../case/verdict.ts';
import { generatorVersion } from '../generate/generate-case.ts';
import { UsageError } from '../contract/failure.ts';
import type { KernelName } from '../contract/subject.ts';
import { gateShareMin, type RunSettings } from './campaign-settings.ts';
import { checkBaseline, assess, type Assessment } from './assess-findings.ts';

const signatureOf = (severity: string): string =>
  `1:softmax/forward/float32/subject/exact/${severity}/ulps/finite/default/last`;
const listing = (...severities: readonly Severity[]): Baseline => ({
  subject: 'from-scratch',
  cases: {
    seed: '7',
    runs: 100,
    generatorVersion,
    kernels: ['softmax'],
    formats: ['float32'],
  },
  findings: Object.fromEntries(
    severities.map((severity) => [signatureOf(severity), { severity, ratio: 2, cases: 1 }]),
  ),
});
/** The same entries, written of another seed's cases. */
const elsewhere = (...severities: readonly Severity[]): Baseline => {
  const { cases, ...rest } = listing(...severities);
  return { ...rest, cases: { ...cases!, seed: '8' } };
};
const ofSubject = (severity: Severity, ratio: Ratio = 2): Finding =>
  exampleFinding({ blame: 'subject', severity, signature: signatureOf(severity), ratio });

const plan: CampaignPlan = {
  command: 'gate',
  corpus: [],
  subject: null,
  references: [],
  seed: '7',
  operations: ['softmax'],
  formats: ['float32'],
  runs: 100,
  timeMs: null,
  shard: { number: 1, of: 1 },
  workers: 1,
  caseTimeoutMs: 1_000,
  rssLimitMb: 1_000,
  shrinkEvaluations: 0,
  maximize: false,
  maxFindings: null,
  out: 'reports',
  strict: false,
};

interface Given {
  readonly findings?: readonly Finding[];
  readonly baseline?: Baseline;
  readonly strict?: boolean;
  readonly skipped?: number;
  readonly update?: boolean;
  readonly command?: 'fuzz' | 'gate';
  readonly stoppedBy?: CampaignResult['stoppedBy'];
  readonly shards?: number;
  readonly exported?: readonly string[];
  readonly listed?: readonly KernelName[];
}

function assessed({ findings = [], baseline, skipped = 0, update = false, ...given }: Given): Assessment {
  const { strict = false, command = 'gate', stoppedBy = 'runs', shards = 1, listed } = given;
  const { exported = ['softmax/forward'] } = given;
  const tally = { ...emptyTally(), cases: 100 };
  tally.verdicts = { agree: 100 - skipped, diverge: 0, inconclusive: 0, skip: skipped };
  const settled = { ...plan, command, strict, shard: { number: 1, of: shards } };
  const result: CampaignResult = {
    plan: settled,
    covers: [],
    tally,
    findings,
    sightings: [],
    stoppedBy,
    brokenBy: null,
    seconds: 1,
    subject: { name: 'from-scratch', version: '1', kernels: exported },
    references: [],
    workersStarted: 1,
    workersDied: 0,
  };
  const runSettings: RunSettings = {
    baselinePath: 'b.json',
    baseline: baseline ?? null,
    update,
    judgedShareMin: command === 'gate' ? gateShareMin : 0,
    saveCorpus: null,
    report: false,
    output: { json: true, detail: 'plain', junit: null, sarif: null, github: false },
  };
  const request = {
    plan: settled,
    required: [],
    minCases: 1,
    ...(listed === undefined ? {} : { listed: { kernels: listed, by: '--kernels' } }),
  };
  return assess(request, result, { runSettings, interruptedBy: null });
}

describe('the exit code of a gate', () => {
  test.each<[string, Given, number, number]>([
    ['nothing', {}, 0, 0],
    ['a wrong subject', { findings: [ofSubject('wrong')] }, 1, 1],
    ['an inaccurate subject', { findings: [ofSubject('inaccurate')] }, 0, 1],
    ['a wrong subject that is listed', { findings: [ofSubject('wrong')], baseline: listing('wrong') }, 0, 0],
    [
      'a wrong one and a listed one',
      { findings: [ofSubject('wrong'), ofSubject('inaccurate')], baseline: listing('inaccurate') },
      1,
      1,
    ],
    [
      'a listed one 15 times as bad',
      { findings: [ofSubject('wrong', 30)], baseline: listing('wrong') },
      0,
      0,
    ],
    [
      'a listed one 16 times as bad',
      { findings: [ofSubject('wrong', 32)], baseline: listing('wrong') },
      1,
      1,
    ],
    [
      'a listed inaccuracy 16 times as bad',
      { findings: [ofSubject('inaccurate', 32)], baseline: listing('inaccurate') },
      1,
      1,
    ],
    [
      'one 16 times as bad in other cases',
      { findings: [ofSubject('wrong', 'Infinity')], baseline: elsewhere('wrong') },
      0,
      1,
    ],
    [
      'a wrong one that is listed as inaccurate',
      { findings: [ofSubject('wrong')], baseline: listing('inaccurate') },
      1,
      1,
    ],
    [
      'a wrong one that is listed as inaccurate, in other cases',
      { findings: [ofSubject('wrong')], baseline: elsewhere('inaccurate') },
      0,
      1,
    ],
    [
      'a wrong one that a baseline of old lists as inaccurate',
      { findings: [ofSubject('wrong')], baseline: { ...listing('inaccurate'), cases: null } },
      1,
      1,
    ],
    ['a listed one that is fixed', { baseline: listing('wrong') }, 0, 1],
    ['a new divergence of a reference', { findings: [exampleFinding()] }, 0, 1],
    ['a known one of a reference', { findings: [exampleFinding({ known: true })] }, 0, 0],
    ['fewer than three tenths of its cases judged', { skipped: 71 }, 4, 4],
    ['three tenths of its cases judged', { skipped: 70 }, 0, 0],
    ['a kernel of the baseline gone', { baseline: listing('wrong'), exported: ['softmax/backward'] }, 1, 1],
    ['a kernel of --kernels gone', { listed: ['softmax', 'softmaxBackward'] }, 1, 1],
    ['all kernels of --kernels there', { listed: ['softmax'] }, 0, 0],
    ['a kernel gone, and few cases', { listed: ['logSumExp'], skipped: 100 }, 1, 1],
    ['a wrong subject that takes few cases', { skipped: 99, findings: [ofSubject('wrong')] }, 1, 1],
  ])('with %s', (_what, given, plainly, strictly) => {
    expect(assessed(given).exitCode).toBe(plainly);
    expect(assessed({ ...given, strict: true }).exitCode).toBe(strictly);
  });

  test('is not that of fuzz: there references never fail it, and one judged case is enough', () => {
    expect(
      assessed({ command: 'fuzz', strict: true, findings: [exampleFinding()], skipped: 99 }).exitCode,
    ).toBe(0);
  });
});

test('a kernel that is gone is named, with who lists it; fuzz asks the baseline for none', () => {
  const baseline = listing('wrong');
  const exported = ['softmax/backward'];
  const listed: readonly KernelName[] = ['logSumExp'];

  expect(assessed({ baseline, exported, listed }).missingKernels).toEqual([
    { kernel: 'softmax', listedBy: 'b.json' },
    { kernel: 'logSumExp', listedBy: '--kernels' },
  ]);
  expect(assessed({ baseline, exported, command: 'fuzz' }).exitCode).toBe(0);
  expect(assessed({ exported, listed, command: 'fuzz' }).exitCode).toBe(1);
});

test('--update-baseline drops what a kernel did that is gone, which then fails no longer', () => {
  const { update, exitCode } = assessed({
    update: true,
    baseline: listing('wrong'),
    exported: ['softmax/backward'],
  });

  expect(update?.findings).toEqual({});
  expect(exitCode).toBe(0);
});

test('what the baseline lists is known, and what it lists in vain is fixed', () => {
  const { findings, baseline } = assessed({
    findings: [ofSubject('inaccurate')],
    baseline: listing('wrong', 'inaccurate'),
  });

  expect(findings.map(({ known }) => known)).toEqual([true]);
  expect(baseline).toEqual({ path: 'b.json', entries: 2, fixed: [signatureOf('wrong')], grown: [] });
});

test.each<[string, Given]>([
  ['a shard', { shards: 2 }],
  ['a run that time stopped', { stoppedBy: 'time' }],
  ['fuzz', { command: 'fuzz' }],
])('%s declares nothing fixed', (_what, given) => {
  expect(assessed({ ...given, baseline: listing('wrong') }).baseline?.fixed).toEqual([]);
});

test('--update-baseline lists what was found, which then fails no longer', () => {
  const { update, exitCode } = assessed({
    update: true,
    findings: [ofSubject('wrong'), exampleFinding()],
    baseline: listing('inaccurate'),
  });

  expect(update?.findings).toMatchObject({
    [signatureOf('wrong')]: { severity: 'wrong', ratio: 2, cases: 12 },
  });
  expect(Object.values(update!.findings)).toMatchObject([{ cause: expect.stringMatching(/^[0-9a-f]{8}$/) }]);
  expect(exitCode).toBe(0);
});

test('a run that did not come to its end, or judged too little, updates nothing', () => {
  expect(assessed({ update: true, stoppedBy: 'breaker' }).update).toBeNull();
  expect(assessed({ update: true, skipped: 90 }).update).toBeNull();
});

test('the baseline of another subject is refused, but an empty one is anyone’s', () => {
  const runSettings = { baselinePath: 'b.json', update: false, saveCorpus: null } as unknown as RunSettings;

  expect(() => checkBaseline({ ...runSettings, baseline: listing('wrong') }, 'mine')).toThrow(UsageError);
  expect(() => checkBaseline({ ...runSettings, baseline: listing('wrong') }, 'from-scratch')).not.toThrow();
  expect(() => checkBaseline({ ...runSettings, baseline: listing() }, 'mine')).not.toThrow();
});
