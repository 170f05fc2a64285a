/**
 * The engine on mutants made by hand: a sound one, and some
 * that are wrong from a case on that can be looked up.
 */
import { expect, test } from 'vitest';
import { caseSize, type Case } from '../case/case.ts';
import { nativeFormats } from '../float/format.ts';
import type { SubjectModule } from '../contract/subject.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { soundHost } from './host/host.ts';
import type { Mutant } from './mutants/mutant.ts';
import { caseOf, scoreSeed } from './score-seed.ts';

const seed = '3';

function mutantFrom(create: () => SubjectModule): Mutant {
  return {
    name: 'by-hand',
    class: 'conduct',
    stage: null,
    change: '',
    seen: 'none found',
    isGradient: false,
    isSubtle: false,
    create,
  };
}

const unchanged = mutantFrom(() => ({ ...soundHost }));
const throwing = mutantFrom(() => ({
  ...soundHost,
  logSumExp() {
    throw new Error('planted');
  },
}));
const negated = mutantFrom(() => ({
  ...soundHost,
  logSumExpBackward(x, dy, options) {
    const { shape, data } = soundHost.logSumExpBackward(x, dy, options);
    return { shape, data: data.map((value) => -value) };
  },
}));

/** 1-based, as cases are counted. */
function firstCase(isWanted: (c: Case) => boolean): number {
  for (let index = 0; ; index++) if (isWanted(caseOf(seed, index))) return index + 1;
}

const plan = { seed, runs: 200, formats: nativeFormats, others: [] };

test('a mutant with no change survives, whoever is heard', async () => {
  const columns = ['campaign', 'conduct', 'exact', 'gradient', 'property'] as const;
  const trials = columns.map((column) => ({ mutant: unchanged, column }));

  const outcomes = await scoreSeed(trials, plan, () => undefined);

  expect(outcomes.map(({ casesToKill }) => casesToKill)).toEqual([null, null, null, null, null]);
});

test('a mutant with no change survives a full hearing: its functions are other ones, its answers are not', async () => {
  const wrapped = mutantFrom(() => ({
    ...soundHost,
    softmax: (x, options) => soundHost.softmax(x, options),
  }));
  const trials = (['campaign', 'exact', 'property'] as const).map((column) => ({ mutant: wrapped, column }));

  const outcomes = await scoreSeed(trials, plan, () => undefined);

  expect(outcomes.every(({ casesToKill }) => casesToKill === null)).toBe(true);
});

test('a kernel that throws is killed by conduct on its first case, and by no value', async () => {
  const due = firstCase((c) => c.operation === 'logSumExp' && c.direction === 'forward');
  const trials = (['campaign', 'conduct', 'exact'] as const).map((column) => ({ mutant: throwing, column }));

  const [campaign, conduct, exact] = await scoreSeed(trials, plan, () => undefined);

  expect(campaign).toMatchObject({ casesToKill: due, oracles: ['conduct'] });
  expect(conduct!.casesToKill).toBe(due);
  expect(exact!.casesToKill).toBe(null);
});

test('a negated gradient is killed on the first case that has one which is finite and not 0', async () => {
  const due = firstCase(
    (c) =>
      c.operation === 'logSumExp' &&
      c.direction === 'backward' &&
      caseSize(c) > 0 &&
      c.cotangent!.data.some((dy) => Math.abs(dy) > 1e-3) &&
      c.logits.data.every(Number.isFinite),
  );
  const trials = (['exact', 'gradient'] as const).map((column) => ({ mutant: negated, column }));

  const outcomes = await scoreSeed(trials, plan, () => undefined);

  for (const { casesToKill } of outcomes) {
    expect(casesToKill).not.toBe(null);
    expect(casesToKill).toBeLessThanOrEqual(due);
  }
});

test('what the sound host is blamed of as well is no kill', async () => {
  const contrary: Implementation = {
    name: 'contrary',
    version: '0',
    role: 'reference',
    arithmetic: { expUlps: 1, logUlps: 1, flushesSubnormals: false },
    declines: (c: Case) => (c.operation === 'softmax' && c.direction === 'forward' ? null : 'softmax only'),
    run: (c: Case) => ({
      kind: 'values',
      tensor: { shape: c.logits.shape, data: c.logits.data.map(() => 7) },
      violations: [],
    }),
  };
  const wrapped = mutantFrom(() => ({
    ...soundHost,
    softmax: (x, options) => soundHost.softmax(x, options),
  }));

  const [outcome] = await scoreSeed(
    [{ mutant: wrapped, column: 'differential' }],
    { ...plan, others: [contrary] },
    () => undefined,
  );

  expect(outcome!.casesToKill).toBe(null);
  expect(outcome!.alarms).toBeGreaterThan(0);
});
