import { expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import type { ErrorBucket } from '../archive/error-bucket.ts';
import { judgeCase, type CaseJudgement } from '../judge/judge-case.ts';
import type { SubjectModule } from '../contract/subject.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { ErrorCounts, isSampled } from './sample-errors.ts';

/** softmax([0, 0]) is [1/2, 1/2]; an ULP of float32 there is 2^-24. */
const halves: Case = {
  operation: 'softmax',
  direction: 'forward',
  format: 'float32',
  axis: -1,
  logits: { shape: [2], data: Float32Array.of(0, 0) },
  regimes: [],
  checks: [],
};

function judged(c: Case, ...answer: number[]): CaseJudgement {
  const subjectModule = {
    name: 'fixed',
    softmax: () => ({ shape: c.logits.shape, data: Float32Array.from(answer) }),
  } as unknown as SubjectModule;
  const subject = subjectImplementation(subjectModule, { name: 'fixed' });
  return judgeCase(c, { subject, references: [] }) as CaseJudgement;
}

function sampleOf(c: Case, ...answer: number[]): Record<string, ErrorBucket> {
  const counts = new ErrorCounts();
  counts.add(c, judged(c, ...answer));
  return counts.sample();
}

test('an error is measured in ULPs at the exact answer, under the exponent of each measure', () => {
  const sample = sampleOf(halves, 0.5, 0.5 + 3 * 2 ** -24);

  expect(Object.keys(sample)).toEqual([
    'softmax/forward/float32/magnitude/zero/fixed',
    'softmax/forward/float32/spread/zero/fixed',
    'softmax/forward/float32/width/1/fixed',
  ]);
  expect(sample['softmax/forward/float32/width/1/fixed']).toMatchObject({ cases: 1, ulps: 3, notFinite: 0 });
});

test('of several elements the one that is worst by its own tolerance counts', () => {
  const c = { ...halves, logits: { shape: [2], data: Float32Array.of(0, -8) } };
  const [most, least] = [1 / (1 + Math.exp(-8)), Math.exp(-8) / (1 + Math.exp(-8))];

  // A thousandth of the small one is far beyond its tolerance; the large one's rounding is not.
  const bucket = sampleOf(c, most, least * 1.001)['softmax/forward/float32/spread/3/fixed']!;

  expect(bucket.ulps).toBeGreaterThan(5_000); // a thousandth is 2^24/1000 to 2^23/1000 ULPs
  expect(bucket.ulps).toBeLessThan(17_000);
  expect(bucket.allowed).toBeLessThan(100);
});

test('a NaN out of place is counted, and measures nothing by itself', () => {
  expect(sampleOf(halves, Number.NaN, Number.NaN)['softmax/forward/float32/width/1/fixed']).toEqual({
    cases: 1,
    ulps: 0,
    allowed: 0,
    notFinite: 1,
  });
});

test('an answer that may underflow to nothing is no measure, unless it is off by more than is allowed', () => {
  const c = { ...halves, logits: { shape: [2], data: Float32Array.of(0, -100) } };

  expect(sampleOf(c, 1, 0)['softmax/forward/float32/width/1/fixed']).toMatchObject({ ulps: 0 });
  expect(sampleOf(c, 1, 1e-30)['softmax/forward/float32/width/1/fixed']!.ulps).toBeGreaterThan(1e6);
});

test('one index in eight is sampled, in every residue of a shard or a stride', () => {
  const sampled = Array.from({ length: 16_000 }, (_, index) => index).filter(isSampled);
  const byResidue = Array.from(
    { length: 8 },
    (_, rest) => sampled.filter((index) => index % 8 === rest).length,
  );

  // Binomial (16,000, 1/8): standard deviation 41.8; (2,000, 1/8): 14.8. Five of them.
  expect(Math.abs(sampled.length - 2_000)).toBeLessThan(209);
  for (const count of byResidue) expect(Math.abs(count - 250)).toBeLessThan(74);
});
