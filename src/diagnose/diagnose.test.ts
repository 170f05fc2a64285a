/** Diagnoses of mistakes that are planted here, of kernels that are none of the mutants. */
import { describe, expect, test } from 'vitest';
import * as diagonal from '../../examples/wrong-kernels/diagonal-jacobian.ts';
import * as unshifted from '../../examples/wrong-kernels/no-max-shift.ts';
import { caseToJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import { diagnosisSchema, type Diagnosis } from '../case/diagnosis.ts';
import type { StageName } from '../case/stage.ts';
import { whyInvalid } from '../case/case-check.ts';
import { kernelTable, type SubjectModule } from '../contract/subject.ts';
import { halfFormats } from '../float/format.ts';
import * as sound from '../kernels/index.ts';
import { buildHost, soundSteps } from '../score/host/host.ts';
import { changedTakingHalves } from '../score/host/in-halves.ts';
import { everyMutant } from '../score/mutants/in-halves.ts';
import { mutants } from '../score/mutants/mutants.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { diagnose, type Symptoms } from './diagnose.ts';
import { fromLaneCase, type LaneCase } from './lane-case.ts';
import { probeCases } from './probe-cases.ts';
import { stageOfConduct } from './stage.ts';

const oneLane = (lane: readonly number[]): Pick<LaneCase, 'shape' | 'lanes'> => ({
  shape: [lane.length],
  lanes: [lane],
});
const twoLanes: Pick<LaneCase, 'shape' | 'lanes'> = {
  shape: [2, 2],
  lanes: [
    [0, 0],
    [0, 0],
  ],
};

function caseOf(kernel: Pick<Case, 'operation' | 'direction'>, lane: readonly number[]): Case {
  const dy = kernel.direction === 'forward' ? {} : { dy: [lane.map((_, k) => k + 1)] };
  return fromLaneCase({ ...kernel, format: 'float32', axis: 0, shape: [lane.length], lanes: [lane], ...dy });
}

function diagnosisOf(
  module: SubjectModule,
  c: Case,
  { severity = 'wrong', symptom = 'ulps', except }: Partial<Symptoms> & { except?: string } = {},
): Promise<Diagnosis> {
  const finding = { oracle: 'exact', severity, symptom, minimal: caseToJson(c) } as const;
  const options = except === undefined ? {} : { except };
  return diagnose(finding, subjectImplementation(module, { name: 'planted' }), options);
}

const softmax = { operation: 'softmax', direction: 'forward' } as const;

test('a softmax that does not shift is told its stage, its nearest mutant and what to do', async () => {
  const { stage, nearest } = await diagnosisOf(unshifted, caseOf(softmax, [1024]), { symptom: 'nan' });

  expect(stage).toMatchObject({ name: 'shift' });
  expect(nearest).toMatchObject({ mutant: 'no-shift', advice: 'subtract the maximum of the lane first' });
  expect(nearest!.sentence).toMatch(/^behaves .*`no-shift`.*: subtract the maximum .*; known from NVIDIA/);
});

test('a mutant is told a mistake of its own stage, also where it is not compared with itself', async () => {
  const [name, lane] = ['diagonal-jacobian', [0, 0]] as const;
  const c = caseOf({ operation: 'softmax', direction: 'backward' }, lane);

  const alone = await diagnosisOf(diagonal, c, { except: name });
  const compared = await diagnosisOf(diagonal, c);

  expect([alone.stage?.name, alone.nearest?.mutant]).toEqual(['product', undefined]);
  expect(compared.nearest?.mutant).toBe(name);
});

test('a stage is confirmed where a replica gives the same bit for bit', async () => {
  const { sum } = soundSteps;
  const dropping = buildHost({
    ...soundSteps,
    sum: (powers, place) => sum(powers.subarray(0, powers.length - (powers.length % 8 === 7 ? 1 : 0)), place),
  });

  const { stage } = await diagnosisOf({ ...dropping }, caseOf(softmax, [0, 0, 0, 0, 0, 0, 0]));

  expect(stage).toMatchObject({ name: 'tail', confirmed: true });
  expect(stage!.sentence).toMatch(
    /bit for bit what a sum without its last term .* leaves 7 when divided by 8 gives$/,
  );
});

test('a sequential float32 sum that is inaccurate and not wrong is told as a choice, without a mutant', async () => {
  const sequential = buildHost({
    ...soundSteps,
    sum: (powers) => [...powers].reduce((total, power) => Math.fround(total + power), 0),
  });
  const wide = Array.from({ length: 700 }, (_, k) => ((k * 37) % 11 === 0 ? 0 : -0.1 * (k % 7)));

  const { stage, nearest } = await diagnosisOf({ ...sequential }, caseOf(softmax, wide), {
    severity: 'inaccurate',
  });

  expect(stage).toMatchObject({ name: 'sum', confirmed: true });
  expect(stage!.sentence).toMatch(/^a choice rather than a mistake.*bit for bit what a sequential sum/);
  expect(nearest).toBe(null);
});

test('a kernel that is right gets no mistake, whatever it is accused of', async () => {
  const told = await diagnosisOf(sound, caseOf(softmax, [0, -40, 3]));

  expect(told).toEqual({ boundary: null, bounds: null, stage: null, nearest: null });
});

test('conduct is told by what it is, and what depends on earlier calls is not asked again', async () => {
  const never = {
    softmax: () => {
      throw new Error('asked again');
    },
  } as unknown as SubjectModule;
  const shifting = mutants.find(({ name }) => name === 'shifts-in-place')!.create();
  const c = caseOf({ operation: 'logSumExp', direction: 'forward' }, [1, 2]);

  const state = await diagnosisOf(never, caseOf(softmax, [0]), { symptom: 'depends-on-earlier-calls' });
  const conduct = await diagnosisOf(shifting, c, { symptom: 'input-written' });

  expect(state.stage?.name).toBe('state');
  expect([conduct.stage?.name, conduct.nearest?.mutant]).toEqual(['conduct', 'shifts-in-place']);
});

test('a diagnosis is plain data that its schema reads', async () => {
  const told = await diagnosisOf(unshifted, caseOf(softmax, [1024]), { symptom: 'nan' });

  expect(diagnosisSchema.parse(JSON.parse(JSON.stringify(told)))).toEqual(told);
});

const loss = { operation: 'crossEntropy', format: 'float32', axis: 0 } as const;
const mean = { reduction: 'mean', labelSmoothing: 0 } as const;

/** What was told wrongly once, or not at all, by the smallest case that showed it. */
const toldWronglyOnce: readonly (readonly [string, StageName | null, LaneCase])[] = [
  [
    'log-of-softmax',
    'logarithm',
    {
      ...loss,
      direction: 'forward',
      format: 'float64',
      ...oneLane([0, 1024]),
      loss: { ...mean, classes: [0] },
    },
  ],
  ['maximum-by-bits', 'shift', { ...softmax, format: 'float32', axis: 0, ...oneLane([-1, -128]) }],
  ['reciprocal-of-12-bits', 'sum', { ...softmax, format: 'float64', axis: 0, ...oneLane([0, 0, 0]) }],
  [
    'tail-of-four-dropped',
    'tail',
    { operation: 'logSumExp', direction: 'forward', format: 'float32', axis: 0, ...oneLane([0]) },
  ],
  [
    'exp-with-short-ln2',
    'exponent',
    {
      operation: 'logSoftmax',
      direction: 'backward',
      format: 'float64',
      axis: 0,
      ...oneLane([0, 1]),
      dy: [[1, 1]],
    },
  ],
  [
    'first-cotangent-for-all',
    'reduction',
    {
      ...loss,
      direction: 'backward',
      axis: 1,
      ...twoLanes,
      loss: { ...mean, reduction: 'none', classes: [1, 1] },
      dy: [[1], [0]],
    },
  ],
  [
    'sum-from-the-mean',
    'reduction',
    {
      ...loss,
      direction: 'forward',
      axis: 1,
      ...twoLanes,
      loss: { ...mean, reduction: 'sum', classes: [10, 0], ignoreIndex: 10 },
    },
  ],
  [
    'ignored-class-has-a-gradient',
    'ignoreIndex',
    {
      ...loss,
      direction: 'backward',
      ...oneLane([0]),
      loss: { ...mean, classes: [255], ignoreIndex: 255 },
      dy: [[1]],
    },
  ],
  [
    'target-found-by-value',
    null, // other lanes are right in its place
    {
      ...loss,
      direction: 'backward',
      format: 'float64',
      shape: [3, 2],
      lanes: [
        [1024, 0, 0],
        [0, 0, 0],
      ],
      loss: { ...mean, classes: [1, 0] },
      dy: [[1]],
    },
  ],
];

test.each(toldWronglyOnce)('%s is told the stage %s', async (name, expected, planted) => {
  const mutant = mutants.find((one) => one.name === name)!;

  const { stage } = await diagnosisOf(mutant.create(), fromLaneCase(planted), { except: name });

  expect(stage?.name ?? null).toBe(expected);
});

test('what is wrong only in a form of the call is of the arguments, also where the shape is wrong', () => {
  const call = { kind: 'defaults', as: 'named' } as const;
  const c = fromLaneCase({
    ...loss,
    direction: 'forward',
    call,
    ...oneLane([0]),
    loss: { ...mean, classes: [0] },
  });

  expect(stageOfConduct({ symptom: 'shape' }, c, true)?.name).toBe('arguments');
  expect(stageOfConduct({ symptom: 'shape' }, c, false)?.name).toBe('reduction');
});

describe.each(halfFormats)('in %s', (format) => {
  const planted = (name: string): SubjectModule =>
    everyMutant.find((mutant) => mutant.name === name)!.create();
  const inHalf = (lane: readonly number[]): Case =>
    fromLaneCase({ ...softmax, format, axis: 0, ...oneLane(lane) });

  test('every probe case holds numbers of the format, and finite ones where its lanes are', () => {
    for (const { operation, direction } of kernelTable)
      for (const { name, tags, case: c } of probeCases({ operation, direction, format })) {
        const isSpecial = tags.some((tag) => ['nan', '+inf', '-inf', 'masked lane'].includes(tag));

        expect([name, whyInvalid(c), isSpecial || c.logits.data.every(Number.isFinite)]).toEqual([
          name,
          null,
          true,
        ]);
      }
  });

  test('a sum that sticks is told as such, and not as terms that are left out', async () => {
    const c = inHalf(Array.from({ length: format === 'float16' ? 4096 : 512 }, () => 0));

    const { stage, nearest } = await diagnosisOf(planted('powers-added-in-the-half'), c);

    expect(stage).toMatchObject({ name: 'sum', confirmed: true });
    expect(nearest).toMatchObject({ mutant: 'powers-added-in-the-half', advice: 'add in float32' });
  });

  test('a mistake of float32 that shows in halves is told by its mutant there, too', async () => {
    const module = changedTakingHalves(planted('tail-of-four-dropped'));

    const { stage, nearest } = await diagnosisOf(module, {
      ...inHalf([0, 0, 0, 0, 0]),
      operation: 'logSumExp',
    });

    expect(stage).toMatchObject({ name: 'tail' });
    expect(nearest).toMatchObject({ mutant: 'tail-of-four-dropped' });
  });
});

test('what flushes in float16 is told by the smallest normal number of that', async () => {
  const { create } = everyMutant.find(({ name }) => name === 'subnormal-results-flushed')!;
  const c = fromLaneCase({ ...softmax, format: 'float16', axis: 0, ...oneLane([0, -10]) });

  const { stage, boundary } = await diagnosisOf(create(), c, { symptom: 'zero' });

  expect(stage).toMatchObject({ name: 'flushing', confirmed: true });
  expect(boundary).toMatch(/gap in the lane of 9\.7, 0 above/);
});
