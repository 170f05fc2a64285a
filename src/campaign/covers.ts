/**
 * Which indices a campaign has judged, as few ranges: of the blocks that it has begun all but what is
 * pending. A function of plain numbers, so that whoever gathers results knows it as one machine does.
 */
import type { CoverRecord } from '../archive/run-record.ts';
import {
  blockAt,
  blockCount,
  blockLength,
  blockNumberOf,
  leastCommonMultiple,
  shareOf,
  span,
  strands,
  type Range,
  type Shard,
} from '../examine/range.ts';

type Indices = Pick<Range, 'from' | 'to' | 'step'>;

/** The indices first, first + step, …; where it says `times`, so many such pieces, `every` apart. */
interface Piece {
  readonly first: number;
  readonly count: number;
  readonly step: number;
  readonly every?: number;
  readonly times?: number;
}

export function coversOf({
  nextBlock,
  shard,
  runs,
  corpus,
  pending,
}: {
  /** The number of the first block that nobody has begun. */
  readonly nextBlock: number;
  readonly shard: Shard;
  readonly runs: number | null;
  /** Cases of the corpus; 0 where it was not begun. */
  readonly corpus: number;
  /** What of the corpus and the blocks has yet to be done: ranges that share no index. */
  readonly pending: readonly Indices[];
}): readonly CoverRecord[] {
  const holes = new Map<number, Indices[]>(); // by the number of their block
  for (const range of pending.filter(({ from }) => from >= 0)) {
    const number = blockNumberOf(range.from);
    holes.set(number, [...(holes.get(number) ?? []), range]);
  }
  const pieces: Piece[] = [];
  const end = Math.min(nextBlock, blockCount(runs));
  const isByBlocks = shard.by === 'blocks';
  for (let number = isByBlocks ? shard.number - 1 : 0; number < end; number += isByBlocks ? shard.of : 1) {
    const share = shareOf(blockAt(number, runs)!, shard);
    if (share !== null) pieces.push(...without(share, holes.get(number) ?? []));
  }
  const every = (leastCommonMultiple(strands, shard.of) / strands) * span;
  const isApart = isByBlocks && strands % shard.of !== 0; // no two of its blocks touch
  const ofCorpus = without(
    { from: -corpus, to: 0, step: 1 },
    pending.filter(({ from }) => from < 0),
  );
  return [...ofCorpus, ...(isApart ? repeat(pieces, every) : side(lengthen(pieces)))]
    .sort((a, b) => a.first - b.first)
    .map(coverOf);
}

/** `to` is behind the last index, so that the same indices are the same text. */
function coverOf({ first, count, step, every, times }: Piece): CoverRecord {
  const range = { from: first, to: first + (count - 1) * step + 1, step };
  return every === undefined || times === undefined ? range : { ...range, every, times };
}

/** What the holes leave of the range. */
function without({ from, to, step }: Indices, holes: readonly Indices[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let low = from;
  for (const hole of [...holes].sort((a, b) => a.from - b.from).concat({ from: to, to, step })) {
    const first = from + Math.ceil((low - from) / step) * step;
    const count = Math.ceil((Math.min(hole.from, to) - first) / step);
    if (count > 0) pieces.push({ first, count, step });
    low = Math.max(low, hole.to);
  }
  return pieces;
}

/** Pieces of which one goes on where another ends become one: a strand over several spans. */
function lengthen(pieces: readonly Piece[]): readonly Piece[] {
  const done: Piece[] = [];
  const latest = new Map<string, Piece>(); // by what its indices have in common
  for (const piece of pieces) {
    const { first, count, step } = piece;
    const key = `${first % step} ${step}`;
    const before = latest.get(key);
    const goesOn = before !== undefined && before.first + before.count * step === first;
    if (before !== undefined && !goesOn) done.push(before);
    latest.set(key, goesOn ? { ...before, count: before.count + count } : piece);
  }
  return [...done, ...latest.values()];
}

/** Pieces that lie side by side become one with a smaller step: the twelve strands of a span. */
function side(pieces: readonly Piece[]): readonly Piece[] {
  const byFirst = new Map(pieces.map((piece) => [`${piece.first} ${piece.step}`, piece]));
  const joined: Piece[] = [];
  for (const piece of pieces.toSorted((a, b) => a.first - b.first)) {
    if (!byFirst.has(`${piece.first} ${piece.step}`)) continue; // a part of one before
    const beside = [12, 6, 4, 3, 2]
      .map((number) => besideOf(piece, number, byFirst))
      .find((row) => row !== null) ?? [piece];
    for (const { first, step } of beside) byFirst.delete(`${first} ${step}`);
    const count = beside.reduce((sum, one) => sum + one.count, 0);
    joined.push({ first: piece.first, count, step: piece.step / beside.length });
  }
  return joined;
}

/** So many pieces, the first among them, that together are one progression; null where they are not there. */
function besideOf(
  { first, step }: Piece,
  number: number,
  byFirst: ReadonlyMap<string, Piece>,
): readonly Piece[] | null {
  if (step % number !== 0) return null;
  const row: Piece[] = [];
  for (let i = 0; i < number; i++) {
    const piece = byFirst.get(`${first + (i * step) / number} ${step}`);
    if (piece === undefined) return null;
    row.push(piece);
  }
  // Together they have no hole: each is as long as the first, or one less from some place on.
  const longest = row[0]!.count;
  const shorter = row.findIndex(({ count }) => count < longest);
  const isEven = row.every(({ count }, i) => count === (shorter < 0 || i < shorter ? longest : longest - 1));
  return isEven ? row : null;
}

/** Whole blocks at equal distances become one entry: those of a shard are so many as it has judged. */
function repeat(pieces: readonly Piece[], every: number): readonly Piece[] {
  const done = pieces.filter((piece) => !isBlock(piece));
  const latest = new Map<number, Piece>(); // by what is left of its first index
  for (const piece of pieces.filter(isBlock).sort((a, b) => a.first - b.first)) {
    const before = latest.get(piece.first % every);
    const times = before?.times ?? 1;
    const goesOn = before !== undefined && before.first + times * every === piece.first;
    if (before !== undefined && !goesOn) done.push(before);
    latest.set(piece.first % every, goesOn ? { ...before, every, times: times + 1 } : piece);
  }
  return [...done, ...latest.values()];
}

function isBlock({ first, count, step }: Piece): boolean {
  return step === strands && count === blockLength && first % span < strands;
}
