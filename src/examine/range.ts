/**
 * The indices of a campaign in the order they are judged:
 * blocks, what is cut of them, and a shard's share. Plain data.
 */
export interface Shard {
  /** 1-based. */
  readonly number: number;
  readonly of: number;
  /** What is dealt out: whole blocks; absent: single indices, as in all plans and runs of old. */
  readonly by?: 'blocks';
}

/**
 * Indices from, from + step, … below `to`, those of the shard among them.
 * Negative ones are cases of the corpus.
 */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly mode: Mode;
}

/**
 * How a range is done. Each death of a worker may change one of the three, and none of them says anything of
 * the others: a range that is paused may turn out to leak, and a case that is no longer shrunk may leave
 * something behind.
 */
export interface Mode {
  /** solo: the subject without the references, to see whose memory it is that grows. */
  readonly participants: 'all' | 'solo';
  readonly pace: Pace;
  /** False where shrinking these cases has already killed a worker. */
  readonly shrink: boolean;
}

/**
 * What the journal holds of a range. covered: one entry for a few cases. traced: each case, before it is
 * judged, since a worker has died in one of several. paused: each case, and after it a pause, in which what
 * the case has left behind shows.
 */
export type Pace = 'covered' | 'traced' | 'paused';

/** How every range begins. */
export const normalMode: Mode = { participants: 'all', pace: 'covered', shrink: true };

/**
 * A block is every 12th index of a span: what is stacked for a reference is a function of the block, so it
 * must not depend on the shards. Shard i of n takes the blocks whose numbers leave i − 1 when divided by n,
 * so that no two ask for one stack; where a campaign has fewer blocks than shards, the indices that do, and
 * then a shard stacks what others judge, too.
 */
export const strands = 12;
/**
 * Large, so that few cases of a block have a kernel and width that no other shares;
 * a worker holds so many cases.
 */
export const blockLength = 24_576;
export const span: number = strands * blockLength;

/** Block 0, 1, …; null past the last index. */
export function blockAt(number: number, runs: number | null): Range | null {
  const first = Math.floor(number / strands) * span;
  const from = first + (number % strands);
  const to = Math.min(first + span, runs ?? Number.MAX_SAFE_INTEGER);
  return from < to ? { from, to, step: strands, mode: normalMode } : null;
}

/** The block that an index is in, which is not negative. */
export function blockOf(index: number, runs: number | null): Range {
  const block = blockAt(Math.floor(index / span) * strands + (index % strands), runs);
  if (block === null || index >= block.to)
    throw new RangeError(`index ${index} is beyond the ${runs} of the run`);
  return block;
}

/** How many blocks a campaign has: their numbers go from 0 to that. */
export function blockCount(runs: number | null): number {
  return runs === null ? Infinity : Math.floor(runs / span) * strands + Math.min(strands, runs % span);
}

/** The number of the block that an index is in, which is not negative. */
export function blockNumberOf(index: number): number {
  return Math.floor(index / span) * strands + (index % strands);
}

/** Share i of n of a campaign: whole blocks where there is one for each of the n. */
export function shardOf({ number, of }: Shard, runs: number | null): Shard {
  return of > 1 && blockCount(runs) >= of ? { number, of, by: 'blocks' } : { number, of };
}

export function isInShard(index: number, { number, of, by }: Shard): boolean {
  return (by === 'blocks' ? blockNumberOf(index) : index) % of === number - 1;
}

/** The indices of the block that are of the shard, which are as far apart from each other; null for none. */
export function shareOf(block: Range, shard: Shard): Range | null {
  const isWhole = shard.by === 'blocks' || shard.of === 1;
  const step = isWhole ? block.step : leastCommonMultiple(block.step, shard.of);
  const last = isWhole ? block.from : Math.min(block.to - 1, block.from + step - 1);
  for (let from = block.from; from <= last; from += block.step)
    if (isInShard(from, shard)) return { ...block, from, step };
  return null;
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

export function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}

/**
 * Hands out the shard's blocks, in order, those of which it judges a part among them; null when they are used
 * up. `next` is the number of the first to look at.
 */
export function blocksOf(
  runs: number | null,
  shard: Shard,
  first = 0,
): { take(): Range | null; readonly next: number } {
  const count = blockCount(runs);
  let next = first;
  return {
    get next() {
      return next;
    },
    take() {
      if (shard.by === 'blocks') next += remainder(shard.number - 1 - next, shard.of);
      while (next < count) {
        const block = blockAt(next++, runs)!;
        if (touches(block, shard)) return block;
      }
      return null;
    },
  };
}

/** Whether any index of the block, were it a whole one, is of the shard. */
function touches({ from }: Range, { number, of, by }: Shard): boolean {
  if (by === 'blocks') return blockNumberOf(from) % of === number - 1;
  const common = greatestCommonDivisor(of, strands);
  return from % common === (number - 1) % common;
}

/** In [0, divisor), also of a negative number. */
function remainder(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

/** The first `count` indices of the range, and what is left of it. */
export function cut(range: Range, count: number): { readonly head: Range; readonly rest: Range | null } {
  const middle = range.from + count * range.step;
  if (middle >= range.to) return { head: range, rest: null };
  return { head: { ...range, to: middle }, rest: { ...range, from: middle } };
}

export function lengthOf({ from, to, step }: Pick<Range, 'from' | 'to' | 'step'>): number {
  return Math.max(0, Math.ceil((to - from) / step));
}

/** How many indices ranges have together that share none. */
export function lengthOfAll(ranges: Iterable<Pick<Range, 'from' | 'to' | 'step'>>): number {
  let sum = 0;
  for (const range of ranges) sum += lengthOf(range);
  return sum;
}

/** What is left of a range around the index at which its worker died, in order; [] where nothing is. */
export function aroundIndex(range: Range, index: number): readonly Range[] {
  const before = { ...range, to: index };
  const after = { ...range, from: index + range.step };
  return [before, after].filter(({ from, to }) => from < to);
}
