/**
 * The mutants of halves: how many there are, that each is found by judging, and that what claims to be only
 * inaccurate is. How many cases each takes: docs/score-halves.md.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { halfFormats, type HalfFormat } from '../float/format.ts';
import { judgeCase } from '../judge/judge-case.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { scoreSeed, type TrialOutcome } from './score-seed.ts';
import { everyMutant, isOfNative, mutantsIn, mutantsOfHalves } from './mutants/in-halves.ts';
import type { Mutant } from './mutants/mutant.ts';

test('there are at least 50 in each half, and none of them is asked in native formats', () => {
  for (const format of halfFormats)
    expect(mutantsOfHalves.filter(({ formats }) => formats?.includes(format)).length).toBeGreaterThanOrEqual(
      50,
    );
  expect(mutantsIn(['float32', 'float64']).filter((mutant) => !isOfNative(mutant))).toEqual([]);
});

test('claims to be only inaccurate are of formats in which the mutant is wrong', () => {
  const beyond = everyMutant.filter(({ inaccurateIn = [], formats }) =>
    inaccurateIn.some((format) => !formats?.includes(format)),
  );

  expect(beyond).toEqual([]);
});

describe.each(halfFormats)('in 400 cases of %s', (format) => {
  const asked = mutantsOfHalves.filter(({ formats }) => formats!.includes(format));
  let outcomes: readonly TrialOutcome[] = [];
  beforeAll(async () => {
    const trials = asked.map((mutant) => ({ mutant, column: 'campaign' as const }));
    const plan = { seed: '1', runs: 400, formats: [format], others: [] };
    outcomes = await scoreSeed(trials, plan, () => undefined);
  }, 60_000);

  test('four in five are found, and nothing of the sound host', () => {
    const found = outcomes.filter(({ casesToKill }) => casesToKill !== null);

    expect(found.length).toBeGreaterThan(0.8 * asked.length);
    expect(outcomes.filter(({ alarms }) => alarms > 0)).toEqual([]);
  });

  test('what claims to be only inaccurate is never wrong', () => {
    const claimed = outcomes.filter(({ mutant }) => mutant.inaccurateIn?.includes(format));

    expect(claimed.length).toBeGreaterThan(15);
    expect(claimed.filter(({ casesToWrong }) => casesToWrong !== null)).toEqual([]);
  });
});

/** A case of bits by hand: `[shape, values]` of the logits, and what else it has. */
function caseOf(format: HalfFormat, of: Partial<Case> & Pick<Case, 'operation' | 'logits'>): Case {
  return { direction: 'forward', format, axis: -1, regimes: [], checks: [], ...of };
}

function lane(width: number, valueOf: (k: number) => number): Case['logits'] {
  return { shape: [width], data: Float64Array.from({ length: width }, (_, k) => valueOf(k)) };
}

function lossOf(
  logits: Case['logits'],
  target: readonly number[],
  more: Partial<Case['loss']> = {},
): Partial<Case> & Pick<Case, 'operation' | 'logits'> {
  const shape = logits.shape.slice(0, -1);
  return {
    operation: 'crossEntropy',
    logits,
    loss: { target: { shape, data: Int32Array.from(target) }, reduction: 'mean', labelSmoothing: 0, ...more },
  };
}

const rows = (count: number, width: number, valueOf: (k: number) => number): Case['logits'] => ({
  shape: [count, width],
  data: Float64Array.from({ length: count * width }, (_, i) => valueOf(i % width)),
});

test.each<readonly [string, Case, 'wrong' | 'inaccurate']>([
  ['sum-beyond-65504', caseOf('float16', { operation: 'softmax', logits: lane(65_536, () => 0) }), 'wrong'],
  [
    'sum-of-cotangents-beyond-65504',
    caseOf('float16', {
      operation: 'logSoftmax',
      direction: 'backward',
      logits: lane(40, () => 0),
      cotangent: lane(40, () => 2_000),
    }),
    'wrong',
  ],
  [
    'sum-of-losses-beyond-65504',
    caseOf(
      'float16',
      lossOf(
        rows(4, 2, (k) => 20_000 * k),
        [0, 0, 0, 0],
      ),
    ),
    'wrong',
  ],
  [
    'classes-added-before-smoothing',
    caseOf(
      'float16',
      lossOf(
        lane(32_000, (k) => k % 4),
        [1],
        { labelSmoothing: 0.125 },
      ),
    ),
    'wrong',
  ],
  [
    'class-index-in-the-half',
    caseOf(
      'float16',
      lossOf(
        lane(2_050, (k) => k % 2),
        [2_049],
      ),
    ),
    'wrong',
  ],
  [
    'class-index-in-the-half',
    caseOf(
      'bfloat16',
      lossOf(
        lane(258, (k) => k % 2),
        [257],
      ),
    ),
    'wrong',
  ],
  [
    'carry-lost-in-rounding',
    caseOf('float16', { operation: 'logSumExp', logits: lane(2, (k) => 1023.5 - k) }),
    'wrong',
  ],
  [
    'powers-added-in-the-half',
    caseOf('float16', { operation: 'softmax', logits: lane(4_096, () => 0) }),
    'wrong',
  ],
  [
    'powers-added-in-the-half',
    caseOf('bfloat16', { operation: 'softmax', logits: lane(512, () => 0) }),
    'wrong',
  ],
  [
    'storage-with-a-stuck-sum',
    caseOf('bfloat16', { operation: 'logSumExp', logits: lane(512, () => 0) }),
    'wrong',
  ],
])('%s is told by a case by hand', async (name, c, severity) => {
  const { create }: Mutant = everyMutant.find((mutant) => mutant.name === name)!;
  const subject = subjectImplementation(create(), { name });

  const [{ verdict }] = await judgeCase(c, { subject, references: [] });

  expect(verdict).toMatchObject({ kind: 'diverge', divergences: [{ severity }] });
});
