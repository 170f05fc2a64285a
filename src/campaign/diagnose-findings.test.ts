import { expect, test } from 'vitest';
import type { Diagnosis } from '../case/diagnosis.ts';
import type { Case } from '../case/case.ts';
import { caseToJson } from '../case/case-json.ts';
import { kernelTable } from '../contract/subject.ts';
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

const kernels = kernelTable.filter(({ operation }) => operation !== 'crossEntropy');
const sixteen = Array.from({ length: 16 }, (_, i): Finding => {
  const { operation, direction } = kernels[i % kernels.length]!;
  const value = [0, 100, NaN][Math.floor(i / kernels.length)]!;
  const logits = { shape: [1], data: Float32Array.of(value) };
  const dyShape = operation === 'logSumExp' ? [] : [1];
  const c: Case = {
    operation,
    direction,
    format: 'float32',
    axis: 0,
    logits,
    regimes: [],
    checks: [],
    ...(direction === 'forward' ? {} : { cotangent: { shape: dyShape, data: Float32Array.of(1) } }),
  };
  return finding(100 - i, { operation, direction, minimal: caseToJson(c), signature: `finding ${i}` });
});

test('of each kernel and what it needs the plainest is diagnosed, ten at most, and no reference', () => {
  const [first] = sixteen;
  const later = { ...first!, index: 500, signature: 'later' };
  const reference = finding(0, { blame: 'tfjs-cpu' });

  const due = findingsToDiagnose([later, reference, ...sixteen]);

  expect(due).toHaveLength(10);
  expect(due).toContain(first);
  expect([later, reference].filter((one) => due.includes(one))).toEqual([]);
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
