import { expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import { findingContextOf } from '../examine/build-finding.ts';
import { emptyBatch, examineCase } from '../examine/examine.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { outsideTheFamily } from '../text/outside-the-family.ts';

const f = Math.fround;
const c = f(Math.LOG2E);

const sumOf = (data: ArrayLike<number>, of: (x: number) => number): number =>
  Array.from(data, of).reduce((sum, term) => sum + term, 0);

/** log p as FlashAttention has it: the powers are exp2(fma(x, c, −fl(m·c))), and so is their sum. */
function flashLogSoftmax({ shape, data }: Tensor): Tensor {
  const max = Math.max(...data);
  const scaled = f(max * c);
  let sum = 0;
  for (const x of data) sum = f(sum + f(2 ** f(x * c - scaled)));
  return { shape, data: Float32Array.from(data, (x) => f(f(x - max) - f(Math.log(sum)))) };
}

/** p = exp(x − LSE), LSE rounded. */
function throughLse({ shape, data }: Tensor): Tensor {
  const max = Math.max(...data);
  const lse = f(max + Math.log(sumOf(data, (x) => Math.exp(x - max))));
  return { shape, data: Float32Array.from(data, (x) => Math.exp(f(x - lse))) };
}

const oneWrong = ({ shape, data }: Tensor): Tensor => {
  const logSumExp = Math.log(sumOf(data, Math.exp));
  return { shape, data: Float32Array.from(data, (x, i) => (x - logSumExp) * (i === 0 ? 1.001 : 1)) };
};

async function findingOf(
  operation: 'softmax' | 'logSoftmax',
  kernel: (x: Tensor) => Tensor,
  logits: readonly number[],
): Promise<Finding> {
  const subject = subjectImplementation({ [operation]: kernel }, { name: 'other' });
  const participants = { subject, references: [] };
  const context = findingContextOf({ seed: '0', subject: null }, participants, []);
  const asked: Case = {
    operation,
    direction: 'forward',
    format: 'float32',
    axis: 0,
    logits: { shape: [logits.length], data: Float32Array.from(logits) },
    regimes: [],
    checks: [],
  };
  const batch = emptyBatch();
  const examiner = { participants, context, calls: { write: () => undefined }, shrinkEvaluations: 0 };
  await examineCase(examiner, batch, { case: asked, index: 0, shrink: false, known: new Map() });
  return [...batch.findings.values()][0]!;
}

test.each([
  ['softmax', throughLse, [300.1, 299.7, 299.9, 298], 'the same factor, 1 '],
  ['logSoftmax', flashLogSoftmax, [5000.123, 4985, 4980.5], 'the same amount, '],
] as const)(
  '%s: what another algorithm does to all alike is said to fit it',
  async (operation, kernel, lane, off) => {
    const finding = await findingOf(operation, kernel, lane);

    expect(finding.severity).toBe('wrong');
    expect(outsideTheFamily(finding)).toContain(`Every value of its lane is off by ${off}`);
    expect(outsideTheFamily(finding)).toContain('That fits the pattern of exp2(fma(x, c, −m·c))');
  },
);

test('not so a value that is off alone', async () => {
  expect(outsideTheFamily(await findingOf('logSoftmax', oneWrong, [3, 2, 1]))).toBe(null);
});

test('nor values that are off alike by more than a rounding', async () => {
  const scaled = ({ shape, data }: Tensor): Tensor => {
    const p = throughLse({ shape, data });
    return { shape, data: Float32Array.from(p.data, (value) => value * 1.001) };
  };

  expect(outsideTheFamily(await findingOf('softmax', scaled, [300.1, 299.7, 299.9, 298]))).toBe(null);
});
