/** Halves that are cut off and not rounded, through the whole pipe. */
import { expect, test } from 'vitest';
import type { SubjectModule } from '../contract/subject.ts';
import { decodedHalves } from '../float/format.ts';
import { exhaustiveCase } from '../generate/exhaustive.ts';
import { answerOf } from '../oracles/exact.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import type { HalfTensor } from '../tensor/tensor.ts';
import { judgeCase } from './judge-case.ts';

/** 4,096 lanes [0, g]. */
const all = exhaustiveCase(19, { operations: ['softmax'], kernels: ['softmax'], formats: ['bfloat16'] });

/** A softmax of bfloat16 with float32 inside, which cuts the lower half of it off. */
function cutting(x: HalfTensor): HalfTensor {
  const logits = { shape: x.shape, data: decodedHalves(x.data, 'bfloat16') };
  const values = Float32Array.from(answerOf({ ...all, logits }, defaultArithmetic).exact);
  const words = new Uint32Array(values.buffer);
  return { shape: x.shape, data: Uint16Array.from(words, (word) => word >>> 16), dtype: 'bfloat16' };
}

test('>> 16, inside every tolerance of a composed kernel, is inaccurate by this law alone', async () => {
  const module = { softmax: cutting, arithmetic: { halves: 'composed' } } as unknown as SubjectModule;

  const [{ verdict }] = await judgeCase(all, {
    subject: subjectImplementation(module, { name: 'cutting' }),
    references: [],
  });

  expect(verdict).toMatchObject({
    kind: 'diverge',
    divergences: [{ oracle: 'property', law: 'halves are rounded to nearest', severity: 'inaccurate' }],
  });
});
