import { describe, expect, test } from 'vitest';
import { caseSize, isIndexTarget, type Case, type Loss } from '../case/case.ts';
import type { CallForm } from '../case/call-form.ts';
import { caseToJson } from '../case/case-json.ts';
import { whyInvalid } from '../case/case-check.ts';
import { operations } from '../contract/subject.ts';
import { formats } from '../float/format.ts';
import { randomSourceFor, drawInt } from '../generate/random-source.ts';
import { generateCase } from '../generate/generate-case.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { shrinkCandidates, shrinkCase } from './shrink-case.ts';
import { isSimpler, measureOf } from './simplicity.ts';

const space = { operations, formats };
const generated = (count: number, seed: bigint): readonly Case[] =>
  Array.from({ length: count }, (_, index) => generateCase({ seed, index }, space));

const bounds = { maxEvaluations: 2_000 };

/** A softmax case over random numbers, of the last axis. */
function softmaxCase(
  shape: readonly number[],
  { axis = -1, seed = 1n }: { axis?: number; seed?: bigint } = {},
): Case {
  const random = randomSourceFor({ seed, index: 0 });
  const size = shape.reduce((product, extent) => product * extent, 1);
  const data = Float32Array.from({ length: size }, () => (drawInt(random, 2 ** 24) - 2 ** 23) / 2 ** 17);
  return {
    operation: 'softmax',
    direction: 'forward',
    format: 'float32',
    axis,
    logits: { shape, data },
    regimes: ['plain'],
    checks: [],
  };
}

/** Cross-entropy over [6, 10] with everything that can be said. */
function lossCase(options: Partial<Loss> = {}): Case {
  const logits = softmaxCase([6, 10]).logits;
  const loss: Loss = {
    target: { shape: [6], data: Int32Array.of(3, 9, -100, 0, 5, 3) },
    reduction: 'mean',
    labelSmoothing: 0.37,
    weight: { shape: [10], data: Float32Array.of(1.5, 0, 0.25, 3.75, 1, 0, 2, 0.125, 7.3, 1) },
    ignoreIndex: -100,
    ...options,
  };
  return { ...softmaxCase([6, 10]), operation: 'crossEntropy', axis: 1, logits, loss };
}

function widthOf(c: Case): number {
  return lanesOf(c.logits.shape, c.axis).length;
}

const randomly = (seed: bigint) => {
  const random = randomSourceFor({ seed, index: 0 });
  return () => drawInt(random, 3) === 0;
};

describe('finds the known minimum of', () => {
  test('a width: nine classes, all logits 0, one lane', async () => {
    const { case: minimal, stoppedBy } = await shrinkCase(
      softmaxCase([4, 100, 3], { axis: 1 }),
      (c) => widthOf(c) >= 9,
      bounds,
    );

    expect(minimal.logits.shape).toEqual([9]);
    expect([...minimal.logits.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(stoppedBy).toBe('minimal');
  });

  test.each([
    [511, 8, 7],
    [15, 8, 7],
    [1_000, 32, 8],
    [9_001, 128, 41], // of bisections first
  ])('a width of %i that matters by its remainder modulo %i: %i', async (width, modulus, remainder) => {
    const wide = softmaxCase([1, width, 1], { axis: 1 });

    const shrunk = await shrinkCase(wide, (c) => widthOf(c) % modulus === remainder, bounds);

    expect(shrunk.case.logits.shape).toEqual([remainder]);
    expect(shrunk.evaluations).toBeLessThan(200);
  });

  test('a NaN anywhere beside a width of nine: eight zeros and the NaN', async () => {
    const original = softmaxCase([5, 40]);
    original.logits.data[123] = Number.NaN;

    const { case: minimal } = await shrinkCase(
      original,
      (c) => widthOf(c) >= 9 && c.logits.data.some(Number.isNaN),
      bounds,
    );

    expect(minimal.logits.shape).toEqual([9]);
    expect(minimal.logits.data.filter((x) => x === 0)).toHaveLength(8);
    expect(minimal.logits.data.filter(Number.isNaN)).toHaveLength(1);
  });

  test('a zero weight under mean: one class, target 0, nothing else said', async () => {
    const fails = (c: Case): boolean =>
      c.loss?.reduction === 'mean' && (c.loss.weight?.data.includes(0) ?? false);

    const { case: minimal } = await shrinkCase(lossCase(), fails, bounds);

    expect(minimal.logits).toEqual({ shape: [], data: Float32Array.of(0) });
    expect(minimal.loss).toEqual({
      target: { shape: [], data: Int32Array.of(0) },
      reduction: 'mean',
      labelSmoothing: 0,
      weight: { shape: [1], data: Float32Array.of(0) },
    });
  });

  test('an ignored position under sum: it alone', async () => {
    const fails = ({ loss }: Case): boolean =>
      loss?.reduction === 'sum' &&
      loss.ignoreIndex !== undefined &&
      loss.target.data.some((y) => y === loss.ignoreIndex);

    const { case: minimal } = await shrinkCase(lossCase({ reduction: 'sum' }), fails, bounds);

    expect(minimal.logits.shape).toEqual([]);
    expect([...minimal.loss!.target.data]).toEqual([-100]);
    expect(minimal.loss!.weight).toBe(undefined);
  });

  test('a threshold: a logit above 87.3 becomes 128, the plainest number there', async () => {
    const original = softmaxCase([3, 8]);
    original.logits.data[10] = 93.28125;

    const { case: minimal } = await shrinkCase(original, (c) => c.logits.data.some((x) => x > 87.3), bounds);

    expect(minimal.logits).toEqual({ shape: [], data: Float32Array.of(128) });
  });

  test('a tie of the maximum far from zero: two equal powers of two', async () => {
    const original = softmaxCase([2, 9]);
    original.logits.data.set([77.7, 77.7], 12);
    const fails = ({ logits: { data } }: Case): boolean => {
      const largest = Math.max(...data);
      return largest > 50 && data.indexOf(largest) !== data.lastIndexOf(largest);
    };

    const { case: minimal } = await shrinkCase(original, fails, bounds);

    expect(minimal.logits).toEqual({ shape: [2], data: Float32Array.of(64, 64) });
  });

  test('two lanes of different level: one class each', async () => {
    const original = softmaxCase([3, 4, 5]);
    original.logits.data.fill(1e4, 20, 40);
    const fails = (c: Case): boolean => {
      const { count, length, stride } = lanesOf(c.logits.shape, c.axis);
      const firsts = Array.from({ length: count }, (_, lane) => c.logits.data[lane * length * stride]!);
      return Math.max(...firsts) - Math.min(...firsts) > 1000;
    };

    const { case: minimal } = await shrinkCase(original, fails, bounds);

    expect(minimal.logits.shape).toEqual([2, 1]);
    expect(minimal.logits.data.filter((x) => x === 0)).toHaveLength(1);
  });

  test('a common offset of 1e8 under a gap of 8: kept, but moved to a power of two', async () => {
    const original = softmaxCase([2, 6]);
    original.logits.data.set(
      [100_000_008, 100_000_000, 99_999_992, 100_000_016, 100_000_000, 100_000_008],
      6,
    );
    const fails = ({ logits: { data } }: Case): boolean => {
      const large = data.filter((x) => x > 1e7);
      return new Set(large).size > 1 && Math.max(...large) - Math.min(...large) < 100;
    };

    const { case: minimal } = await shrinkCase(original, fails, bounds);

    expect(caseSize(minimal)).toBe(2);
    expect(Math.max(...minimal.logits.data)).toBe(2 ** 24);
  });

  test('a cotangent that is not constant: two classes, and a 1 replaced', async () => {
    const { logits } = softmaxCase([3, 7]);
    const original: Case = {
      ...softmaxCase([3, 7]),
      direction: 'backward',
      cotangent: { shape: [3, 7], data: Float32Array.from(logits.data, (x) => x / 3) },
    };

    const { case: minimal } = await shrinkCase(original, (c) => new Set(c.cotangent!.data).size > 1, bounds);

    expect(minimal.logits).toEqual({ shape: [2], data: Float32Array.of(0, 0) });
    expect([...minimal.cotangent!.data].sort((a, b) => a - b)).toEqual([0, 1]);
  });

  test('a one-hot target at the last class: the class comes along', async () => {
    const data = new Float32Array(60);
    for (let lane = 0; lane < 6; lane++) data[10 * lane + 9] = 1;
    const original = lossCase({ target: { shape: [6, 10], data } });
    const { weight: _weight, ignoreIndex: _ignoreIndex, ...loss } = original.loss!;
    const fails = (c: Case): boolean => widthOf(c) >= 3 && c.loss!.target.data.at(-1) === 1;

    const { case: minimal } = await shrinkCase({ ...original, loss }, fails, bounds);

    expect(minimal.logits.shape).toEqual([3]);
    expect([...minimal.loss!.target.data]).toEqual([0, 0, 1]);
  });
});

describe('keeps the count of evaluations low', () => {
  test('100,000 classes, one of which matters: at most 60', async () => {
    const original = softmaxCase([100_000]);
    original.logits.data[77_777] = Number.NaN;

    const { evaluations, case: minimal } = await shrinkCase(
      original,
      (c) => c.logits.data.some(Number.isNaN),
      bounds,
    );

    expect(minimal.logits).toEqual({ shape: [], data: Float32Array.of(Number.NaN) });
    expect(evaluations).toBeLessThanOrEqual(60);
  });

  test('100,000 classes, three of which matter: below 1,000', async () => {
    const original = softmaxCase([100_000]);
    for (const at of [5, 50_001, 99_999]) original.logits.data[at] = Infinity;
    const fails = (c: Case): boolean => c.logits.data.filter((x) => x === Infinity).length >= 3;

    const { evaluations, case: minimal } = await shrinkCase(original, fails, bounds);

    expect(caseSize(minimal)).toBe(3);
    expect(evaluations).toBeLessThan(1_000);
  });

  test('a width that cannot go below 65,537: below 1,000, and it is found', async () => {
    const { evaluations, case: minimal } = await shrinkCase(
      softmaxCase([100_000]),
      (c) => widthOf(c) > 65_536,
      bounds,
    );

    expect(minimal.logits.shape).toEqual([65_537]);
    expect(evaluations).toBeLessThan(1_000);
  });
});

describe('for generated cases', () => {
  const cases = generated(300, 7n).filter((c) => caseSize(c) <= 400);

  test('every candidate is valid, strictly simpler, and keeps operation, direction and format', () => {
    let seen = 0;
    const kept = (c: Case): string => [c.operation, c.direction, c.format].join(' ');
    for (const c of cases) {
      for (const candidate of shrinkCandidates(c)) {
        seen++;
        if (whyInvalid(candidate) !== null || !isSimpler(candidate, c)) {
          throw new Error(`${whyInvalid(candidate)}: ${JSON.stringify(caseToJson(candidate))}`);
        }
        if (kept(candidate) !== kept(c)) throw new Error(`${kept(candidate)} of ${kept(c)}`);
      }
    }
    expect(seen).toBeGreaterThan(1_000);
  });

  test('every case tried on the way down is valid too, and the kind of target stays', async () => {
    for (const [i, c] of cases.entries()) {
      const says = randomly(BigInt(i));
      await shrinkCase(
        c,
        (candidate) => {
          const why = whyInvalid(candidate);
          if (why !== null) throw new Error(why); // an expect for each candidate would take most of the time
          if (c.loss && isIndexTarget(candidate.loss!.target) !== isIndexTarget(c.loss.target))
            throw new Error('another kind of target');
          return says();
        },
        { maxEvaluations: 300 },
      );
    }
  });

  test('a predicate that always says yes ends at one element, or where it was empty', async () => {
    for (const c of cases) {
      const { case: minimal, stoppedBy } = await shrinkCase(c, () => true, bounds);

      expect(stoppedBy).toBe('minimal');
      expect(measureOf(minimal)[0]).toBe(1);
      expect(caseSize(minimal)).toBe(caseSize(c) === 0 ? 0 : 1);
      expect(minimal.logits.data.every((x) => x === 0)).toBe(true);
    }
  });

  test('a predicate that always says no gives the case back, untouched', async () => {
    for (const c of cases.slice(0, 100)) {
      const { case: minimal, steps, stoppedBy } = await shrinkCase(c, () => false, bounds);

      expect(minimal).toBe(c);
      expect([steps, stoppedBy]).toEqual([0, 'minimal']);
    }
  });

  test('a predicate that tosses a coin ends, with the last case that it said yes to', async () => {
    for (const [i, c] of cases.entries()) {
      const says = randomly(BigInt(i));
      let last = c;

      const shrunk = await shrinkCase(
        c,
        (candidate) => {
          const answer = says();
          if (answer) last = candidate;
          return answer;
        },
        { maxEvaluations: 100_000 },
      );

      expect(shrunk.stoppedBy).toBe('minimal');
      expect(shrunk.case).toBe(last);
    }
  });

  test('the same case and predicate give the same minimum in the same number of evaluations', async () => {
    for (const c of cases.slice(0, 60)) {
      const fails = (candidate: Case): boolean => candidate.logits.data.length % 3 !== 1;

      expect(await shrinkCase(c, fails, bounds)).toEqual(await shrinkCase(c, fails, bounds));
    }
  });
});

test('the predicate is never asked of the same case twice, nor of the original', async () => {
  const original = softmaxCase([3, 5]);
  const asked = [JSON.stringify(caseToJson(original))];

  await shrinkCase(original, (c) => asked.push(JSON.stringify(caseToJson(c))) % 4 === 0, bounds);

  expect(new Set(asked).size).toBe(asked.length);
});

test('65,600 rows come down to one in a few dozen steps, and to 65,536 where so many are needed', async () => {
  const rowsOf = (c: Case): number => c.logits.shape[0]!;
  const any = await shrinkCase(softmaxCase([65_600, 2]), () => true, bounds);
  const many = await shrinkCase(softmaxCase([65_600, 2]), (c) => rowsOf(c) > 65_535, bounds);

  expect(any.case.logits.data.length).toBe(1);
  expect(any.steps).toBeLessThan(40);
  expect(rowsOf(many.case)).toBe(65_536);
});

test('the bound on evaluations is kept to the one, and named', async () => {
  let asked = 0;

  const shrunk = await shrinkCase(softmaxCase([8, 8]), () => ++asked < 0, { maxEvaluations: 5 });

  expect(asked).toBe(5);
  expect(shrunk).toMatchObject({ evaluations: 5, steps: 0, stoppedBy: 'evaluations' });
});

test('the bound on elements is kept to the one, named, and keeps what was reached', async () => {
  const asked: Case[] = [];
  const halve = (c: Case): boolean => asked.push(c) === 1;
  const shrink = (maxElements: number): ReturnType<typeof shrinkCase> =>
    shrinkCase(softmaxCase([8, 8]), halve, { maxEvaluations: 100, maxElements });

  expect(await shrink(47)).toMatchObject({
    evaluations: 1,
    stoppedBy: 'elements',
    case: { logits: { shape: [4, 8] } },
  });
  expect(asked.map(caseSize)).toEqual([32]);
  asked.length = 0;
  expect(await shrink(48)).toMatchObject({ evaluations: 2, stoppedBy: 'elements' });
});

test('a case of a million elements is looked at a dozen times, one of a hundred as often as is allowed', async () => {
  let elements = 0;
  const none = (c: Case): boolean => (elements += caseSize(c)) < 0;

  const large = await shrinkCase(softmaxCase([1024, 1024]), none, bounds);
  expect(large.stoppedBy).toBe('elements');
  expect(elements).toBeLessThanOrEqual(2 ** 23 + 4 * 2 ** 20);
  expect(large.evaluations).toBeGreaterThan(6);

  const small = await shrinkCase(softmaxCase([10, 10]), none, { maxEvaluations: 300 });
  expect(small.stoppedBy).toBe('evaluations');
});

test('an asynchronous predicate is waited for', async () => {
  const { case: minimal } = await shrinkCase(
    softmaxCase([30]),
    (c) => Promise.resolve(widthOf(c) >= 4),
    bounds,
  );

  expect(minimal.logits.shape).toEqual([4]);
});

describe('the form of the call', () => {
  const called = (call: CallForm): Case => ({ ...softmaxCase([3, 7]), call });

  test('is dropped first where it does not matter', async () => {
    const { case: minimal } = await shrinkCase(called({ kind: 'same-arrays' }), () => true, bounds);

    expect(minimal.call).toBeUndefined();
  });

  test.each<[CallForm, CallForm]>([
    [
      { kind: 'axis', as: 'absent' },
      { kind: 'axis', as: 'absent' },
    ],
    [
      { kind: 'view', from: 4_097 },
      { kind: 'view', from: 1 },
    ],
    [
      { kind: 'later-calls', calls: 3 },
      { kind: 'later-calls', calls: 2 },
    ],
  ])('stays where it matters, with no more of it than is needed: %j', async (call, expected) => {
    const matters = (c: Case): boolean =>
      c.call?.kind === call.kind && (c.call.kind !== 'later-calls' || c.call.calls >= 2);

    const { case: minimal } = await shrinkCase(called(call), matters, bounds);

    expect(minimal.call).toEqual(expected);
    expect(caseSize(minimal)).toBe(1);
  });
});
