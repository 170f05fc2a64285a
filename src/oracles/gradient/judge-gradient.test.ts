import { describe, expect, test } from 'vitest';
import type { Case } from '../../case/case.ts';
import { operations } from '../../contract/subject.ts';
import { generateCase } from '../../generate/generate-case.ts';
import { subjectImplementation } from '../../subjects/subject-implementation.ts';
import type { Implementation } from '../../subjects/implementation.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { answerOf } from '../exact.ts';
import { centralDifferenceLaw, complexStepLaw, judgeGradient, judgeOwnGradient } from './judge-gradient.ts';
import { ownForwardLaw } from './judge-own-gradient.ts';
import float32Inside from '../../../examples/sound-kernels/float32-inside.ts';
import { plainKernels, plantedMistakes, type PlantedMistake } from './plain-kernels.ts';

function plain(mistake: PlantedMistake | null): Implementation {
  return subjectImplementation(plainKernels(mistake), { name: mistake ?? 'plain' });
}

function valuesOf(implementation: Implementation, c: Case): Tensor {
  const outcome = implementation.run(c);
  if (outcome instanceof Promise || outcome.kind !== 'values' || outcome.tensor === null)
    throw new Error('no values');
  return outcome.tensor;
}

const gradients = { operations, directions: ['backward', 'targetBackward'], maxElements: 256 } as const;

function gradientCase(index: number, format: 'float32' | 'float64' = 'float32'): Case {
  return generateCase({ seed: 7n, index }, { ...gradients, formats: [format] });
}

function specified(implementation: Implementation, c: Case): ReturnType<typeof judgeGradient> {
  return judgeGradient(c, valuesOf(implementation, c), answerOf(c, implementation.arithmetic));
}

function own(implementation: Implementation, c: Case): ReturnType<typeof judgeOwnGradient> {
  return judgeOwnGradient(
    c,
    implementation,
    valuesOf(implementation, c),
    answerOf(c, implementation.arithmetic),
  );
}

/** An implementation as wrong as the exact oracle lets pass, each element to a side of its own. */
function extremal(): Implementation {
  let calls = 0;
  const run: Implementation['run'] = (c) => {
    const answer = answerOf(c, plain(null).arithmetic);
    calls += 1;
    const data = answer.exact.map((exact, i) => {
      const side = (Math.imul(i + 1 + calls * 7919, 0x9e3779b1) >>> 13) % 2 === 0 ? -1 : 1;
      const error = side * (answer.careful[i]! - answer.uncertainty[i]!) + answer.exactLow[i]!;
      return Number.isFinite(error) ? exact + error : exact;
    });
    const tensor = { shape: answer.shape, data: c.format === 'float32' ? Float32Array.from(data) : data };
    return { kind: 'values', tensor, violations: [] };
  };
  return { ...plain(null), run };
}

const softmaxCase: Case = {
  operation: 'softmax',
  direction: 'backward',
  format: 'float32',
  axis: -1,
  logits: { shape: [2, 3], data: Float32Array.of(0, 1, 2, -3, 5, 0.5) },
  cotangent: { shape: [2, 3], data: Float32Array.of(1, -2, 0.5, 0, 1, 3) },
  regimes: [],
  checks: [],
};

describe('against the specified forward', () => {
  test('sound kernels are never blamed, in either format', () => {
    const sound = plain(null);
    const divergences = [];
    for (let index = 0; index < 2500; index++) {
      divergences.push(specified(sound, gradientCase(index)).divergence);
      divergences.push(specified(sound, gradientCase(index, 'float64')).divergence);
    }

    expect(divergences.filter((d) => d !== null)).toEqual([]);
  });

  test('an implementation that uses up the careful tolerance everywhere is never blamed', () => {
    const greedy = extremal();
    const divergences = [];
    for (let index = 0; index < 1500; index++) {
      divergences.push(specified(greedy, gradientCase(index)).divergence);
      divergences.push(specified(greedy, gradientCase(index, 'float64')).divergence);
    }

    expect(divergences.filter((d) => d !== null)).toEqual([]);
  });

  test('the gradient of a class that is all but impossible is judged to within its own size', () => {
    const c: Case = {
      ...softmaxCase,
      operation: 'crossEntropy',
      logits: { shape: [1, 2], data: Float32Array.of(0, -100) },
      loss: { target: { shape: [1], data: Int32Array.of(0) }, reduction: 'sum', labelSmoothing: 0 },
      cotangent: { shape: [], data: Float32Array.of(1) },
    };
    const got = { shape: [1, 2], data: Float32Array.of(0, Math.exp(-80)) }; // e^-100 is due

    expect(judgeGradient(c, got, answerOf(c, plain(null).arithmetic)).divergence?.element).toBe(1);
  });

  test('both methods judge most elements of finite lanes', () => {
    const count = { elements: 0, byStep: 0, byDifference: 0 };
    for (let index = 0; index < 500; index++) {
      const c = gradientCase(index);
      const { judgedElements, judgedByDifference, skippedLanes } = specified(plain(null), c);
      if (skippedLanes > 0) continue;
      count.elements += c.logits.data.length;
      count.byStep += judgedElements;
      count.byDifference += judgedByDifference;
    }

    expect(count.byStep).toBeGreaterThan(0.95 * count.elements);
    expect(count.byDifference).toBeGreaterThan(0.3 * count.elements);
  });

  test.each(plantedMistakes.filter((mistake) => !mistake.startsWith('forward')))(
    'the planted mistake “%s” is found within 400 gradient cases',
    (mistake) => {
      const wrong = plain(mistake);
      const indices = Array.from({ length: 400 }, (_, index) => index);

      const found = indices.find((index) => specified(wrong, gradientCase(index)).divergence !== null);

      expect(found).toBeDefined();
    },
  );

  test('a missing Σ s·dy is found at width 1,024, where each share is a thousandth', () => {
    const width = 1024;
    const spread = Float32Array.from({ length: width }, (_, j) => Math.sin(j));
    const dy = Float32Array.from({ length: width }, (_, j) => 1 + Math.cos(3 * j));
    const c: Case = {
      ...softmaxCase,
      logits: { shape: [1, width], data: spread },
      cotangent: { shape: [1, width], data: dy },
    };

    expect(specified(plain('softmax: no sum of s·dy'), c).divergence?.severity).toBe('wrong');
    expect(specified(plain(null), c).divergence).toBeNull();
  });

  test('of a lane too wide to judge whole, a part is judged', () => {
    const width = 4096;
    const data = Float32Array.from({ length: width }, (_, j) => Math.sin(j));
    const c: Case = { ...softmaxCase, logits: { shape: [width], data }, cotangent: { shape: [width], data } };

    const { judgedElements, divergence } = specified(plain('softmax: no sum of s·dy'), c);

    expect(judgedElements).toBe(width / 8);
    expect(divergence?.law).toBe(complexStepLaw);
  });

  test('the divergence names the method, the element and what was due there', () => {
    const { divergence } = specified(plain('softmax: no sum of s·dy'), softmaxCase);

    expect(divergence).toMatchObject({
      oracle: 'gradient',
      severity: 'wrong',
      law: complexStepLaw,
      guilty: 6,
    });
    expect(divergence?.detail).toMatch(
      /complex step.*got .* expected .* ± .*, off by \d+ times the allowed error at \[\d, \d\] \(and 5 more\)/,
    );
  });

  test('central differences find the mistake without the complex step', () => {
    const got = valuesOf(plain('softmax: no sum of s·dy'), softmaxCase);
    const judgement = judgeGradient(softmaxCase, got, answerOf(softmaxCase, plain(null).arithmetic));

    expect(judgement.judgedByDifference).toBe(6);
    expect(judgement.differenceDivergence).toMatchObject({
      law: centralDifferenceLaw,
      severity: 'wrong',
      guilty: 6,
    });
  });

  test('lanes with a non-finite logit are left out and counted, the others judged', () => {
    const data = Float32Array.of(0, -Infinity, 2, -3, 5, 0.5);
    const c = { ...softmaxCase, logits: { shape: [2, 3], data } };

    expect(specified(plain(null), c)).toMatchObject({ judgedElements: 3, skippedLanes: 1, skipped: null });
  });

  test('where every lane has one, that is the reason given', () => {
    const c = { ...softmaxCase, logits: { shape: [2, 3], data: new Float32Array(6).fill(Number.NaN) } };

    expect(specified(plain(null), c).skipped).toMatch(/every lane has a logit/);
  });

  test('an ignored position is due a gradient of 0 whatever its logits hold', () => {
    const c: Case = {
      ...softmaxCase,
      operation: 'crossEntropy',
      logits: { shape: [2, 3], data: Float32Array.of(Number.NaN, 1, 2, -3, 5, 0.5) },
      cotangent: { shape: [2], data: Float32Array.of(1, 2) },
      loss: {
        target: { shape: [2], data: Int32Array.of(-1, 2) },
        reduction: 'none',
        labelSmoothing: 0,
        ignoreIndex: -1,
      },
    };

    const kept = specified(plain('crossEntropy: the gradient of an ignored position kept'), c);

    expect(kept.divergence).toMatchObject({ symptom: 'nan', severity: 'wrong', exact: 0 });
    expect(specified(plain(null), c)).toMatchObject({ divergence: null, judgedElements: 6 });
  });
});

describe('against its own forward', () => {
  test('sound kernels and those that use up the careful tolerance are never blamed', async () => {
    const divergences = [];
    for (let index = 0; index < 500; index++) {
      divergences.push((await own(plain(null), gradientCase(index))).divergence);
      divergences.push((await own(extremal(), gradientCase(index))).divergence);
    }

    expect(divergences.filter((d) => d !== null)).toEqual([]);
  });

  const inBackward = plantedMistakes.filter((mistake) => !mistake.startsWith('forward: '));

  test.each(inBackward)('the planted mistake “%s” is found within 400 gradient cases', async (mistake) => {
    let found: string | null = null;
    for (let index = 0; index < 400 && found === null; index++) {
      found = (await own(plain(mistake), gradientCase(index))).divergence?.law ?? null;
    }

    expect(found).toBe(ownForwardLaw);
  });

  test('a forward that is wrong is not held against a gradient that is right', async () => {
    const judgements = [];
    for (let index = 0; index < 100; index++)
      judgements.push(await own(plain('forward: twice the temperature'), gradientCase(index)));

    expect(judgements.map(({ divergence }) => divergence).filter((d) => d !== null)).toEqual([]);
  });

  test('most gradients of finite float32 lanes can be judged so', async () => {
    const reasons = [];
    for (let index = 0; index < 400; index++)
      reasons.push((await own(plain(null), gradientCase(index))).skipped);

    expect(reasons.filter((reason) => reason === null).length).toBeGreaterThan(200);
  });

  test('a float64 gradient is skipped by name: differences are coarser than it', async () => {
    const data = Float64Array.of(0, 1, 2);
    const c: Case = {
      ...softmaxCase,
      format: 'float64',
      logits: { shape: [3], data },
      cotangent: { shape: [3], data },
    };

    expect((await own(plain(null), c)).skipped).toMatch(/finer than differences/);
  });

  test('a forward that takes float64 and computes in float32 is not differenced: the gradient is right', async () => {
    const coarse = subjectImplementation(float32Inside, { name: 'float32-inside' });
    const judgements = [];
    for (let index = 0; index < 300; index++) judgements.push(await own(coarse, gradientCase(index)));

    expect(judgements.map(({ divergence }) => divergence).filter((d) => d !== null)).toEqual([]);
    expect(new Set(judgements.map(({ skipped }) => skipped))).toContain(
      'its own float64 forward is outside of its tolerance where it is differenced',
    );
  });

  test('a subject whose forward declines float64 is skipped with its reason', async () => {
    const { softmax: _, ...without } = plainKernels(null);
    const backwardOnly = subjectImplementation(without, { name: 'backward only' });

    expect((await own(backwardOnly, softmaxCase)).skipped).toMatch(/no export softmax/);
  });

  test('nothing is awaited of a subject that answers at once, and a promise is of one that does not', async () => {
    const { softmax, softmaxBackward } = plainKernels(null);
    const late = subjectImplementation(
      { softmax: (x, options) => Promise.resolve(softmax!(x, options)), softmaxBackward: softmaxBackward! },
      { name: 'late' },
    );

    expect(own(plain(null), softmaxCase)).not.toBeInstanceOf(Promise);
    expect(await own(late, softmaxCase)).toEqual(own(plain(null), softmaxCase));
  });
});
