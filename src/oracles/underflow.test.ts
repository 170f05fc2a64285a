/**
 * What underflow lets a sound kernel answer, and what it excuses nobody for; worked out by hand, as the judge
 * sees it.
 */
import { describe, expect, test } from 'vitest';
import type { Case, Loss } from '../case/case.ts';
import { floatArrayFrom, type Format } from '../float/format.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { answerOf, CaseWork } from './exact.ts';
import { judgeValues } from './judge-values.ts';

interface Question {
  readonly logits: readonly number[];
  readonly dy?: readonly number[];
  readonly format?: Format;
}

function base({ logits, dy, format = 'float32' }: Question, cotangentShape: readonly number[]): Case {
  return {
    operation: 'softmax',
    direction: dy === undefined ? 'forward' : 'backward',
    format,
    axis: -1,
    logits: { shape: [1, logits.length], data: floatArrayFrom(format, logits) },
    ...(dy === undefined ? {} : { cotangent: { shape: cotangentShape, data: floatArrayFrom(format, dy) } }),
    regimes: [],
    checks: [],
  };
}

function gradientOf(operation: 'softmax' | 'logSoftmax' | 'logSumExp', question: Question): Case {
  return { ...base(question, operation === 'logSumExp' ? [1] : [1, question.logits.length]), operation };
}

interface LossQuestion extends Question {
  readonly class?: number;
  readonly t?: readonly number[];
  readonly w?: readonly number[];
  readonly epsilon?: number;
  readonly reduction?: Loss['reduction'];
}

function lossOf(direction: Case['direction'], question: LossQuestion): Case {
  const { t, w, epsilon = 0, reduction = 'sum', format = 'float32' } = question;
  const shape = [1, question.logits.length];
  const target =
    t === undefined
      ? { shape: [1], data: Int32Array.of(question.class ?? 0) }
      : { shape, data: floatArrayFrom(format, t) };
  const loss: Loss = {
    target,
    reduction,
    labelSmoothing: epsilon,
    ...(w === undefined ? {} : { weight: { shape: [w.length], data: floatArrayFrom(format, w) } }),
  };
  return { ...base(question, reduction === 'none' ? [1] : []), operation: 'crossEntropy', direction, loss };
}

/** 'agree', a severity, or 'inconclusive' where no element is guilty and some decide nothing. */
function verdictOf(c: Case, got: readonly number[]): string {
  const work = new CaseWork(c);
  const answer = work.answer(defaultArithmetic);
  const values = { shape: answer.shape, data: floatArrayFrom(c.format, got) };
  const { divergence, inconclusiveElements } = judgeValues(work, values, answer, defaultArithmetic);
  return divergence?.severity ?? (inconclusiveElements > 0 ? 'inconclusive' : 'agree');
}

/** The exact answer with one element replaced. */
function withElement(c: Case, at: number, value: number): number[] {
  return [...answerOf(c, defaultArithmetic).exact].map((exact, i) => (i === at ? value : exact));
}

describe('a large factor of another class excuses nothing', () => {
  const masked = gradientOf('softmax', { logits: [0, 1, -Infinity], dy: [0.5, 0.25, 2 ** 120] });
  const far = gradientOf('softmax', { logits: [0, 1, -200], dy: [0.5, 0.25, 2 ** 122] });
  const heavy = lossOf('backward', { logits: [0, 1, 2], w: [1, 1, 2 ** 126], dy: [1] });
  const scaled = lossOf('backward', { logits: [0, -66, -1], w: [1, 1, 2 ** 30], dy: [2 ** 100] });
  const light = lossOf('backward', {
    logits: [0, -45, -1],
    w: [2 ** -30, 1, 1],
    dy: [2 ** 100],
    reduction: 'mean',
  });
  const ofTargets = (question: LossQuestion): Case => lossOf('targetBackward', question);
  const half = -0.5 * Math.log(0.5);

  test.each([
    ['softmax with a masked class: zeros', masked, [0, 0, 0]],
    ['softmax with a class of e^-200: the signs', far, [-0.049153, 0.049153, 0]],
    [
      'logSoftmax with a masked class',
      gradientOf('logSoftmax', { logits: [0, -Infinity], dy: [2 ** 122, 0.01] }),
      [0.01, 0.1],
    ],
    [
      'logSumExp at a masked class',
      gradientOf('logSumExp', { logits: [0, -Infinity], dy: [2 ** 120] }),
      [2 ** 120, 0.03],
    ],
    ['cross-entropy with a weight of 2^126: zeros', heavy, [0, 0, 0]],
    ['cross-entropy with a cotangent of 2^100 and a weight of 2^30', scaled, withElement(scaled, 1, -8)],
    ['cross-entropy, the mean over a weight of 2^-30', light, withElement(light, 1, 0)],
    [
      'the mean loss over a weight of 2^-123',
      lossOf('forward', { logits: [0, 0], w: [2 ** -123, 1], reduction: 'mean' }),
      [0.3],
    ],
    [
      'a target of 2^-124 and a weight of 2^120: half',
      lossOf('forward', { logits: [0, 0], t: [2 ** -124, 0], w: [2 ** 120, 1] }),
      [half * 2 ** -4],
    ],
    [
      'the same gradient to the targets',
      ofTargets({ logits: [0, 0], t: [1, 0], w: [2 ** 120, 2 ** 120], dy: [2 ** -124] }),
      [half * 2 ** -4, half * 2 ** -4],
    ],
    [
      'the gradient to a target of weight 0',
      ofTargets({ logits: [0, 0], t: [1, 0], w: [0, 1], dy: [2 ** 126] }),
      [2, Math.log(2) * 2 ** 126],
    ],
  ])('%s', (_, c, got) => {
    expect(verdictOf(c, [...answerOf(c, defaultArithmetic).exact])).toBe('agree');
    expect(verdictOf(c, got)).toBe('wrong');
  });

  test('the exact answers that the above are held against', () => {
    const exactOf = (c: Case): readonly number[] => [...answerOf(c, defaultArithmetic).exact];

    expect(exactOf(masked).map((g) => g.toFixed(6))).toEqual(['0.049153', '-0.049153', '0.000000']);
    expect(exactOf(heavy).map((g) => g.toFixed(3))).toEqual(['-0.910', '0.245', '0.665']);
    expect(exactOf(scaled)[1]!.toFixed(1)).toBe('20.1');
    expect(exactOf(light)[1]!.toPrecision(3)).toBe('2.65e+10');
  });
});

describe('a kernel that flushes is not called wrong', () => {
  const spread = { logits: [4.159, 0], t: [1, 0] };

  test.each([
    [
      '(k·ℓ)·w to the targets',
      lossOf('targetBackward', { ...spread, w: [2 ** 100, 1], dy: [2 ** -121] }),
      0,
      0,
    ],
    [
      "(ℓ·t')·w of the loss",
      lossOf('forward', { ...spread, t: [2 ** -121, 0], w: [2 ** 110, 1], epsilon: 0 }),
      0,
      0,
    ],
    [
      'dy·(1/D), D above 2^126',
      lossOf('backward', { logits: [0, 0], w: [2 ** 127, 1], dy: [2 ** 120], reduction: 'mean' }),
      0,
      0,
    ],
    ['exp below ln 2^-125', gradientOf('logSumExp', { logits: [0, -86.7], dy: [2 ** 120] }), 1, 0],
    [
      'dy as it is read, over a D of 2^-30',
      lossOf('backward', {
        logits: [0, 0],
        w: [2 ** -30, 2 ** 60],
        epsilon: 0.5,
        dy: [2 ** -130],
        reduction: 'mean',
      }),
      1,
      0,
    ],
  ])('%s', (_, c, at, value) => {
    expect(Math.abs(answerOf(c, defaultArithmetic).exact[at]!)).toBeGreaterThan(2 ** -60);
    expect(verdictOf(c, withElement(c, at, value))).toBe('agree');
    expect(verdictOf(c, withElement(c, at, 9 * answerOf(c, defaultArithmetic).exact[at]!))).toBe('wrong');
  });
});

describe('a kernel that flushes loses one of the products, and no other', () => {
  test('the one of a share and a small target, beside one of a target that is not', () => {
    const c = lossOf('backward', {
      logits: [0, 0, -60 * Math.LN2],
      t: [1, 2 ** -70, 0],
      w: [1, 2 ** 70, 1],
      dy: [2 ** 60],
    });
    const exact = answerOf(c, defaultArithmetic).exact[2]!;

    expect(verdictOf(c, withElement(c, 2, exact / 2))).toBe('agree');
    expect(verdictOf(c, withElement(c, 2, exact / 4))).toBe('wrong');
  });

  test("the one of t', which a negative target and ε/C cancel to", () => {
    const t = -(2 ** -101) * (1 - 2 ** -16);
    const given = { logits: [0, 0], t: [t, 0], w: [2 ** 120, 1], dy: [2 ** -14] };
    const c = lossOf('backward', { ...given, epsilon: 2 ** -100 });
    const exact = answerOf(c, defaultArithmetic).exact[0]!;

    expect(verdictOf(c, withElement(c, 0, -exact))).toBe('agree'); // k·p·T alone
    expect(verdictOf(c, withElement(c, 0, -9 * exact))).toBe('wrong');
  });
});

test("a t' a little above what is flushed may be rounded below it, and is flushed then", () => {
  const spread = 2 ** -107;
  const net = 2 ** -125 * (1 + 2 ** -4); // 3 roundings of two parts of 2^-107 are 3·2^-130
  const question = { logits: [0, 1], w: [2 ** 100, 0], epsilon: 2 * spread } as const;
  const c = lossOf('forward', { ...question, t: [net - spread, 0] });
  const above = lossOf('forward', { ...question, t: [2 * net - spread, 0] });

  expect(verdictOf(c, [0])).toBe('agree');
  expect(verdictOf(above, [0])).toBe('wrong');
});

describe('a kernel that flushes the weights in D', () => {
  /** Two positions; the weight of the first is subnormal, and its loss rounds to 0. */
  const c: Case = {
    ...lossOf('forward', { logits: [0], w: [7 * 2 ** -129, 2 ** -124], reduction: 'mean' }),
    logits: { shape: [2, 2], data: Float32Array.of(200, 0, 1, 0) },
  };
  const ofSecond = Math.log1p(Math.exp(1));
  const both: Case = { ...c, loss: { ...c.loss!, target: { shape: [2], data: Int32Array.of(0, 1) } } };

  test('divides by the others alone, and by nothing less', () => {
    const [exact] = answerOf(both, defaultArithmetic).exact;

    expect(Math.abs(ofSecond / exact! / (1 + 7 / 32) - 1)).toBeLessThan(2 ** -50);
    expect(verdictOf(both, [ofSecond])).toBe('agree');
    expect(verdictOf(both, [ofSecond * (1 + 2 ** -12)])).toBe('wrong');
  });
});

test('what cancels among tiny targets of both signs costs a class its share of it', () => {
  const t = [2 ** -126, -(2 ** -126), 0];
  const c = lossOf('backward', { logits: [0, 0, -40], t, dy: [2 ** 20] });

  expect(verdictOf(c, withElement(c, 2, 2 ** -126))).toBe('agree');
  expect(verdictOf(c, withElement(c, 2, 2 ** -107))).toBe('wrong');
  expect(verdictOf(c, withElement(c, 0, 0))).toBe('agree');
});

describe('a kernel that rounds among the subnormals is not called wrong', () => {
  test('a share that exp and the division round up, beside a cotangent of 2^120', () => {
    const c = gradientOf('softmax', { logits: [0, -0.1, -103.96], dy: [0, 0, 2 ** 120] });

    expect(verdictOf(c, [-9.8e-10, -8.8e-10, 1.86e-9])).toBe('agree');
    expect(verdictOf(c, [-9.8e-9, -8.8e-9, 1.86e-8])).toBe('wrong');
  });

  test('a product that four roundings take from .14 to 1 subnormal, and a weight from there to 2^-29', () => {
    const p = 0.51;
    const c = lossOf('backward', {
      logits: [Math.log(p / (1 - p)), 0],
      t: [0, p],
      w: [1, 2 ** 120],
      dy: [2 ** -149],
    });
    const [got] = [2 ** -149 * 2 ** 120];
    const exact = answerOf(c, defaultArithmetic).exact[0]!;

    expect(got / exact).toBeGreaterThan(3.5);
    expect(verdictOf(c, [got, -got])).toBe('agree');
    expect(verdictOf(c, [9 * got, -got])).toBe('wrong');
  });

  test('a share that float64 holds as 0, though exp rounds it up', () => {
    const question = { logits: [0, -745.3], dy: [2 ** 1000] } as const;
    const c = gradientOf('logSumExp', { ...question, format: 'float64' });

    expect(verdictOf(c, [2 ** 1000, 2 ** -74])).not.toBe('wrong');
    expect(verdictOf(c, [2 ** 1000, 2 ** -60])).toBe('wrong');
  });
});

describe('what overflows in some order of its products decides nothing', () => {
  const few = [0, -1.5e38, -1.5e38, -1.5e38];

  test.each([
    [
      '|t|·|ℓ| before the weight',
      lossOf('forward', { logits: [0, -8.507e37], t: [0, 8], w: [1, 0.25], epsilon: 0.5 }),
    ],
    ['Σ w·|ℓ| before ε/C', lossOf('forward', { logits: few, epsilon: 0.1 })],
    [
      'the same before a D below 1',
      lossOf('forward', {
        logits: few.map((x) => x / 4),
        w: [0.25, 1, 1, 1],
        epsilon: 0.1,
        reduction: 'mean',
      }),
    ],
    ['w·|ℓ| of a class without a share', lossOf('forward', { logits: [0, -1e30], t: [1, 0], w: [1, 1e10] })],
    [
      'dy·w to the targets, at an ℓ of 0',
      lossOf('targetBackward', { logits: [0], t: [0], w: [2 ** 25], dy: [2 ** 103] }),
    ],
    [
      'dy·w of a class without a share',
      lossOf('backward', {
        logits: [0],
        t: [0],
        w: [65536],
        epsilon: 0.25,
        dy: [2 ** 1008],
        format: 'float64',
      }),
    ],
  ])('%s', (_, c) => {
    const { exact } = answerOf(c, defaultArithmetic);
    const size = exact.length;

    expect([...exact].every(Number.isFinite)).toBe(true);
    expect(
      verdictOf(
        c,
        Array.from({ length: size }, () => NaN),
      ),
    ).toBe('inconclusive');
    expect(verdictOf(c, [...exact])).toBe('agree');
    expect(
      verdictOf(
        c,
        Array.from({ length: size }, () => (c.format === 'float64' ? 2 ** 1000 : 2e38)),
      ),
    ).toBe('wrong');
  });

  test.each([
    ['|t|·|ℓ|', lossOf('forward', { logits: [0, -8.507e37], t: [0, 0.5], w: [1, 0.25], epsilon: 0.5 })],
    ['Σ w·|ℓ|', lossOf('forward', { logits: [0, -4e37, -4e37, -4e37], epsilon: 0.1 })],
    ['Σ w·|ℓ| of classes without a share', lossOf('forward', { logits: few, t: [1, 0, 0, 0] })],
    ['dy·w', lossOf('backward', { logits: [0], t: [0], w: [2 ** 20], epsilon: 0.25, dy: [2 ** 103] })],
  ])('%s within half the largest number: NaN is wrong', (_, c) => {
    const got = Array.from(answerOf(c, defaultArithmetic).exact, () => NaN);

    expect(verdictOf(c, got)).toBe('wrong');
  });
});

describe("where the oracle's own order overflows in float64, nobody is judged", () => {
  const format = 'float64';

  test.each([
    [
      'the gradient to the targets',
      lossOf('targetBackward', { logits: [0, -30], t: [1, 0], w: [2 ** 30, 1], dy: [2 ** 1000], format }),
      [2 ** 1000 * (2 ** 30 * Math.log1p(Math.exp(-30))), (30 + Math.log1p(Math.exp(-30))) * 2 ** 1000],
    ],
    [
      'the mean of a loss',
      lossOf('forward', { logits: [0, -1.5e308], class: 1, w: [1, 1.5], reduction: 'mean', format }),
      [1.5e308],
    ],
  ])('%s', (_, c, due) => {
    expect(verdictOf(c, due)).toBe('inconclusive');
  });

  test('but a loss that no order keeps finite is infinite', () => {
    const c = lossOf('forward', { logits: [0, -1.5e308], class: 1, w: [1, 1.5], format });

    expect(verdictOf(c, [Infinity])).toBe('agree');
    expect(verdictOf(c, [1e308])).toBe('wrong');
  });

  test.each([
    ['float32' as const, 0],
    ['float64' as const, 0],
    ['float64' as const, Infinity],
  ])('the mean of losses that all weigh nothing is NaN in %s, and %d is wrong', (formatOfCase, got) => {
    const weightless = { logits: [0, 1], class: 1, w: [1, 0], reduction: 'mean' as const };
    const c = lossOf('forward', { ...weightless, format: formatOfCase });

    expect(verdictOf(c, [NaN])).toBe('agree');
    expect(verdictOf(c, [got])).toBe('wrong');
  });
});
