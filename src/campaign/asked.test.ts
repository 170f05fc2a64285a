import { expect, test } from 'vitest';
import { normalMode, type Range } from '../examine/range.ts';
import { askedBefore, backwards, probablyBefore, withRange } from './asked.ts';
import type { CampaignPlan } from './plan.ts';

const range = (from: number, to: number, step = 12): Range => ({ from, to, step, mode: normalMode });
const plan = { runs: 1_200, corpus: [], shard: { number: 1, of: 1 } } as unknown as CampaignPlan;

test('a range that goes on where the last one ended becomes a part of it', () => {
  expect(withRange(withRange([], range(0, 20)), range(24, 48))).toEqual([range(0, 48)]);
  expect(withRange(withRange([], range(0, 24)), range(1, 25))).toEqual([range(0, 24), range(1, 25)]);
});

test('the calls before a case are those of its own range below it, and of all ranges before', () => {
  const asked = askedBefore([range(0, 36)], range(1, 61), 37);

  expect([...backwards(plan, asked)]).toEqual([25, 13, 1, 24, 12, 0]);
});

test('the first case of a range has only the ranges before it', () => {
  expect([...backwards(plan, askedBefore([range(0, 36)], range(1, 61), 1))]).toEqual([24, 12, 0]);
});

test('those of another shard were asked of another', () => {
  const second = { ...plan, shard: { number: 2, of: 2 } };

  expect([...backwards(second, [range(0, 5, 1)])]).toEqual([3, 1]);
});

test('where nobody knows any more it is the block up to the case, or the corpus', () => {
  const withCorpus = { ...plan, corpus: [{}, {}, {}] } as unknown as CampaignPlan;

  expect([...backwards(plan, probablyBefore(plan, 30))]).toEqual([18, 6]);
  expect([...backwards(plan, probablyBefore(withCorpus, -1))]).toEqual([-2, -3]);
});
