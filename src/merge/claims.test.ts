/** The sets of cases that parts claim, against sets that are written out. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { examplePart } from '../archive/fixtures/example-run.ts';
import type { CoverRecord, PartRecord } from '../archive/run-record.ts';
import { coversOf } from '../campaign/covers.ts';
import { blockAt, blockCount, shardOf, span } from '../examine/range.ts';
import { blocksIn, casesIn, claimOf, commonIn, isBeyondShard, shareCases, wholeShard } from './claims.ts';

function indicesOf({ from, to, step, every = 0, times = 1 }: CoverRecord): number[] {
  const length = Math.ceil((to - from) / step);
  return Array.from({ length: times * length }, (_, i) => {
    return from + Math.floor(i / length) * every + (i % length) * step;
  });
}

function block(number: number): CoverRecord {
  const { from } = blockAt(number, null)!;
  return { from, to: from + span - 11, step: 12 };
}

const plain = fc
  .record({
    from: fc.nat(200),
    length: fc.integer({ min: 1, max: 400 }),
    step: fc.integer({ min: 1, max: 40 }),
  })
  .map(({ from, length, step }) => ({ from, to: from + length, step }));
const long = fc
  .record({
    from: fc.nat(2 * span),
    length: fc.integer({ min: 1, max: span }),
    step: fc.constantFrom(1, 5, 12, 60),
  })
  .map(({ from, length, step }) => ({ from, to: from + length, step }));
const repeated = fc
  .record({ number: fc.nat(30), apart: fc.constantFrom(1, 2, 3), times: fc.integer({ min: 1, max: 3 }) })
  .map(({ number, apart, times }) => ({ ...block(number), every: apart * span, times }));

describe('what two entries have in common', () => {
  const count = (a: CoverRecord, b: CoverRecord): number => {
    const own = new Set(indicesOf(a));
    return indicesOf(b).filter((index) => own.has(index)).length;
  };

  test('is counted for progressions', () => {
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        expect(commonIn([a], [b])).toBe(count(a, b));
      }),
    );
  });

  test('and for blocks at equal distances', () => {
    fc.assert(
      fc.property(repeated, fc.oneof(repeated, long), (a, b) => {
        expect(commonIn([a], [b])).toBe(count(a, b));
        expect(commonIn([b], [a])).toBe(count(a, b));
        expect(shareCases([a], [b])).toBe(count(a, b) > 0);
      }),
      { numRuns: 12 },
    );
  });

  test('also where the numbers are large', () => {
    const [a, b] = [
      { from: 3, to: 9e15, step: 999_999_937 },
      { from: 5, to: 9e15, step: 12 * 40_690 },
    ];

    // 3 + 999,999,937 i ≡ 5 (mod 488,280) for i = 14,666, and then for each 488,280th
    expect(commonIn([a], [{ ...b, to: 3 + 999_999_937 * 14_666 }])).toBe(0);
    expect(commonIn([a], [{ ...b, to: 3 + 999_999_937 * 14_666 + 1 }])).toBe(1);
  });
});

describe('a shard', () => {
  const shards = [1, 2, 5, 7, 12, 13, 30].flatMap((of) => [1, 2, of].map((number) => ({ number, of })));
  const part = (shard: PartRecord['shard'], runs: number | null): PartRecord => examplePart({ shard, runs });

  test.each([100, span + 7, 7 * span + 100_000])('of %i cases is what it covers in the end', (runs) => {
    for (const one of shards.filter(({ number, of }) => number <= of)) {
      const shard = shardOf(one, runs);
      const covers = coversOf({ nextBlock: Infinity, shard, runs, corpus: 0, pending: [] });
      const whole = wholeShard(part(shard, runs));

      expect(casesIn(whole)).toBe(casesIn(covers));
      expect(commonIn(whole, covers)).toBe(casesIn(covers));
      expect(isBeyondShard({ ...part(shard, runs), covers })).toBe(false);
    }
  });

  test('is none of another, and of a part of old all that it has', () => {
    const second = part({ number: 2, of: 3 }, null);

    expect(claimOf(second)).toEqual([{ from: 1, to: Number.MAX_SAFE_INTEGER, step: 3 }]);
    expect(shareCases(claimOf(second), wholeShard(part({ number: 3, of: 6 }, null)))).toBe(false);
    expect(shareCases(claimOf(second), wholeShard(part({ number: 5, of: 6 }, null)))).toBe(true);
  });

  test.each<[string, CoverRecord]>([
    ['another block', block(2)],
    ['a strand that goes on into blocks of others', { ...block(1), to: 3 * span }],
    ['other strands', { ...block(1), step: 4 }],
    ['blocks of others', { ...block(1), every: span, times: 2 }],
    ['what is no block, again and again', { from: 1, to: 14, step: 12, every: 5 * span, times: 2 }],
    ['the corpus, which it did not judge', { from: -2, to: 0, step: 1 }],
    ['cases beyond the bound', { ...block(1 + 12 * 35), every: 5 * span, times: 2 }],
  ])('does not cover %s', (_what, cover) => {
    const second = part({ number: 2, of: 5, by: 'blocks' }, 36 * span);

    expect(isBeyondShard({ ...second, covers: [block(1)] })).toBe(false);
    expect(isBeyondShard({ ...second, covers: [block(1), cover] })).toBe(true);
  });

  test('is blocks by their numbers, whole or in part', () => {
    const blocks = (cover: CoverRecord, runs: number | null): unknown[] =>
      [...blocksIn(cover, runs)].map(({ block: number, isWhole }) => (isWhole ? number : [number]));

    expect(blocks({ ...block(3), every: 2 * span, times: 2 }, null)).toEqual([3, 27]);
    expect(blocks({ from: 4, to: span + 1, step: 6 }, span + 100)).toEqual([4, 10]);
    expect(blocks({ from: 4, to: span, step: 6 }, 2 * span)).toEqual([4, 10]);
    expect(blocks({ from: 16, to: span + 17, step: 12 }, 2 * span)).toEqual([[4], [16]]);
    expect(blockCount(span + 100)).toBe(24);
  });
});
