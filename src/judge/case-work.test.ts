/** The work on a case is done once for all who are judged on it, and for nobody else. */
import { expect, test } from 'vitest';
import { caseFromJson, caseToJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import { operations } from '../contract/subject.ts';
import { nativeFormats } from '../float/format.ts';
import { generateCase } from '../generate/generate-case.ts';
import * as kernels from '../kernels/index.ts';
import { CaseWork } from '../oracles/exact.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { judgeCase, type CaseJudgement } from './judge-case.ts';

const subject = subjectImplementation(kernels, { name: 'sound' });
const reference = { ...subject, name: 'other', role: 'reference' as const };
const coarse = {
  ...reference,
  name: 'coarse',
  arithmetic: { ...reference.arithmetic, expUlps: 64, logUlps: 64 },
};
/** A hundredth off, upwards at every other element. */
const wrong = subjectImplementation(
  {
    ...kernels,
    softmax(...given: Parameters<typeof kernels.softmax>) {
      const { shape, data } = kernels.softmax(...given);
      return { shape, data: data.map((value, i) => (i % 2 === 0 ? value * 1.01 : value)) };
    },
  },
  { name: 'wrong' },
);

const someCase = (index: number): Case =>
  generateCase({ seed: 3n, index }, { operations, formats: nativeFormats });

function judge(c: Case, work?: CaseWork, subjectOf = subject): CaseJudgement {
  const judgement = judgeCase(c, { subject: subjectOf, references: [reference, coarse] }, work);
  if (judgement instanceof Promise) throw new Error('these kernels answer at once');
  return judgement;
}

const softmax: Case = {
  operation: 'softmax',
  direction: 'forward',
  format: 'float32',
  axis: -1,
  logits: { shape: [3], data: Float32Array.of(0, 1, 2) },
  regimes: [],
  checks: [],
};

test('all who are judged on a case are judged by one exact answer, each with its own tolerances', () => {
  const [first, second, third] = judge(softmax).map(({ answer }) => answer!);

  expect(second).toBe(first);
  expect(third!.exact).toBe(first!.exact);
  expect(third!.careful[0]!).toBeGreaterThan(first!.careful[0]!);
});

test('work that is handed in is used, by a case of other checks as well', () => {
  const work = new CaseWork(softmax);

  const [alone] = judge(softmax, work);
  const [fully] = judge({ ...softmax, checks: ['repeat', 'property'] }, work);

  expect(fully.answer).toBe(alone.answer);
});

test('without it nothing is remembered of a case, not of the very same object either', () => {
  expect(judge(softmax)[0].answer!.exact).not.toBe(judge(softmax)[0].answer!.exact);
});

test.each<[string, Partial<Case>]>([
  ['other logits of the same numbers', { logits: { ...softmax.logits } }],
  ['another operation', { operation: 'logSoftmax' }],
  ['another axis', { axis: 0 }],
  ['a cotangent', { direction: 'backward', cotangent: softmax.logits }],
])('the work on a case is refused where the case that is judged has %s', (_, change) => {
  expect(() => judge({ ...softmax, ...change }, new CaseWork(softmax))).toThrow('of another case');
});

test('another object of the same case gets the same verdicts, whatever was judged before it', () => {
  const drawn = Array.from({ length: 150 }, (_, index) => someCase(index));
  const verdicts = drawn.map((c) => judge(c, new CaseWork(c), wrong).map(({ verdict }) => verdict));

  const again = [...drawn].reverse().map((c) => {
    const copy = caseFromJson(caseToJson(c), { name: 'a copy' });
    return judge(copy, undefined, wrong).map(({ verdict }) => verdict);
  });

  expect(again.reverse()).toEqual(verdicts);
  expect(new Set(verdicts.map(([verdict]) => verdict!.kind)).size).toBeGreaterThan(1);
});
