import { expect, test } from 'vitest';
import type { CallForm } from '../case/call-form.ts';
import { exampleCase } from '../case/fixtures/example-finding.ts';
import type { ImplementationJudgement } from '../judge/judge-case.ts';
import { CaseCounts } from './count-case.ts';

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
