/** What may overflow, or be flushed, on the way; asked of the answer, as the judge sees it. */
import { describe, expect, test } from 'vitest';
import type { Case, Loss } from '../case/case.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { answerOf } from './exact.ts';

const base = { format: 'float32', axis: -1, regimes: [], checks: [] } as const;
const largest = (2 - 2 ** -23) * 2 ** 127;

function softmaxGradient(...dy: readonly number[]): Case {
  const shape = [1, dy.length];
  const cotangent = { shape, data: Float32Array.from(dy) };
  return {
    ...base,
    operation: 'softmax',
    direction: 'backward',
    logits: { shape, data: new Float32Array(dy.length) },
    cotangent,
  };
}

test.each([
  [[0.7 * largest, 0], 1],
  [[0.3 * largest, 0.1 * largest], 0],
  [[0.3 * largest, -0.3 * largest], 1],
])('cotangents %o of a softmax may overflow: %d', (dy, mark) => {
  expect([...answerOf(softmaxGradient(...dy), defaultArithmetic).mayOverflow]).toEqual([mark, mark]);
});

test('cotangents of both signs overflow where their sizes add up to too much', () => {
  const c = softmaxGradient(0.2 * largest, 0.2 * largest, -0.2 * largest);

  expect([...answerOf(c, defaultArithmetic).mayOverflow]).toEqual([1, 1, 1]);
});

function loss(logits: readonly number[], given: Partial<Loss> & Pick<Loss, 'target'>, dy?: number): Case {
  const shape = [logits.length / 2, 2];
  return {
    ...base,
    operation: 'crossEntropy',
    direction:
      dy === undefined ? 'forward' : given.target.data instanceof Int32Array ? 'backward' : 'targetBackward',
    logits: { shape, data: Float32Array.from(logits) },
    loss: { reduction: 'sum', labelSmoothing: 0, ...given },
    ...(dy === undefined ? {} : { cotangent: { shape: [], data: Float32Array.of(dy) } }),
  };
}

function probabilities(...data: readonly number[]): Loss['target'] {
  return { shape: [data.length / 2, 2], data: Float32Array.from(data) };
}

function weights(a: number, b: number): NonNullable<Loss['weight']> {
  return { shape: [2], data: Float32Array.of(a, b) };
}

describe('a loss', () => {
  test('that is infinite in itself does not overflow on the way: a NaN is wrong there', () => {
    const c = loss([0, -Infinity], { target: probabilities(0, 1) });
    const { exact, mayOverflow, careful } = answerOf(c, defaultArithmetic);

    expect([exact[0], mayOverflow[0], careful[0]]).toEqual([Infinity, 0, 0]);
  });

  test('that is infinite beside a product that overflows may be ∞ − ∞', () => {
    const c = loss([0, -Infinity, 0, -3e38], {
      target: probabilities(0, -1, 0, 0.5),
      weight: weights(1, 900),
    });
    const { exact, mayOverflow } = answerOf(c, defaultArithmetic);

    expect([exact[0], mayOverflow[0]]).toEqual([-Infinity, 1]);
  });

  test.each([
    ['a target', { target: probabilities(0, 2 ** -140) }, Infinity],
    ['a weight', { target: probabilities(0, 1), weight: weights(1, 2 ** -140) }, Infinity],
    ['their product', { target: probabilities(0, 2 ** -80), weight: weights(1, 2 ** -80) }, Infinity],
    [
      'a target that ε/C and a negative one nearly cancel to',
      { target: probabilities(0, -(0.25 + 2 ** -24)), labelSmoothing: 1 / 3 },
      Infinity,
    ],
    ['nothing', { target: probabilities(0, 2 ** -60), weight: weights(1, 2 ** -60) }, 0],
  ])('infinite by way of what may flush to 0: %s', (_, given, tolerance) => {
    const answer = answerOf(loss([0, -Infinity], given), defaultArithmetic);

    expect(Math.abs(answer.exact[0]!)).toBe(Infinity);
    expect(answer.careful[0]).toBe(tolerance);
  });

  test.each([
    [2 ** -140, 1],
    [2 ** -126, 1],
    [2 ** -120, 0],
  ])('over a mean of weights %d may have lost its denominator: %d', (weight, mark) => {
    const target = { shape: [1], data: Int32Array.of(0) };
    const c = loss([0, 0], { target, reduction: 'mean', weight: weights(weight, weight) });

    expect(answerOf(c, defaultArithmetic).mayOverflow[0]).toBe(mark);
  });
});

describe('an infinite gradient to the targets', () => {
  test.each([
    ['dy', 2 ** -140, {}, Infinity],
    ['w', 1, { weight: weights(1, 2 ** -140) }, Infinity],
    ['the product of dy and w', 2 ** -80, { weight: weights(1, 2 ** -80) }, Infinity],
    ['nothing', 2 ** -60, { weight: weights(1, 2 ** -60) }, 0],
  ])('by way of what may flush to 0: %s', (_, dy, given, tolerance) => {
    const c = loss([0, -Infinity], { target: probabilities(0, 1), ...given }, dy);
    const { exact, careful } = answerOf(c, defaultArithmetic);

    expect([exact[1], careful[1]]).toEqual([Infinity, tolerance]);
  });
});

describe('float64 data, whose limits are the oracle’s own', () => {
  const most = Number.MAX_VALUE;

  function wideLoss(
    logits: readonly number[],
    classes: number,
    given: Partial<Loss> & Pick<Loss, 'target'>,
    dy?: number,
  ): Case {
    const shape = [logits.length / classes, classes];
    return {
      ...base,
      format: 'float64',
      operation: 'crossEntropy',
      direction:
        dy === undefined
          ? 'forward'
          : given.target.data instanceof Int32Array
            ? 'backward'
            : 'targetBackward',
      logits: { shape, data: Float64Array.from(logits) },
      loss: { reduction: 'mean', labelSmoothing: 0, ...given },
      ...(dy === undefined ? {} : { cotangent: { shape: [], data: Float64Array.of(dy) } }),
    };
  }

  function classes(...data: readonly number[]): Loss['target'] {
    return { shape: [data.length], data: Int32Array.from(data) };
  }

  function shares(...data: readonly number[]): Loss['target'] {
    return { shape: [1, data.length], data: Float64Array.from(data) };
  }

  test.each([
    // (2·MAX/3 + (MAX + 3·log 2)/3) ÷ 2, whose parts add up to MAX and half an ULP once they are rounded
    [
      'a sum that rounds beyond',
      [0, 0, most, 0, most, most],
      3,
      { target: classes(0, 0), labelSmoothing: 1 },
      most / 2,
    ],
    ['a sum that is beyond', [0, most, 0, most], 2, { target: classes(0, 0) }, most],
    ['a difference of logits that is', [-most, most], 2, { target: shares(0.25, 0.75) }, most / 2],
    [
      'products that are, of both signs',
      [0, 0],
      2,
      {
        target: shares(most, -most),
        weight: { shape: [2], data: Float64Array.of(most, most) },
      },
      0,
    ],
  ])('the mean is known by way of %s', (_, logits, count, given, expected) => {
    const { exact, careful, mayOverflow } = answerOf(wideLoss(logits, count, given), defaultArithmetic);

    expect(exact[0]).toBe(expected);
    expect([careful[0], mayOverflow[0]]).toEqual([Infinity, 1]);
  });

  test.each([
    ['twice the largest number is beyond it, whoever adds it up', [0, most, 0, most], 0],
    // MAX·(1 + 2^-53) rounds to ∞, and a kernel that loses one rounding stays at MAX
    ['by half an ULP more may be either', [0, most, 0, 2 ** 970], Infinity],
  ])('a sum of %s', (_, logits, tolerance) => {
    const c = wideLoss(logits, 2, { target: classes(0, 0), reduction: 'sum' });
    const { exact, careful } = answerOf(c, defaultArithmetic);

    expect([exact[0], careful[0]]).toEqual([Infinity, tolerance]);
  });

  test('nobody is judged by a sum beyond it, of which parts are beyond it on the other side', () => {
    const target = { shape: [1, 4], data: Float64Array.of(1, 1, -1, 0) };
    const c = wideLoss([-most, -most, -most / 1.5, 0], 4, { target, reduction: 'sum' });
    const { exact, careful } = answerOf(c, defaultArithmetic);

    expect([exact[0], careful[0]]).toEqual([Infinity, Infinity]);
  });

  test.each([undefined, 1])('nobody is judged over a D that is beyond (dy: %s)', (dy) => {
    const weight = { shape: [2], data: Float64Array.of(most, most) };
    const c = wideLoss([0, 0, 0, 0], 2, { target: classes(0, 1), weight }, dy);

    expect(new Set(answerOf(c, defaultArithmetic).careful)).toEqual(new Set([Infinity]));
  });

  test('nor over such a D where the sum of the losses is far from it', () => {
    const weight = { shape: [2], data: Float64Array.of(most, most) };
    const c = wideLoss([40, 0, 0, 40], 2, { target: classes(0, 1), weight });

    expect(answerOf(c, defaultArithmetic).careful[0]).toBe(Infinity);
  });

  // dy·MAX: half an ULP more than MAX, which a kernel's roundings may keep there; and twice as much
  test.each([
    [1 + 2 ** -52, Infinity],
    [2, 0],
  ])('a gradient to the targets of %d·MAX: ∞, with the tolerance %d', (dy, tolerance) => {
    const c = wideLoss([0, most], 2, { target: shares(0, 1), reduction: 'sum' }, dy);
    const { exact, careful } = answerOf(c, defaultArithmetic);

    expect([exact[0], careful[0]]).toEqual([Infinity, tolerance]);
  });

  test('of an infinite logit is infinite in itself', () => {
    const c = wideLoss([0, -Infinity, 0, most], 2, { target: classes(1, 0), reduction: 'sum' });
    const { exact, careful } = answerOf(c, defaultArithmetic);

    expect([exact[0], careful[0]]).toEqual([Infinity, 0]);
  });
});
