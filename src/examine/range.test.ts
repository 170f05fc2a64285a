import { expect, test } from 'vitest';
import {
  aroundIndex,
  blockAt,
  blockCount,
  blockLength,
  blockOf,
  blocksOf,
  cut,
  isInShard,
  lengthOf,
  normalMode,
  shardOf,
  type Shard,
  type Range,
} from './range.ts';

function indicesOf({ from, to, step }: Range): number[] {
  const indices: number[] = [];
  for (let index = from; index < to; index += step) indices.push(index);
  return indices;
}

function allIndices(runs: number, shard: Shard): number[] {
  const blocks = blocksOf(runs, shard);
  const indices: number[] = [];
  for (let block = blocks.take(); block !== null; block = blocks.take()) indices.push(...indicesOf(block));
  return indices.filter((index) => isInShard(index, shard)).sort((a, b) => a - b);
}

function takenOf(runs: number, shard: Shard): number[] {
  const blocks = blocksOf(runs, shard);
  const starts: number[] = [];
  for (let block = blocks.take(); block !== null; block = blocks.take()) starts.push(block.from);
  return starts;
}

const whole = (runs: number): number[] => Array.from({ length: runs }, (_, i) => i);

test.each([1, 5, 11, 12, 13, 100, 24_575, 24_576, 24_577, 24_583, 60_000])(
  'the blocks of %i runs hold every index once',
  (runs) => {
    expect(allIndices(runs, { number: 1, of: 1 })).toEqual(whole(runs));
  },
);

test.each([2, 3, 4, 5, 7, 12, 24, 36])(
  'shard i of %i takes the indices that leave i − 1 when divided, and the shards together take all',
  (of) => {
    const shards = whole(of).map((i) => allIndices(25_000, { number: i + 1, of }));

    shards.forEach((indices, i) => expect(indices.every((index) => index % of === i)).toBe(true));
    expect(shards.flat().sort((a, b) => a - b)).toEqual(whole(25_000));
  },
);

test.each([2, 3, 4, 6, 12])('where %i divides 12 no shard takes a block that another takes', (of) => {
  const taken = whole(of).flatMap((i) => takenOf(30_000, { number: i + 1, of }));

  expect(new Set(taken).size).toBe(taken.length);
});

test.each([2, 3, 5, 7, 12, 13])('by blocks, shard i of %i takes each n-th block, and no other', (of) => {
  const taken = whole(of).map((i) => takenOf(400_000, shardOf({ number: i + 1, of }, 400_000)));

  taken.forEach((starts, i) =>
    expect(starts).toEqual(
      whole(24)
        .filter((number) => number % of === i)
        .map((number) => blockAt(number, 400_000)!.from),
    ),
  );
});

test('a block is asked for by its number, of a campaign that has as many', () => {
  const shard = shardOf({ number: 18, of: 40_690 }, 1e9);

  expect(takenOf(1e9, shard)).toEqual([blockAt(17, 1e9)!.from]);
  expect(allIndices(1e9, shard)).toHaveLength(blockLength);
});

test('shards are whole blocks where there is one for each, else indices, as they all were once', () => {
  expect(blockCount(13)).toBe(12);
  expect(blockCount(12 * blockLength + 5)).toBe(17);
  expect(shardOf({ number: 2, of: 12 }, 13)).toEqual({ number: 2, of: 12, by: 'blocks' });
  expect(shardOf({ number: 2, of: 13 }, 13)).toEqual({ number: 2, of: 13 });
  expect(shardOf({ number: 2, of: 13 }, null)).toEqual({ number: 2, of: 13, by: 'blocks' });
  expect(allIndices(26, { number: 2, of: 13 })).toEqual([1, 14]);
});

test('blockOf finds the block that an index is in', () => {
  for (const index of [0, 11, 12, 24_575, 24_576, 50_001]) {
    expect(indicesOf(blockOf(index, 60_000))).toContain(index);
  }
  expect(() => blockOf(100, 100)).toThrow('index 100 is beyond the 100 of the run');
});

test('the blocks go on from where they stood', () => {
  const [all, again] = [blocksOf(60_000, { number: 1, of: 1 }), blocksOf(60_000, { number: 1, of: 1 }, 3)];
  for (let i = 0; i < 3; i++) all.take();

  expect(again.take()).toEqual(all.take());
  expect(again.next).toBe(4);
});

test('without a bound there is always another block', () => {
  expect(blockAt(1_000_000, null)).not.toBeNull();
});

test('cutting a range leaves every index in one of the two parts', () => {
  const range: Range = { from: 1, to: 20, step: 3, mode: normalMode };

  for (const count of [1, 2, 6, 7]) {
    const { head, rest } = cut(range, count);
    expect([...indicesOf(head), ...(rest === null ? [] : indicesOf(rest))]).toEqual(indicesOf(range));
    expect(lengthOf(head)).toBe(Math.min(count, 7));
  }
});

test('after a death everything of the range is done again but the index of that death', () => {
  const range: Range = { from: 1, to: 20, step: 3, mode: normalMode };

  expect(aroundIndex(range, 7).flatMap(indicesOf)).toEqual([1, 4, 10, 13, 16, 19]);
  expect(aroundIndex(range, 1).flatMap(indicesOf)).toEqual([4, 7, 10, 13, 16, 19]);
  expect(aroundIndex(range, 19).flatMap(indicesOf)).toEqual([1, 4, 7, 10, 13, 16]);
});
