import { expect, test } from 'vitest';
import type { Diagnosis } from '../case/diagnosis.ts';
import type { Finding } from '../case/finding.ts';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { diagnoseFindings, findingsToDiagnose, withoutOthersDiagnosis } from './diagnose-findings.ts';
import type { FreshProcess } from './fresh-process.ts';

function finding(index: number, more: Partial<Finding> = {}): Finding {
  return { ...exampleFinding({ blame: 'subject' }), index, confirmed: 'alone', ...more };
}

const diagnosis: Diagnosis = { boundary: 'wrong from width 2 on', bounds: null, stage: null, nearest: null };

function processThat(
  diagnoseOne: (finding: Finding) => Diagnosis | null,
): FreshProcess & { renewed: () => number } {
  let renewed = 0;
  return {
    ask: () => Promise.resolve({ kind: 'unasked' }),
    diagnose: (one) => Promise.resolve(diagnoseOne(one)),
    digest: () => Promise.resolve(null),
    renew: () => void renewed++,
    isSpent: () => false,
    stop: () => undefined,
    renewed: () => renewed,
  };
}

const operations = ['softmax', 'logSoftmax', 'logSumExp', 'crossEntropy'] as const;
const symptoms = ['nan', 'inf', 'zero', 'ulps'] as const;
const sixteen = operations.flatMap((operation, i) =>
  symptoms.map((symptom, j) =>
    finding(100 - 4 * i - j, { operation, symptom, signature: `${operation}/${symptom}` }),
  ),
);

test('of each kernel and symptom the first is diagnosed, ten at most, and no reference', () => {
  const later = finding(500, { operation: 'softmax', symptom: 'nan', signature: 'later' });
  const reference = finding(0, { blame: 'tfjs-cpu' });

  const due = findingsToDiagnose([later, reference, ...sixteen]);

  expect(due.map(({ index }) => index)).toEqual([85, 86, 87, 88, 89, 90, 91, 92, 93, 94]);
});

test('of runs that are united the findings are diagnosed that one run would have diagnosed', async () => {
  const process = processThat(() => diagnosis);
  const whole = await diagnoseFindings(sixteen, process);
  const shares = [sixteen.filter((_, i) => i % 2 === 0), sixteen.filter((_, i) => i % 2 === 1)];
  const parts = await Promise.all(shares.map((share) => diagnoseFindings(share, process)));

  const byIndex = (a: Finding, b: Finding): number => a.index! - b.index!;
  expect(parts.flat().filter((one) => one.diagnosis !== undefined)).toHaveLength(16);
  expect(withoutOthersDiagnosis(parts.flat()).toSorted(byIndex)).toEqual(whole.toSorted(byIndex));
});

test('a process that ends is asked no more, and one that keeps something is a new one for each finding', async () => {
  const [stateless, stateful] = [processThat(() => null), processThat(() => diagnosis)];

  const untold = await diagnoseFindings(sixteen, stateless);
  await diagnoseFindings([...sixteen, finding(3, { confirmed: 'after-more', signature: 'x' })], stateful);

  expect(untold).toEqual(sixteen);
  expect([stateless.renewed(), stateful.renewed()]).toEqual([0, 10]);
});
