import { describe, expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { UnsupportedError } from '../contract/unsupported.ts';
import type { SubjectModule } from '../contract/subject.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import type { Implementation } from '../subjects/implementation.ts';
import * as textbook from '../kernels/textbook/index.ts';
import type { Verdict } from '../case/verdict.ts';
import { judgeCase } from './judge-case.ts';

const invalid: Case = {
  operation: 'crossEntropy',
  direction: 'forward',
  format: 'float32',
  axis: -1,
  logits: { shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) },
  loss: { target: { shape: [2], data: Int32Array.of(0, 1) }, reduction: 'sum', labelSmoothing: 0 },
  invalid: 'class-above',
  regimes: [],
  checks: ['gradient', 'property', 'repeat'],
};

type Kernel = NonNullable<SubjectModule['crossEntropy']>;

async function verdictOf(crossEntropy: Kernel, refuses = true): Promise<Verdict> {
  const subject = subjectImplementation({ crossEntropy, refuses }, { name: 'mine' });
  const [{ verdict }] = await judgeCase(invalid, { subject, references: [] });
  return verdict;
}

describe('on invalid arguments a subject that says that it refuses them', () => {
  test('agrees where it throws, whatever it throws, at once or later', async () => {
    const refusals: readonly Kernel[] = [
      (_logits, { data }) => {
        throw new RangeError(`the class ${data[1]}`);
      },
      () => {
        throw null as unknown as Error;
      },
      () => Promise.reject(new Error('later')),
    ];

    for (const refusal of refusals) expect(await verdictOf(refusal)).toMatchObject({ kind: 'agree' });
  });

  test('is asked with what is wrong, and skips what it declines', async () => {
    const seen: unknown[] = [];
    const declines: Kernel = (_logits, target) => {
      seen.push([...target.data]);
      throw new UnsupportedError('not here');
    };

    expect(await verdictOf(declines)).toEqual({ kind: 'skip', reason: 'UnsupportedError: not here' });
    expect(seen).toEqual([[0, 3]]);
  });

  test('diverges where it answers', async () => {
    const answer = { shape: [], data: Float32Array.of(7) };

    for (const accepts of [() => answer, () => Promise.resolve(answer), () => NaN as never]) {
      expect(await verdictOf(accepts)).toMatchObject({
        kind: 'diverge',
        divergences: [
          {
            oracle: 'conduct',
            severity: 'wrong',
            symptom: 'accepted',
            detail: 'the call returned, and the class 3 of 3 is invalid',
          },
        ],
      });
    }
  });

  test('diverges where it writes before it throws, also to an option', async () => {
    const writes: readonly Kernel[] = [
      ({ data }) => {
        data[0] = 1;
        throw new RangeError('too late');
      },
      (_logits, _target, options) => {
        (options as { labelSmoothing: number }).labelSmoothing = 0.1;
        throw new RangeError('too late');
      },
    ];

    for (const write of writes)
      expect(await verdictOf(write)).toMatchObject({ divergences: [{ symptom: 'input-written' }] });
  });
});

test('an error that is due is made without its stack, and errors have theirs again after the call', async () => {
  const limit = Error.stackTraceLimit;
  const traced = (): boolean => new Error('of some call').stack!.includes('\n');
  let isTracedWithin = true;
  const refuses: Kernel = () => {
    isTracedWithin = traced();
    throw new RangeError('no such class');
  };
  const limits: number[] = [];
  const setsTheLimit: Kernel = () => {
    Error.stackTraceLimit = 3;
    throw new RangeError('no such class');
  };

  await verdictOf(refuses);
  limits.push(Error.stackTraceLimit);
  await verdictOf(({ shape, data }) => ({ shape, data }));
  limits.push(Error.stackTraceLimit);
  await verdictOf(setsTheLimit);
  limits.push(Error.stackTraceLimit);
  Error.stackTraceLimit = limit;

  expect(isTracedWithin).toBe(false);
  expect(limits).toEqual([limit, limit, 3]);
  expect(traced()).toBe(true);
});

test('one that does not say so is not asked, and neither is a reference', async () => {
  const untouched: Kernel = () => expect.unreachable();
  const asked: Implementation = subjectImplementation({ ...textbook }, { name: 'textbook' });
  const reference: Implementation = { ...asked, role: 'reference', declines: () => null };

  const judgement = await judgeCase(invalid, { subject: asked, references: [reference] });

  expect(await verdictOf(untouched, false)).toMatchObject({ kind: 'skip' });
  expect(judgement.map(({ verdict }) => verdict.kind)).toEqual(['skip', 'skip']);
});
