/** Tests of what the judge takes for granted of the exact oracle's own error. */
import { describe, expect, test } from 'vitest';
import type { Case, Loss } from '../case/case.ts';
import { kernelTable, operations } from '../contract/subject.ts';
import { floatArrayFrom } from '../float/format.ts';
import { generateCase } from '../generate/generate-case.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { answerOf, CaseWork } from './exact.ts';
import { float32UncertaintyShareMax } from './judge-values.ts';

test.each([
  ['float32', {}, 4_000],
  ['float16', {}, 2_000],
  ['bfloat16', {}, 2_000],
  ['float16', { halves: 'storage', flushesSubnormals: true }, 1_000],
  ['bfloat16', { halves: 'composed' }, 1_000],
] as const)(
  'the uncertainty of %s answers is far below the careful tolerance of each element: %j',
  (...row) => {
    const [format, declared, cases] = row;
    let [largest, elements] = [0, 0];
    for (let index = 0; index < cases; index++) {
      const { careful, uncertainty } = answerOf(
        generateCase({ seed: 77n, index }, { operations, formats: [format], maxElements: 10_000 }),
        { ...defaultArithmetic, ...declared },
      );
      careful.forEach((tolerance, i) => {
        if (tolerance === Infinity || uncertainty[i] === 0) return;
        elements++;
        largest = Math.max(largest, uncertainty[i]! / tolerance);
      });
    }

    expect(elements).toBeGreaterThan(10_000);
    expect(largest).toBeLessThan(float32UncertaintyShareMax);
  },
);

const width = 8000;

/** One lane, each value with all the digits of float32; cotangents and targets cancel. */
function wideCase({ operation, direction }: (typeof kernelTable)[number]): Case {
  const values = (scale: number, phase: number): Float32Array =>
    Float32Array.from({ length: width }, (_, k) => scale * Math.sin(k * k + phase));
  const tensor = (data: Float32Array): { shape: number[]; data: Float32Array } => ({
    shape: [1, width],
    data,
  });
  const isPerLogit = operation === 'softmax' || operation === 'logSoftmax';
  return {
    operation,
    direction,
    format: 'float32',
    axis: -1,
    logits: tensor(values(3, 1)),
    ...(operation === 'crossEntropy'
      ? { loss: { target: tensor(values(1, 2)), reduction: 'none', labelSmoothing: 0 } }
      : {}),
    ...(direction === 'forward'
      ? {}
      : { cotangent: isPerLogit ? tensor(values(1, 3)) : { shape: [1], data: Float32Array.of(0.7) } }),
    regimes: [],
    checks: [],
  };
}

test.each(kernelTable.map((row) => [`${row.operation}/${row.direction}`, row] as const))(
  'over 8,000 classes float64 and double-double are within their uncertainties: %s',
  (_, row) => {
    const c = wideCase(row);
    const [a, b] = [answerOf(c, defaultArithmetic), new CaseWork(c).refined(defaultArithmetic)];

    const apart = a.exact.filter(
      (value, i) => Math.abs(value - b.exact[i]! - b.exactLow[i]!) > a.uncertainty[i]! + b.uncertainty[i]!,
    );

    expect(apart).toHaveLength(0);
  },
);

describe('the answer keeps its digits where one class is nearly all', () => {
  const base = { format: 'float32', axis: -1, regimes: [], checks: [] } as const;
  const rest = Math.exp(-40);

  test('in logSoftmax', () => {
    const logits = { shape: [2], data: Float32Array.of(40, 0) };
    const { exact } = answerOf(
      { ...base, operation: 'logSoftmax', direction: 'forward', logits },
      defaultArithmetic,
    );

    expect(Math.abs(exact[0]! / -rest - 1)).toBeLessThan(1e-15);
  });

  test.each([0, 1])('in the gradient at the target class %d', (y) => {
    const c: Case = {
      ...base,
      operation: 'crossEntropy',
      direction: 'backward',
      logits: { shape: [2], data: Float32Array.of(y === 0 ? 40 : 0, y === 0 ? 0 : 40) },
      loss: { target: { shape: [], data: Int32Array.of(y) }, reduction: 'sum', labelSmoothing: 0 },
      cotangent: { shape: [], data: Float32Array.of(1) },
    };

    expect(Math.abs(answerOf(c, defaultArithmetic).exact[y]! / -rest - 1)).toBeLessThan(1e-15);
  });
});

test('a large cotangent among many small ones does not swallow them', () => {
  const c = wideCase(kernelTable.find((row) => row.kernel === 'logSoftmaxBackward')!);
  const dy = new Float32Array(width).fill(1);
  dy[0] = 2 ** 54;
  const swallowing: Case = { ...c, cotangent: { shape: [1, width], data: dy } };
  const [a, b] = [
    answerOf(swallowing, defaultArithmetic),
    new CaseWork(swallowing).refined(defaultArithmetic),
  ];

  const apart = a.exact.filter(
    (value, i) => Math.abs(value - b.exact[i]! - b.exactLow[i]!) > a.uncertainty[i]!,
  );

  expect(apart).toHaveLength(0);
});

describe.each(['float32', 'float64'] as const)('special values, in %s', (format) => {
  const base = { format, axis: -1, regimes: [], checks: [] } as const;
  const values = (...data: readonly number[]): Tensor => ({
    shape: [data.length],
    data: floatArrayFrom(format, data),
  });
  const lossOf = (logits: Tensor, loss: Partial<Loss> & Pick<Loss, 'target'>, dy?: number): number[] => {
    const asked: Case = {
      ...base,
      operation: 'crossEntropy',
      direction: dy === undefined ? 'forward' : 'targetBackward',
      logits,
      loss: { reduction: 'mean', labelSmoothing: 0, ...loss },
      ...(dy === undefined ? {} : { cotangent: { shape: [], data: floatArrayFrom(format, [dy]) } }),
    };
    return [...answerOf(asked, defaultArithmetic).exact];
  };

  test('a NaN beside +∞ makes logSumExp NaN, +∞ alone makes it +∞', () => {
    const of = (...data: readonly number[]): number =>
      answerOf(
        { ...base, operation: 'logSumExp', direction: 'forward', logits: values(...data) },
        defaultArithmetic,
      ).exact[0]!;

    expect([of(Infinity, NaN), of(Infinity, 0), of(-Infinity, -Infinity)]).toEqual([
      NaN,
      Infinity,
      -Infinity,
    ]);
  });

  test('a class without a share adds 0, though its log p be −∞', () => {
    expect(lossOf(values(0, -Infinity), { target: { shape: [], data: Int32Array.of(0) } })).toEqual([0]);
  });

  test('a mean over weights that are all 0 is NaN, though smoothing makes a total', () => {
    const target = { shape: [], data: Int32Array.of(0) };

    expect(lossOf(values(0, 1), { target, weight: values(0, 1), labelSmoothing: 0.5 })).toEqual([NaN]);
  });

  test('smoothing of 1 leaves nothing of the targets: their gradient is 0, though log p be −∞', () => {
    expect(
      lossOf(values(0, -Infinity), { target: values(0.5, 0.5), labelSmoothing: 1 }, 2).map(Math.abs),
    ).toEqual([0, 0]);
  });
});

test('a weight times a target that underflows in the oracle still makes an infinite log p infinite', () => {
  const pair = (a: number, b: number): Float64Array => Float64Array.of(a, b);
  const c: Case = {
    operation: 'crossEntropy',
    direction: 'forward',
    format: 'float64',
    axis: -1,
    logits: { shape: [2], data: pair(0, -Infinity) },
    loss: {
      target: { shape: [2], data: pair(0, 2 ** -600) },
      weight: { shape: [2], data: pair(1, 2 ** -600) },
      reduction: 'sum',
      labelSmoothing: 0,
    },
    regimes: [],
    checks: [],
  };

  expect(answerOf(c, defaultArithmetic).exact[0]).toBe(Infinity);
});
