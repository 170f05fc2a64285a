import { expect, test } from 'vitest';
import { generateCase, type CampaignSpace } from '../generate/generate-case.ts';
import * as kernels from '../kernels/index.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { findingContextOf } from './build-finding.ts';
import { emptyBatch, examineCase, type Batch } from './examine.ts';
import type { CaseToExamine, Examiner } from './examiner.ts';
import { openStretch } from './stretch.ts';
import { addTally, canonicalTally } from './tally.ts';
import { TimeIsUp } from './time-is-up.ts';

const space: CampaignSpace = { operations: ['softmax', 'logSumExp'], formats: ['float32'] };

/** Off where there are five elements and more. */
const subject = subjectImplementation(
  {
    ...kernels,
    softmax(x: Tensor, options: { axis?: number }) {
      const y = kernels.softmax(x as never, options as never) as Tensor;
      return { shape: y.shape, data: y.data.length < 5 ? y.data : y.data.map((value) => value * 1.25) };
    },
  },
  { name: 'off' },
);

function examinerOf(write: () => void): Examiner {
  const participants = { subject, references: [] };
  const context = findingContextOf({ seed: '0', subject: null }, participants, []);
  return { participants, calls: { write } as Examiner['calls'], context, shrinkEvaluations: 20 };
}

const cases: readonly CaseToExamine[] = Array.from({ length: 40 }, (_, index) => ({
  case: generateCase({ seed: 7n, index }, space),
  index,
  shrink: false,
  known: new Map<string, number>(),
}));

/** Takes the cases from `from` on; the index of the first that was not judged. */
async function examineFrom(from: number, examiner: Examiner, batch: Batch): Promise<number> {
  const stretch = openStretch(examiner, batch, { onJudge: () => undefined, judged: { cases: 0 } });
  let at = from;
  const unlessUp = async (act: () => void | Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof TimeIsUp)) throw error;
    }
  };
  await unlessUp(async () => {
    for (; at < cases.length; at++) await stretch.take(cases[at]!);
  });
  await unlessUp(() => stretch.judge());
  return stretch.first ?? at;
}

test('wherever the time ends, each case is judged once: in the stretch, or by whoever goes on from there', async () => {
  const whole = emptyBatch();
  let calls = 0;
  const counting = examinerOf(() => void calls++);
  for (const one of cases) await examineCase(counting, whole, one);
  const due = canonicalTally(whole.tally);
  expect(due.verdicts.diverge).toBeGreaterThan(5);

  for (let allowed = 0; allowed <= calls + 1; allowed += 11) {
    const [before, after] = [emptyBatch(), emptyBatch()];
    let left = allowed;
    const limited = examinerOf(() => {
      if (left-- <= 0) throw new TimeIsUp();
    });

    const first = await examineFrom(0, limited, before);
    await examineFrom(first, counting, after);

    const sum = before.tally;
    expect(sum.cases, `${allowed} calls`).toBe(first);
    addTally(sum, after.tally);
    expect(canonicalTally(sum), `${allowed} calls`).toEqual(due);
  }
});

test('what is wrong in the first cases is judged after a few, and not when dozens have been called', async () => {
  const judged: number[] = [];
  let calls = 0;
  const examiner = examinerOf(() => void calls++);
  const stretch = openStretch(examiner, emptyBatch(), {
    onJudge: () => void judged.push(calls),
    judged: { cases: 0 },
  });
  const plain = cases.filter(({ case: c }) => c.checks.length === 0 && c.invalid === undefined);
  for (let round = 0; round < 60; round++)
    for (const one of plain.slice(0, 20)) await stretch.take({ ...one, index: round });

  // 8, 8, 16, 32, and 64 from there on
  expect(judged[0]).toBe(8);
  expect(judged[3]).toBeLessThan(100);
  expect(judged.length).toBeLessThan(1_200 / 64 + 5);
});
