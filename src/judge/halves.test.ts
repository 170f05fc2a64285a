/** Cases of 16 bits through the whole pipe: what a kernel is handed, what it may return, who is blamed. */
import { describe, expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import type { Verdict } from '../case/verdict.ts';
import type { Arithmetic, SubjectModule } from '../contract/subject.ts';
import { decodedHalves, encodedHalves, floatArrayFrom, type HalfFormat } from '../float/format.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import type { FloatTensor, HalfTensor, Tensor } from '../tensor/tensor.ts';
import { judgeCase } from './judge-case.ts';

const ones: Case = {
  operation: 'softmax',
  direction: 'forward',
  format: 'float16',
  axis: -1,
  logits: { shape: [4], data: new Float64Array(4) },
  regimes: [],
  checks: ['repeat'],
};

type Kernel = (x: HalfTensor) => unknown;

async function verdictOf(softmax: Kernel, c: Case = ones, arithmetic: Arithmetic = {}): Promise<Verdict> {
  const module = { softmax, arithmetic } as unknown as SubjectModule;
  const [{ verdict }] = await judgeCase(c, {
    subject: subjectImplementation(module, { name: 'mine' }),
    references: [],
  });
  return verdict;
}

const quarter = (x: HalfTensor, value = 0.25): HalfTensor => ({
  shape: x.shape,
  data: encodedHalves(new Float64Array(x.data.length).fill(value), x.dtype),
  dtype: x.dtype,
});

describe.each(['float16', 'bfloat16'] as const)('of %s', (format: HalfFormat) => {
  const c: Case = { ...ones, format };

  test('a kernel is handed bits and their dtype, and what it returns so is judged', async () => {
    const seen: HalfTensor[] = [];
    const verdict = await verdictOf(
      (x) => {
        seen.push(x);
        return quarter(x);
      },
      { ...c, logits: { shape: [4], data: floatArrayFrom(format, [1, 1, 1, 1]) } },
    );

    expect(verdict.kind).toBe('agree');
    expect(seen[0]!.dtype).toBe(format);
    expect([...seen[0]!.data]).toEqual(Array(4).fill(format === 'float16' ? 0x3c00 : 0x3f80));
  });

  test('one step beside is inaccurate, and the verdict says what was assumed', async () => {
    const step = format === 'float16' ? 2 ** -12 : 2 ** -9;

    expect(await verdictOf((x) => quarter(x, 0.25 + step), c)).toMatchObject({
      divergences: [
        {
          oracle: 'exact',
          severity: 'inaccurate',
          detail: expect.stringContaining('(float32 inside and one rounding at the end)') as string,
        },
      ],
    });
    const wrong = await verdictOf((x) => quarter(x, 0.25 + 16 * step), c);
    expect(wrong).toMatchObject({ divergences: [{ severity: 'wrong' }] });
    const declared = await verdictOf((x) => quarter(x, 0.25 + step), c, { halves: 'composed' });
    expect(declared.kind).toBe('agree');
  });
});

describe('what is no answer in float16', () => {
  const dataOf = (x: HalfTensor): number[] => [...decodedHalves(x.data, x.dtype)].map(() => 0.25);

  test.each<[string, Kernel, string]>([
    [
      'bits without a dtype',
      (x) => ({ shape: x.shape, data: quarter(x).data }),
      'a Uint16Array without a dtype',
    ],
    [
      'float32',
      (x) => ({ shape: x.shape, data: Float32Array.from(dataOf(x)) }),
      'the result is float32, not float16',
    ],
    ['the other half', (x) => ({ ...quarter(x), dtype: 'bfloat16' }), 'the result is bfloat16, not float16'],
    [
      'a dtype that is none',
      (x) => ({ ...quarter(x), dtype: 'half' }),
      'a Uint16Array with the dtype "half"',
    ],
    [
      'a dtype of other data',
      (x) => ({ ...quarter(x), data: Float32Array.from(dataOf(x)) }),
      'a float32 with the dtype',
    ],
  ])('%s', async (_name, kernel, detail) => {
    expect(await verdictOf(kernel)).toMatchObject({
      divergences: [
        { oracle: 'conduct', symptom: 'format', detail: expect.stringContaining(detail) as string },
      ],
    });
  });

  test('a call that writes to its bits, and one that writes behind an odd number of them', async () => {
    const odd: Case = { ...ones, logits: { shape: [3], data: new Float64Array(3) } };
    const third = (x: HalfTensor): HalfTensor => quarter(x, 0.333251953125);

    expect(await verdictOf((x) => ((x.data[0] = 1), quarter(x)))).toMatchObject({
      divergences: [{ symptom: 'input-written' }],
    });
    expect((await verdictOf(third, odd)).kind).toBe('agree');
    const beyond = (x: HalfTensor): HalfTensor => {
      new Uint16Array(x.data.buffer, x.data.byteOffset + x.data.byteLength, 1)[0] = 7;
      return third(x);
    };
    expect(await verdictOf(beyond, odd)).toMatchObject({ divergences: [{ symptom: 'outside-written' }] });
  });
});

test('a loss may be in float32 where it is declared so, and is judged as float32 then', async () => {
  const loss: Case = {
    ...ones,
    operation: 'crossEntropy',
    loss: { target: { shape: [], data: Int32Array.of(0) }, reduction: 'sum', labelSmoothing: 0 },
    checks: [],
  };
  const crossEntropy = (): Tensor => ({ shape: [], data: Float32Array.of(Math.log(4)) });
  const judged = async (
    arithmetic: Arithmetic,
    kernel: () => FloatTensor = crossEntropy,
  ): Promise<Verdict> => {
    const module = { crossEntropy: kernel, arithmetic } as unknown as SubjectModule;
    const subject = subjectImplementation(module, { name: 'mine' });
    const [{ verdict }] = await judgeCase(loss, { subject, references: [] });
    return verdict;
  };

  expect(await judged({})).toMatchObject({ divergences: [{ symptom: 'format' }] });
  expect((await judged({ lossDtype: 'float32' })).kind).toBe('agree');
  const rounded = (): Tensor => ({ shape: [], data: Float32Array.of(1.38671875) }); // log 4 in float16
  expect(await judged({ lossDtype: 'float32' }, rounded)).toMatchObject({
    divergences: [{ severity: 'wrong' }],
  });
});
