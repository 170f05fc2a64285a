import { expect, test } from 'vitest';
import type { CallForm } from '../case/call-form.ts';
import { exampleCase } from '../case/fixtures/example-finding.ts';
import { operations } from '../contract/subject.ts';
import { generateCase } from '../generate/generate-case.ts';
import { judgeCase, type CaseJudgement, type ImplementationJudgement } from '../judge/judge-case.ts';
import * as fromScratch from '../kernels/index.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { CaseCounts, type AgreedPlace } from './count-case.ts';
import { canonicalTally } from './tally.ts';

const declined: ImplementationJudgement = {
  implementation: 'subject',
  role: 'subject',
  outcome: { kind: 'unsupported', reason: 'declined' },
  verdict: { kind: 'skip', reason: 'declined' },
  answer: null,
  checks: [],
  onlyByForm: false,
  isStacked: false,
};

test('each case counts for the form in which it was called', () => {
  const counts = new CaseCounts();
  const forms: readonly (CallForm | undefined)[] = [
    undefined,
    { kind: 'view', from: 1 },
    { kind: 'view', from: 6 },
    { kind: 'axis', as: 'absent' },
    undefined,
  ];

  for (const [index, call] of forms.entries()) {
    const c = call === undefined ? exampleCase : { ...exampleCase, call };
    counts.add(c, [declined], index);
  }

  const tally = counts.tally();
  expect(tally.forms).toEqual({ plain: 2, view: 2, 'axis-absent': 1 });
  expect(tally.cases).toBe(5);
});

/** A judgement as a column tells it: what was due stands among that of others. */
function agreedPlace({ implementation, verdict, outcome, answer }: ImplementationJudgement): AgreedPlace {
  if (verdict.kind === 'skip')
    return { implementation, skipped: verdict.reason, worstRatio: 0, values: null };
  if (verdict.kind !== 'agree' || outcome.kind !== 'values') throw new Error(verdict.kind);
  const among = (values: Float64Array): Float64Array => Float64Array.of(7, 7, 7, ...values, 7);
  const { exact, exactLow, careful } = answer!;
  const due = { exact: among(exact), exactLow: among(exactLow), careful: among(careful), from: 3 };
  const { worstRatio } = verdict;
  return { implementation, skipped: null, worstRatio, values: { got: outcome.tensor!.data, ...due } };
}

test('a case that agrees counts from flat arrays as it does by its judgement', () => {
  const subject = subjectImplementation({ ...fromScratch, name: 'subject' }, { name: 'subject' });
  const { softmax, crossEntropyBackward } = fromScratch;
  const few = { softmax, crossEntropyBackward, name: 'few' };
  const reference = { ...subjectImplementation(few, { name: 'few' }), role: 'reference' as const };
  const [byJudgement, fromArrays] = [new CaseCounts(), new CaseCounts()];
  let sampled = 0;

  for (let index = 0; index < 1_500; index++) {
    const c = generateCase({ seed: 5n, index: index >> 1 }, { operations, formats: ['float32', 'float16'] });
    if (c.checks.includes('gradient') || c.checks.includes('property')) continue;
    const judgement = judgeCase(c, { subject, references: [reference] }) as CaseJudgement;
    if (judgement.some(({ verdict }) => verdict.kind !== 'agree' && verdict.kind !== 'skip')) continue;
    byJudgement.add(c, judgement, index);
    fromArrays.addAgreed(c, index, judgement.map(agreedPlace));
    sampled++;
  }

  expect(sampled).toBeGreaterThan(1_000);
  expect(canonicalTally(fromArrays.tally())).toEqual(canonicalTally(byJudgement.tally()));
});

test('to ask for the counts changes none of them', () => {
  const counts = new CaseCounts();
  counts.add({ ...exampleCase, regimes: ['plain'] }, [declined], 3);

  const first = JSON.stringify(counts.tally());

  expect(JSON.stringify(counts.tally())).toBe(first);
});
