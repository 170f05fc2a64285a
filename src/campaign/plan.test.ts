import { expect, test } from 'vitest';
import { aroundLoss, stretchesOf, type Shard, type Stretch } from './plan.ts';

function indicesOf({ from, to, step }: Stretch): number[] {
  const indices: number[] = [];
  for (let index = from; index < to; index += step) indices.push(index);
  return indices;
}

function allIndices(runs: number, shard: Shard, count: number): number[] {
  const stretches = stretchesOf(runs, shard);
  const indices: number[] = [];
  for (let stretch = stretches.next(count); stretch !== null; stretch = stretches.next(count)) {
    indices.push(...indicesOf(stretch));
  }
  return indices;
}

test('one shard takes every index below runs once, in order, whatever the size of the stretches', () => {
  const whole = Array.from({ length: 100 }, (_, i) => i);

  for (const count of [1, 7, 32, 1000]) expect(allIndices(100, { number: 1, of: 1 }, count)).toEqual(whole);
});

test('shard i of n takes the indices that leave i − 1 when divided by n, and the shards together take all', () => {
  const shards = [1, 2, 3].map((number) => allIndices(100, { number, of: 3 }, 8));

  shards.forEach((indices, i) => expect(indices.every((index) => index % 3 === i)).toBe(true));
  expect(shards.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test('after a loss everything of the stretch but the index that was lost is done again', () => {
  const stretch: Stretch = { from: 1, to: 20, step: 3, shrink: true };

  expect(aroundLoss(stretch, 7).flatMap(indicesOf)).toEqual([1, 4, 10, 13, 16, 19]);
  expect(aroundLoss(stretch, 1).flatMap(indicesOf)).toEqual([4, 7, 10, 13, 16, 19]);
  expect(aroundLoss(stretch, 19).flatMap(indicesOf)).toEqual([1, 4, 7, 10, 13, 16]);
});
