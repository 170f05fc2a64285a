/** Boundaries of mistakes that are planted here, so that where each begins can be worked out by hand. */
import { expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { caseToJson } from '../case/case-json.ts';
import type { SubjectModule } from '../contract/subject.ts';
import * as sound from '../kernels/index.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { diagnose } from './diagnose.ts';
import { openProber } from './probe.ts';
import { findBoundary } from './boundary.ts';
import { toLaneCase } from './lane-case.ts';

function softmaxCase(shape: readonly number[], logits: readonly number[], axis = shape.length - 1): Case {
  const data = Float32Array.from(logits);
  return {
    operation: 'softmax',
    direction: 'forward',
    format: 'float32',
    axis,
    logits: { shape, data },
    regimes: [],
    checks: [],
  };
}

/** Softmax along the last axis, row by row. */
function softmaxBy(row: (x: readonly number[], at: number) => readonly number[]): SubjectModule {
  return {
    softmax(x) {
      const width = x.shape.at(-1) ?? 1;
      const data = Float32Array.from(x.data);
      for (let at = 0; at * width < data.length; at++)
        data.set(row([...x.data.subarray(at * width, (at + 1) * width)], at), at * width);
      return { shape: x.shape, data };
    },
  };
}

function shares(powers: readonly number[], summed: readonly number[] = powers): readonly number[] {
  const sum = Math.fround(summed.reduce((a, b) => a + b, 0));
  return powers.map((power) => power / sum);
}

async function boundaryOf(module: SubjectModule, c: Case): Promise<string | null> {
  const finding = { oracle: 'exact', severity: 'wrong', symptom: 'nan', minimal: caseToJson(c) } as const;
  const { boundary } = await diagnose(finding, subjectImplementation(module, { name: 'planted' }));
  return boundary;
}

function powersOf(x: readonly number[]): readonly number[] {
  const max = Math.max(...x);
  return x.map((value) => Math.exp(value - max));
}

test('exp without a shift is right up to the logarithm of the largest float32', async () => {
  const unshifted = softmaxBy((x) => shares(x.map((value) => Math.fround(Math.exp(value)))));

  expect(await boundaryOf(unshifted, softmaxCase([1], [1024]))).toBe('right up to |x| = 88.72, NaN above');
});

test('a block of 1,024 that is summed in all rows but the first shows from width 1,025 on, in rows ≥ 1', async () => {
  const inBlocks = softmaxBy((x, at) =>
    shares(powersOf(x), at === 0 ? x.map(() => 1) : powersOf(x).slice(0, 1024)),
  );
  const zeros = Array.from({ length: 2050 }, () => 0);

  expect(await boundaryOf(inBlocks, softmaxCase([2, 1025], zeros))).toMatch(
    /^wrong from width 1,025 on, wrong from 2 rows on, in rows ≥ 1$/,
  );
});

test('what is left out where the width leaves 7 when divided by 8 is told by that', async () => {
  const dropping = softmaxBy((x) =>
    shares(powersOf(x), x.length % 8 === 7 ? powersOf(x).slice(1) : powersOf(x)),
  );

  expect(await boundaryOf(dropping, softmaxCase([7], [0, 0, 0, 0, 0, 0, 0]))).toBe(
    'wrong where the width leaves 7 when divided by 8',
  );
});

test('an axis that is not the last is the condition where the same lanes are right as rows', async () => {
  const flat: SubjectModule = { softmax: (x) => sound.softmax(x, { axis: -1 }) as Tensor };

  expect(await boundaryOf(flat, softmaxCase([2, 2], [0, 1, 3, 0], 0))).toContain(
    'only along an axis that is not the last',
  );
});

test('what is wrong everywhere has no boundary, and that is said', async () => {
  const halves = softmaxBy((x) => shares(powersOf(x)).map((share) => share / 2));

  expect(await boundaryOf(halves, softmaxCase([2], [0, 0]))).toBe(
    'wrong whatever the size of the numbers, the width and the number of rows',
  );
});

test('a kernel that is right has no boundary, and what was asked of it is bounded', async () => {
  const prober = openProber(subjectImplementation(sound, { name: 'sound' }), {
    casesMax: 220,
    elementsMax: 2 ** 18,
  });

  expect(await boundaryOf(sound, softmaxCase([2], [0, 100]))).toBe(null);
  const { record } = await findBoundary(toLaneCase(softmaxCase([2], [0, 100])), prober);
  expect(record).toBe(null);
  expect(prober.left()).toBeGreaterThan(0);
});

test('it is the same each time, with the points that a picture needs', async () => {
  const unshifted = softmaxBy((x) => shares(x.map((value) => Math.fround(Math.exp(value)))));
  const finding = {
    oracle: 'exact',
    severity: 'wrong',
    symptom: 'nan',
    minimal: caseToJson(softmaxCase([1], [1024])),
  } as const;
  const ask = (): ReturnType<typeof diagnose> =>
    diagnose(finding, subjectImplementation(unshifted, { name: 'planted' }));

  const { bounds, ...rest } = await ask();

  expect(await ask()).toEqual({ bounds, ...rest });
  const { rightUpTo, wrongFrom } = bounds!;
  // Its exp is rounded to infinity from half a step above the largest float32 on.
  const overflow = 127 * Math.LN2 + Math.log(2 - 2 ** -24);
  expect(rightUpTo).toBeLessThan(overflow);
  expect(wrongFrom).toBeGreaterThanOrEqual(overflow);
  expect((wrongFrom - rightUpTo!) / wrongFrom).toBeLessThanOrEqual(2 ** -22); // as far as it is bisected
  expect(bounds!.points.length).toBeGreaterThan(10);
  expect(new Set(bounds!.points.map(([x]) => x < bounds!.wrongFrom))).toEqual(new Set([true, false]));
});
