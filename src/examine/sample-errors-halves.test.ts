/** What the picture of errors shows of 16 bits: a rounding is half an ULP, and no error of anybody. */
import { expect, test } from 'vitest';
import { excessOf } from '../archive/error-bucket.ts';
import type { SubjectModule } from '../contract/subject.ts';
import { decodedHalves, floatArrayFrom } from '../float/format.ts';
import { judgeCase } from '../judge/judge-case.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { toHalfTensor } from '../tensor/half-tensor.ts';
import type { HalfTensor } from '../tensor/tensor.ts';
import { ErrorCounts } from './sample-errors.ts';

/** What is sampled of softmax([1, 0]) in float16, of which `spoil` is made before it is rounded. */
async function excessOfSoftmax(spoil: (p: number) => number): Promise<number> {
  const softmax = ({ shape, data, dtype }: HalfTensor): HalfTensor => {
    const powers = [...decodedHalves(data, dtype)].map(Math.exp);
    const sum = powers.reduce((total, power) => total + power, 0);
    return toHalfTensor({ shape, data: powers.map((power) => spoil(power / sum)) }, dtype);
  };
  const c = {
    operation: 'softmax',
    direction: 'forward',
    format: 'float16',
    axis: -1,
    logits: { shape: [2], data: floatArrayFrom('float16', [1, 0]) },
    regimes: [],
    checks: [],
  } as const;
  const subject = subjectImplementation({ softmax } as unknown as SubjectModule, { name: 'mine' });
  const counts = new ErrorCounts();
  counts.add(c, await judgeCase(c, { subject, references: [] }));
  const sample = counts.sample();
  expect(Object.keys(sample)).toContain('softmax/forward/float16/width/1/mine');
  return excessOf(sample['softmax/forward/float16/width/1/mine']!);
}

test('a correctly rounded answer is within what it is allowed, and one step beside is not', async () => {
  const rounded = await excessOfSoftmax((p) => p);
  expect(rounded).toBeGreaterThan(0.3);
  expect(rounded).toBeLessThan(1);
  expect(await excessOfSoftmax((p) => p * (1 + 2 ** -10))).toBeGreaterThan(1);
});
