/** Columns of mixed cases against each of their cases alone, bit for bit. */
import { describe, expect, test } from 'vitest';
import { caseSummary } from '../case/case-summary.ts';
import { forwardShape, isIndexTarget, type Case } from '../case/case.ts';
import { kernelTable } from '../contract/subject.ts';
import { roundAll, type FloatArray } from '../float/format.ts';
import { generateCase } from '../generate/generate-case.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { ColumnWork, screen } from './column.ts';
import { CaseWork } from './exact.ts';
import { judgeValues } from './judge-values.ts';

const formats = ['float32', 'float64'] as const;
const coarse = { expUlps: 3, logUlps: 4, flushesSubnormals: true };
const casesPerColumn = 60;

type Kernel = (typeof kernelTable)[number];

/** Cases of all sizes, so that lanes of one case lie between those of others. */
function drawColumn({ operation, direction }: Kernel, format: (typeof formats)[number]): readonly Case[] {
  const space = { operations: [operation], directions: [direction], formats: [format] };
  const drawn = Array.from({ length: casesPerColumn }, (_, index) =>
    generateCase({ seed: 19n, index }, space),
  );
  const [first] = drawn as [Case];
  return [...drawn.slice(0, 9), emptied(first, [0, 3]), ...drawn.slice(9), emptied(first, [2, 0])];
}

/** Without lanes, or with lanes that have no elements. */
function emptied(c: Case, shape: readonly [number, number]): Case {
  const empty = (of: readonly number[]): Tensor => ({ shape: of, data: new Float32Array(0) });
  const { cotangent, loss, ...rest } = c;
  const logits = empty(shape);
  const target = { ...empty([shape[0]]), data: new Int32Array(shape[0]).fill(-7) };
  const without: Case = { ...rest, logits, axis: 1 };
  const filled =
    loss === undefined
      ? without
      : { ...without, loss: { target, reduction: 'none' as const, labelSmoothing: 0, ignoreIndex: -7 } };
  if (cotangent === undefined) return filled;
  const of = forwardShape(filled);
  const data = new Float32Array(of.reduce((product, size) => product * size, 1)).fill(2);
  return { ...filled, cotangent: { shape: of, data } };
}

const columns = formats.flatMap((format) =>
  kernelTable.map((kernel) => ({
    name: `${kernel.kernel}, ${format}`,
    format,
    cases: drawColumn(kernel, format),
  })),
);
const all = columns.flatMap(({ cases }) => cases);

/** What the answers differ in, as a list of sentences. */
function differences(cases: readonly Case[], arithmetic: typeof coarse): readonly string[] {
  const answer = new ColumnWork(cases).answer(arithmetic);
  return cases.flatMap((c, i) => {
    const alone = new CaseWork(c).answer(arithmetic);
    const [from, to] = [answer.offsets[i]!, answer.offsets[i + 1]!];
    return (['exact', 'exactLow', 'careful', 'uncertainty'] as const)
      .filter((name) => !areSame(answer[name].slice(from, to), alone[name]))
      .map((name) => `${name} of ${caseSummary(c)}`);
  });
}

function areSame(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

describe.each(columns)('a column of $name', ({ cases, format }) => {
  test.each([defaultArithmetic, coarse])('has the answers of its cases alone: %j', (arithmetic) => {
    expect(differences(cases, arithmetic)).toEqual([]);
  });

  test('lets pass what agrees, with the ratio that its case alone has', () => {
    const answer = new ColumnWork(cases).answer(defaultArithmetic);

    const judged = cases.map((c, i) => {
      const got = roundAll(arrayOf(c, answer.exact.slice(answer.offsets[i], answer.offsets[i + 1])), format);
      return { alone: ratioAlone(c, got), inColumn: screen(answer, i, got, format) };
    });

    expect(judged.filter(({ alone, inColumn }) => inColumn >= 0 && inColumn !== alone)).toEqual([]);
    expect(judged.filter(({ inColumn }) => inColumn >= 0).length).toBeGreaterThan(0.8 * cases.length);
  });

  test('leaves to the object path whatever is off by more than what is allowed', () => {
    const answer = new ColumnWork(cases).answer(defaultArithmetic);

    const passed = cases.filter((c, i) => {
      const [from, to] = [answer.offsets[i]!, answer.offsets[i + 1]!];
      const spoilt = answer.exact.slice(from, to);
      if (spoilt.length === 0) return false;
      const at = (i * 7) % spoilt.length;
      const more = 3 * answer.careful[from + at]! || 1;
      spoilt[at] = Math.abs(spoilt[at]!) < 1e30 ? spoilt[at]! + more : 0; // of NaN and ±∞, too
      return screen(answer, i, roundAll(arrayOf(c, spoilt), format), format) >= 0;
    });

    expect(passed.map(caseSummary)).toEqual([]);
  });
});

function arrayOf({ format }: Case, values: Float64Array): FloatArray {
  return format === 'float32' ? Float32Array.from(values) : values;
}

function ratioAlone(c: Case, data: FloatArray): number {
  const work = new CaseWork(c);
  const answer = work.answer(defaultArithmetic);
  const { divergence, worstRatio } = judgeValues(
    work,
    { shape: answer.shape, data },
    answer,
    defaultArithmetic,
  );
  return divergence === null ? worstRatio : -1;
}

test.each<[string, (c: Case) => boolean]>([
  ['no lanes', ({ logits: { data, shape } }) => data.length === 0 && shape.length > 1],
  ['a strided axis', ({ axis, logits: { shape } }) => axis >= 0 && axis < shape.length - 1],
  ['NaN', ({ logits: { data } }) => data.includes(NaN)],
  ['+∞', ({ logits: { data } }) => data.includes(Infinity)],
  ['−∞ in all of a lane', ({ logits: { data } }) => data.length > 0 && data.every((x) => x === -Infinity)],
  ['a scalar', ({ logits: { shape } }) => shape.length === 0],
  ['weights', ({ loss }) => loss?.weight !== undefined],
  ['smoothing', ({ loss }) => loss !== undefined && loss.labelSmoothing > 0],
  ['probabilities', ({ loss }) => loss !== undefined && !isIndexTarget(loss.target)],
  ['an ignored position', ({ loss }) => loss?.ignoreIndex !== undefined && isIgnoredIn(loss)],
  ['no reduction', ({ loss }) => loss?.reduction === 'none'],
])('the columns have cases with %s', (_, has) => {
  expect(all.filter(has).length).toBeGreaterThan(1);
});

function isIgnoredIn({ target, ignoreIndex }: NonNullable<Case['loss']>): boolean {
  return isIndexTarget(target) && target.data.includes(ignoreIndex!);
}
