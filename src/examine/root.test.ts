import { expect, test } from 'vitest';
import { smallCase } from '../../reference/ledger/small-case.ts';
import { caseFromJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import type { SubjectModule } from '../contract/subject.ts';
import { floatArrayFrom, isHalf, type Format } from '../float/format.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { judgeCase, type ImplementationJudgement } from '../judge/judge-case.ts';
import * as kernels from '../kernels/index.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { firstOf } from './blamed.ts';
import { rootOf } from './root.ts';

/** Right, but for lanes in which there is −∞. */
const wrongWithMasks: SubjectModule = {
  ...kernels,
  softmax(logits, options) {
    const answer = kernels.softmax(logits, options);
    return logits.data.includes(-Infinity) ? { ...answer, data: answer.data.map(() => NaN) } : answer;
  },
};

const subject = subjectImplementation(wrongWithMasks, { name: 'wrong-with-masks' });

async function judge(c: Case): Promise<ImplementationJudgement> {
  return (await judgeCase(c, { subject, references: [], lawsPerCase: Infinity }))[0];
}

const softmaxOf = (...logits: number[]): Case => ({
  ...caseFromJson(smallCase({ kernel: 'softmax/forward', shape: [logits.length], logits })),
  checks: ['property'],
});

/** The softmax of one class in all formats, but where `isWrong` says so. */
function wrongWhere(isWrong: (format: Format) => boolean): Implementation {
  return {
    ...subject,
    run(c) {
      const { shape, data } = c.logits;
      const wrong = data.map(() => (isWrong(c.format) ? NaN : 1));
      return { kind: 'values', tensor: { shape, data: floatArrayFrom(c.format, wrong) }, violations: [] };
    },
  };
}

/** The softmax of one class is 1. */
const one: Case = {
  ...softmaxOf(1),
  format: 'bfloat16',
  logits: { shape: [1], data: Float64Array.of(1) },
  checks: [],
};

test.each<[string, (format: Format) => boolean, Format]>([
  ['in any format is of float32', () => true, 'float32'],
  ['in halves alone is of float16', isHalf, 'float16'],
  ['in bfloat16 alone is of that', (format) => format === 'bfloat16', 'bfloat16'],
])('the root of what is wrong %s', async (_, isWrong, format) => {
  const asked = wrongWhere(isWrong);
  const ask = async (c: Case): Promise<ImplementationJudgement> =>
    (await judgeCase(c, { subject: asked, references: [] }))[0];

  expect((await rootOf(one, await ask(one), ask)).format).toBe(format);
});

test('the root of what breaks a law is the other case of the law, where the exact answer is held against that', async () => {
  const c = softmaxOf(0);
  const judged = await judge(c);
  expect(firstOf(judged)).toMatchObject({ oracle: 'property', law: 'a class of −∞ adds nothing' });

  const root = await rootOf(c, judged, judge);

  expect([...root.logits.data]).toContain(-Infinity);
});

test('what an exact answer is held against does not slip to a law, which brings in what it needs', async () => {
  const c = softmaxOf(0, 3, -Infinity);

  const root = await rootOf(c, await judge(c), judge);

  expect([...root.logits.data]).toContain(-Infinity);
});
