/** Cutting bits off is told from rounding, and no sound kernel of any level is taken for one that does. */
import { describe, expect, test } from 'vitest';
import { answerBy, styleOf } from '../series/half-bounds/kernels.ts';
import { randomOf } from '../series/half-bounds/draw.ts';
import { outputShape, type Case } from '../src/case/case.ts';
import { halfLevels, type Operation } from '../src/contract/subject.ts';
import { halfFormats, roundTo, type HalfFormat } from '../src/float/format.ts';
import { nextDown, nextUp } from '../src/float/ulp.ts';
import { answerOf } from '../src/oracles/exact.ts';
import { defaultArithmetic } from '../src/subjects/implementation.ts';
import type { Tensor } from '../src/tensor/tensor.ts';
import { judgeRounding } from './judge-properties.ts';

const operations: readonly Operation[] = ['softmax', 'logSoftmax', 'logSumExp'];

function caseOf(operation: Operation, format: HalfFormat, rows: number, logits: Float64Array): Case {
  const shape = [rows, logits.length / rows];
  return {
    operation,
    direction: 'forward',
    format,
    axis: -1,
    logits: { shape, data: logits },
    regimes: [],
    checks: [],
  };
}

/** `rows` lanes of values around 0, by a spread. */
function lanesOf(
  operation: Operation,
  format: HalfFormat,
  rows: number,
  width: number,
  spread: number,
): Case {
  const random = randomOf(rows * width + Math.round(spread * 1000));
  const values = Float64Array.from({ length: rows * width }, () =>
    roundTo(format, spread * (random() - 0.5)),
  );
  return caseOf(operation, format, rows, values);
}

function answered(c: Case, rounding: (exact: number, format: HalfFormat, at: number) => number): Tensor {
  const { shape, exact } = answerOf(c, defaultArithmetic);
  return { shape, data: exact.map((value, at) => rounding(value, c.format as HalfFormat, at)) };
}

const toZero = (exact: number, format: HalfFormat): number => {
  const nearest = roundTo(format, exact);
  if (!(Math.abs(nearest) > Math.abs(exact)) || !Number.isFinite(nearest)) return nearest;
  return nearest > 0 ? nextDown(nearest, format) : nextUp(nearest, format);
};
const fromZero = (exact: number, format: HalfFormat): number => {
  const nearest = roundTo(format, exact);
  if (!(Math.abs(nearest) < Math.abs(exact))) return nearest;
  return nearest > 0 ? nextUp(nearest, format) : nextDown(nearest, format);
};
const toNearest = (exact: number, format: HalfFormat): number => roundTo(format, exact);

function judged(c: Case, got: Tensor): ReturnType<typeof judgeRounding> {
  return judgeRounding(c, got, answerOf(c, defaultArithmetic), defaultArithmetic);
}

describe.each(halfFormats)('%s', (format) => {
  test.each(operations)('%s whose bits are cut off is told so', (operation) => {
    const c = lanesOf(operation, format, 512, 3, 4);

    expect(judged(c, answered(c, toZero))).toMatchObject({
      oracle: 'property',
      law: 'halves are rounded to nearest',
      severity: 'inaccurate',
    });
  });

  test.each(operations)(
    '%s that is rounded to nearest, away from zero, or cut off here and there is not',
    (operation) => {
      const c = lanesOf(operation, format, 512, 3, 4);

      expect(judged(c, answered(c, toNearest))).toBeNull();
      expect(judged(c, answered(c, fromZero))).toBeNull();
      expect(
        judged(
          c,
          answered(c, (exact, _, at) => (at % 50 === 0 ? toNearest : toZero)(exact, format)),
        ),
      ).toBeNull();
    },
  );

  test('no sound kernel, whatever it stores in the half, near or far from equal logits', () => {
    const told: string[] = [];
    for (const level of halfLevels)
      for (const share of ['quotient', 'through log'] as const)
        for (const operation of operations)
          for (const spread of [2 ** -9, 6])
            for (const width of [3, 64]) {
              const c = lanesOf(operation, format, 128, width, spread);
              const data = answerBy(c, format, styleOf(format, level, { share, isCareful: true }));
              const got = { shape: outputShape(c), data };
              if (judged(c, got) !== null) told.push(`${level} ${share} ${operation} ${spread} ${width}`);
            }

    expect(told).toEqual([]);
  });

  test('a repeated lane is one lane, and few lanes say nothing', () => {
    const few = lanesOf('softmax', format, 40, 3, 4);
    const again = caseOf(
      'softmax',
      format,
      640,
      Float64Array.from({ length: 640 * 3 }, (_, i) => few.logits.data[i % 120]!),
    );

    expect(judged(few, answered(few, toZero))).toBeNull();
    expect(judged(again, answered(again, toZero))).toBeNull();
  });

  test('a kernel that declares coarse functions is not asked', () => {
    const c = lanesOf('softmax', format, 512, 3, 4);
    const answer = answerOf(c, defaultArithmetic);

    expect(judgeRounding(c, answered(c, toZero), answer, { ...defaultArithmetic, expUlps: 65 })).toBeNull();
  });
});
