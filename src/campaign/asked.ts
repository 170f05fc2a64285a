/**
 * What one worker process has been asked since it was started: ranges, in their order. A case is a function
 * of the seed and its index, so that is all that it takes to ask the same again.
 */
import { blockOf, isInShard, type Range } from '../examine/range.ts';
import type { CampaignPlan } from './plan.ts';

export type Asked = readonly Range[];

/** With one more range, which becomes a part of the last one where it goes on from there. */
export function withRange(asked: Asked, range: Range): Asked {
  const last = asked.at(-1);
  if (last === undefined || last.step !== range.step || nextOf(last) !== range.from) return [...asked, range];
  return [...asked.slice(0, -1), { ...last, to: range.to }];
}

/** The first index behind a range. */
function nextOf({ from, to, step }: Range): number {
  return from + Math.ceil((to - from) / step) * step;
}

/** What was asked before a case of the last of these ranges. */
export function askedBefore(asked: Asked, range: Range, index: number): Asked {
  return index <= range.from ? asked : withRange(asked, { ...range, to: index });
}

/**
 * What a worker had most likely been asked before a case, where nobody knows any more: the part of its block,
 * or of the corpus, that is before it.
 */
export function probablyBefore({ runs, corpus }: CampaignPlan, index: number): Asked {
  if (index < 0) return askedBefore([], { ...corpusLike, from: -corpus.length, to: 0 }, index);
  const block = blockOf(index, runs);
  return askedBefore([], block, index);
}

const corpusLike = { step: 1, mode: { participants: 'all', pace: 'covered', shrink: true } } as const;

/** The indices from the latest back to the first, those of other shards left out. */
export function* backwards({ shard }: CampaignPlan, asked: Asked): Generator<number, void, undefined> {
  for (const { from, to, step } of asked.toReversed()) {
    for (let index = from + (Math.ceil((to - from) / step) - 1) * step; index >= from; index -= step)
      if (index < 0 || isInShard(index, shard)) yield index;
  }
}
