import { expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { oracleNames, type OracleName, type Verdict } from '../case/verdict.ts';
import type { SubjectModule } from '../contract/subject.ts';
import * as kernels from '../kernels/index.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { judgeCase, type CaseJudgement, type Participants } from './judge-case.ts';
import { oracles } from './oracles.ts';

const backward: Case = {
  operation: 'softmax',
  direction: 'backward',
  format: 'float32',
  axis: -1,
  logits: { shape: [3], data: Float32Array.of(0, 1, 2) },
  cotangent: { shape: [3], data: Float32Array.of(1, -2, 0.5) },
  regimes: [],
  checks: ['gradient', 'property', 'repeat'],
};

/**
 * Wrong in every way that an oracle knows: each call is
 * off by a hundredth more than the last, at one element.
 */
function wrongEverywhere(): SubjectModule {
  let calls = 0;
  return {
    ...kernels,
    softmaxBackward(...given: Parameters<typeof kernels.softmaxBackward>) {
      const gradient = kernels.softmaxBackward(...given);
      gradient.data[0]! += ++calls / 100;
      return gradient;
    },
  };
}

const sound = subjectImplementation(kernels, { name: 'sound' });

/** The verdict by these oracles; by all for null. */
function verdictBy(names: readonly OracleName[] | null, c: Case = backward): Verdict {
  const participants: Participants = {
    subject: subjectImplementation(wrongEverywhere(), { name: 'wrong' }),
    references: [{ ...sound, role: 'reference' }],
    lawsPerCase: Infinity,
    ...(names === null ? {} : { oracles: new Set(names) }),
  };
  const [subject, reference] = judgeAtOnce(c, participants);
  expect(reference!.verdict.kind).toBe('agree');
  return subject.verdict;
}

function judgeAtOnce(c: Case, participants: Participants): CaseJudgement {
  const judgement = judgeCase(c, participants);
  if (judgement instanceof Promise) throw new Error('these kernels answer at once');
  return judgement;
}

function speakers(verdict: Verdict): readonly OracleName[] {
  return verdict.kind === 'diverge' ? [...new Set(verdict.divergences.map(({ oracle }) => oracle))] : [];
}

test('the table has a row for each oracle, in the order in which they count', () => {
  expect(oracles.map(({ name }) => name)).toEqual(oracleNames);
});

test('all of them speak of a kernel that is wrong in every way, in their order', () => {
  expect(speakers(verdictBy(null))).toEqual(oracleNames);
});

test.each(oracleNames)('%s speaks alone where it alone is asked', (name) => {
  expect(speakers(verdictBy([name]))).toEqual([name]);
});

test.each(oracleNames)('%s is silent where all others are asked', (name) => {
  const others = oracleNames.filter((other) => other !== name);

  expect(speakers(verdictBy(others))).toEqual(others);
});

test('none speaks where none is asked', () => {
  expect(verdictBy([])).toEqual({ kind: 'agree', worstRatio: 0, inconclusiveElements: 0 });
});

test.each<[Case['checks'][number], OracleName]>([
  ['gradient', 'gradient'],
  ['property', 'property'],
  ['repeat', 'conduct'],
])('without the drawn check %s the oracle %s has nothing to say', (check, oracle) => {
  const c = { ...backward, checks: backward.checks.filter((drawn) => drawn !== check) };

  expect(speakers(verdictBy(null, c))).toEqual(oracleNames.filter((name) => name !== oracle));
});

test('a kernel that answers with promises gets the verdict of one that answers at once', async () => {
  const wrong = subjectImplementation(wrongEverywhere(), { name: 'wrong' });
  const late = { ...wrong, run: (c: Case) => Promise.resolve(wrong.run(c)) };

  const [judged] = await judgeCase(backward, { subject: late, references: [], lawsPerCase: Infinity });

  expect(speakers(judged.verdict)).toEqual(['conduct', 'exact', 'gradient', 'property']);
});

test('an answer from a stack is judged as one given alone is, and the reference is not asked again', () => {
  const reference = { ...sound, role: 'reference' as const, run: () => expect.unreachable('it was asked') };
  const zeros = { shape: [3], data: new Float32Array(3) };

  const [, stacked] = judgeAtOnce(backward, {
    subject: sound,
    references: [reference],
    stacked: (place) => (place === 1 ? zeros : null),
  });

  expect(stacked!.isStacked).toBe(true);
  expect(stacked!.checks).toEqual([{ check: 'gradient', skipped: null }]);
  expect(speakers(stacked!.verdict)).toEqual(['exact', 'gradient', 'differential']);
});
