/** A mistake that has nothing to do with 16 bits is shrunk in them to what it is shrunk to in float32. */
import { describe, expect, test } from 'vitest';
import { whyInvalid } from '../case/case-check.ts';
import type { Case, Loss } from '../case/case.ts';
import type { SubjectModule } from '../contract/subject.ts';
import { encodedHalves, formats, halfFacts, halfFormats, isHalf, type Format } from '../float/format.ts';
import { generateCase } from '../generate/generate-case.ts';
import { judgeCase } from '../judge/judge-case.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { laneStart, lanesOf } from '../tensor/lanes.ts';
import type { FloatTensor } from '../tensor/tensor.ts';
import { dropOptions } from './drop-options.ts';
import { shrinkCase } from './shrink-case.ts';
import { isSimpler } from './simplicity.ts';

type Lane = (x: readonly number[]) => readonly number[];

function valuesOf(x: FloatTensor): readonly number[] {
  return 'dtype' in x ? Array.from(x.data, halfFacts(x.dtype).decode) : [...x.data];
}

/** A softmax that computes its lanes so, and rounds once. */
function softmaxBy(lane: Lane): SubjectModule {
  const softmax = (x: FloatTensor, { axis = -1 }: { axis?: number } = {}): FloatTensor => {
    const lanes = lanesOf(x.shape, axis);
    const given = valuesOf(x);
    const values = new Float64Array(given.length);
    for (let l = 0; l < lanes.count; l++) {
      const places = Array.from({ length: lanes.length }, (_, k) => laneStart(lanes, l) + k * lanes.stride);
      const shares = lane(places.map((at) => given[at]!));
      for (const [k, at] of places.entries()) values[at] = shares[k]!;
    }
    if ('dtype' in x) return { shape: x.shape, data: encodedHalves(values, x.dtype), dtype: x.dtype };
    return { shape: x.shape, data: x.data instanceof Float32Array ? Float32Array.from(values) : values };
  };
  return { softmax } as unknown as SubjectModule;
}

const sharesOf = (powers: readonly number[], sum: number): readonly number[] => powers.map((e) => e / sum);
const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const shifted = (x: readonly number[]): readonly number[] => x.map((v) => Math.exp(v - Math.max(...x)));

const mistakes: Readonly<Record<string, Lane>> = {
  'the last class left out of sums of more than 3': (x) =>
    sharesOf(shifted(x), sumOf(shifted(x).slice(0, x.length > 3 ? -1 : x.length))),
  'no maximum subtracted': (x) => {
    const powers = x.map((v) => Math.fround(Math.exp(v)));
    return sharesOf(powers, Math.fround(sumOf(powers)));
  },
  'the maximum begun at 0': (x) => {
    const powers = x.map((v) => Math.fround(Math.exp(v - Math.max(0, ...x))));
    return sharesOf(powers, Math.fround(sumOf(powers)));
  },
};

/** The first drawn case that fails, not small, shrunk; the case itself is in no judge's mind. */
async function smallestOf(lane: Lane, format: Format): Promise<Case> {
  const subject = subjectImplementation(softmaxBy(lane), { name: 'mine' });
  const fails = async (c: Case): Promise<boolean> =>
    (await judgeCase({ ...c, checks: [] }, { subject, references: [] }))[0].verdict.kind === 'diverge';
  const space = { operations: ['softmax' as const], directions: ['forward' as const], formats: [format] };
  for (let index = 0; ; index++) {
    const { call: _, ...c } = generateCase({ seed: 12n, index }, space);
    if (c.logits.data.length < 24 || c.logits.data.length > 200 || !(await fails(c))) continue;
    return (await shrinkCase(c, fails, { maxEvaluations: 2_000 })).case;
  }
}

describe.each(Object.keys(mistakes))('%s', (name) => {
  test.each(halfFormats)('is as small in %s as in float32', async (format) => {
    const [native, half] = [
      await smallestOf(mistakes[name]!, 'float32'),
      await smallestOf(mistakes[name]!, format),
    ];

    expect(half.logits.shape).toEqual(native.logits.shape);
    expect([half.axis, half.format, whyInvalid(half)]).toEqual([native.axis, format, null]);
    expect(isSimpler({ ...native, format }, half)).toBe(false);
  });
});

function lossCase(format: Format, loss: Partial<Loss>): Case {
  const array = format === 'float32' ? Float32Array : Float64Array;
  const target = { shape: [3], data: array.of(0.333984375, 0.333984375, 0.333984375) };
  return {
    operation: 'crossEntropy',
    direction: 'forward',
    format,
    axis: -1,
    logits: { shape: [3], data: array.of(0, 0, 0) },
    loss: { target, reduction: 'sum', labelSmoothing: 29 / 32, ...loss },
    regimes: [],
    checks: [],
  };
}

test.each(formats)('what is tried in place of an ε of %s is one of its own, where it is a half', (format) => {
  const tried: number[] = [];
  const attempts = dropOptions(lossCase(format, {}));
  for (let next = attempts.next(); !next.done; next = attempts.next(false))
    tried.push(next.value.loss!.labelSmoothing);

  expect(tried).toEqual(expect.arrayContaining([0, 0.5, 1, 0.25, 0.125]));
  expect(tried.includes(0.1)).toBe(!isHalf(format));
});

test('three thirds, each rounded to bfloat16, are a distribution in it, and in float16 none', () => {
  // They add up to 1 + 2^-9: half a step of bfloat16 at 1, and two of float16
  const none = { shape: [3], data: Float64Array.of(0, 0, 0) };

  for (const format of halfFormats) {
    const [own, other] = [lossCase(format, {}), lossCase(format, { target: none })];
    expect(isSimpler(own, other)).toBe(format === 'bfloat16');
  }
});
