import { expect, test } from 'vitest';
import { exampleRun, type RunChanges } from '../../archive/fixtures/example-run.ts';
import { findingSummary } from '../../archive/finding-file.ts';
import type { RunRecord } from '../../archive/run-record.ts';
import { exampleFinding } from '../../case/fixtures/example-finding.ts';
import type { Finding } from '../../case/finding.ts';
import { changeKinds, comparisonOf, isWorse, type Comparison } from './comparison.ts';

function signature(rest: string, severity = 'wrong'): string {
  return `1:softmax/forward/float32/subject/exact/${severity}/ulps/${rest}`;
}

function finding(rest: string, changes: Partial<Finding> = {}): Finding {
  const severity = changes.severity ?? 'wrong';
  return exampleFinding({ blame: 'subject', signature: signature(rest, severity), ratio: 8, ...changes });
}

function run(findings: readonly Finding[], changes: RunChanges = {}): RunRecord {
  return exampleRun({ findings: findings.map((one) => findingSummary(one, 'x')), ...changes });
}

/** How many of each kind. */
function counts(comparison: Comparison): readonly number[] {
  return changeKinds.map((kind) => comparison[kind].length);
}

test('what is in one of the runs is new or gone', () => {
  const comparison = comparisonOf(run([finding('a'), finding('b')]), run([finding('b'), finding('c')]));

  expect(comparison.new.map((change) => change.signature)).toEqual([signature('c')]);
  expect(comparison.gone.map((change) => change.signature)).toEqual([signature('a')]);
  expect(comparison.same).toBe(1);
});

test('what was named by version 1 of the signature is found again by the name that it had there', () => {
  const [first, second] = ['2:a', '2:b'].map((name) => ({
    signature: name,
    formerly: signature('a'),
    ratio: 64,
  }));
  const old = run([finding('a'), finding('b')]);

  const comparison = comparisonOf(old, run([finding('', first), finding('', second)]));

  expect(comparison.worse.map((change) => change.signature)).toEqual(['2:a', '2:b']);
  expect(comparison.gone.map((change) => change.signature)).toEqual([signature('b')]);
  expect([comparison.new, comparison.sameNames]).toEqual([[], false]);
});

test.each([
  [8, 16, [0, 0, 1, 0]],
  [8, 15, [0, 0, 0, 0]],
  [16, 8, [0, 0, 0, 1]],
  [8, 'Infinity', [0, 0, 1, 0]],
  ['Infinity', 'Infinity', [0, 0, 0, 0]],
  [null, 8, [0, 0, 0, 0]],
] as const)('over the same cases twice as bad is worse: %j and then %j', (before, after, expected) => {
  const runs = [before, after].map((ratio) => run([finding('a', { ratio })]));

  expect(counts(comparisonOf(runs[0]!, runs[1]!))).toEqual(expected);
});

test.each([
  [100, [0, 0, 0, 0]],
  [128, [0, 0, 1, 0]],
] as const)('over other cases only 16 times as bad is: 8 and then %j', (ratio, expected) => {
  const parts = exampleRun().parts.map((part) => ({ ...part, seed: '8' }));
  const comparison = comparisonOf(run([finding('a')]), run([finding('a', { ratio })], { parts }));

  expect([comparison.sameCases, ...counts(comparison)]).toEqual([false, ...expected]);
});

test('what was inaccurate and is wrong is one finding, and worse', () => {
  const [mild, bad] = [finding('a', { severity: 'inaccurate' }), finding('a')];

  expect(counts(comparisonOf(run([mild]), run([bad])))).toEqual([0, 0, 1, 0]);
  expect(counts(comparisonOf(run([bad]), run([mild])))).toEqual([0, 0, 0, 1]);
});

test.each([
  ['a new finding of the subject', finding('a'), true],
  ['one that its baseline lists', finding('a', { known: true }), false],
  ['one of a reference', finding('a', { blame: 'tfjs-wasm' }), false],
] as const)('worse as a whole: %s', (_, one, expected) => {
  expect(isWorse(comparisonOf(run([]), run([one])))).toBe(expected);
});

test('kernels are compared by the subject of each run, whatever it is called', () => {
  const counted = { agree: 90, diverge: 9, inconclusive: 0, skip: 1 };
  const renamed = run([], {
    subject: { name: 'other', version: '2', module: null },
    byImplementation: { other: counted },
    byKernel: { 'softmax/forward/other': counted },
    worstRatio: { 'softmax/forward/other': 0.5 },
  });

  expect(comparisonOf(run([]), renamed).kernels).toEqual([
    {
      kernel: 'softmax/forward',
      implementation: 'other',
      isSubject: true,
      before: { judged: 99, diverge: 0, worstRatio: 0.25 },
      after: { judged: 99, diverge: 9, worstRatio: 0.5 },
    },
  ]);
});

test('runs that name their findings by different versions of the signature are told apart, others are not', () => {
  const named = (signature: string): RunRecord => run([finding('a', { signature })]);

  expect(comparisonOf(named('1:a'), named('2:a')).sameNames).toBe(false);
  expect(comparisonOf(named('2:a'), named('2:b')).sameNames).toBe(true);
  expect(comparisonOf(run([]), named('2:b')).sameNames).toBe(true);
});
