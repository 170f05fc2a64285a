/** What a slot would say of any job, made of what was recorded of a few blocks. Judges nothing. */
import type { Gained } from '../../src/campaign/lasting-slot.ts';
import type { RangeJob } from '../../src/campaign/lasting-slot.ts';
import type { Finding } from '../../src/case/finding.ts';
import { lengthOf, lengthOfAll, type Range } from '../../src/examine/range.ts';
import { sumOfSightings, type Sighting } from '../../src/examine/sighting.ts';
import { addTally, emptyTally, type Tally } from '../../src/examine/tally.ts';
import { findingsIn, type RecordedBlock, type Recording } from './recording.ts';

export type Replay = (
  job: Pick<RangeJob, 'ranges' | 'known'>,
  options: { readonly seconds: number },
) => Gained;

/** `random` is in [0, 1): where in a block a signature is seen first. */
export function replayOf(recording: Recording, random: () => number): Replay {
  const { blocks } = recording;
  const pool = findingsIn(recording);
  const tallies = new Map<string, Tally>();
  const knownIn = lookUp();

  const tallyOf = (chosen: readonly RecordedBlock[]): Tally => {
    const name = chosen.map(({ number }) => number).join();
    const before = tallies.get(name);
    if (before !== undefined) return before;
    const tally = emptyTally();
    for (const block of chosen) addTally(tally, block.tally);
    tallies.set(name, tally);
    return tally;
  };

  return ({ ranges, known }, { seconds }) => {
    const chosen = ranges.map((_, i) => blocks[i % blocks.length]!);
    const sightings = new Map<string, Sighting>();
    ranges.forEach((range, i) => {
      for (const recorded of chosen[i]!.sightings) {
        const sighting = { ...recorded, lowestIndex: lowestIn(range, recorded.count, random()) };
        const before = sightings.get(sighting.signature);
        sightings.set(sighting.signature, before === undefined ? sighting : sumOfSightings(before, sighting));
      }
    });
    const findings: Finding[] = [];
    for (const { signature, lowestIndex } of sightings.values())
      if ((knownIn(known).get(signature) ?? Infinity) > lowestIndex)
        findings.push({ ...pool.get(signature)!, index: lowestIndex });
    return {
      ...nothingElse,
      tally: {
        ...tallyOf(chosen),
        cases: lengthOfAll(ranges),
        worstCases: worstIn(tallyOf(chosen), ranges[0]!),
      },
      sightings: [...sightings.values()],
      findings,
      left: [],
      seconds,
    };
  };
}

/** The lowest of `count` indices that are drawn of the range. */
function lowestIn(range: Range, count: number, drawn: number): number {
  const length = lengthOf(range);
  const place = Math.min(length - 1, Math.floor(length * (1 - (1 - drawn) ** (1 / count))));
  return range.from + range.step * place;
}

/** The same cases under indices of the range: no two jobs have one of the same index. */
function worstIn({ worstCases }: Tally, { from }: Range): Tally['worstCases'] {
  return Object.fromEntries(
    Object.entries(worstCases).map(([key, worst]) => [key, { ...worst, index: from }]),
  );
}

/** A job of which nothing is done. */
export function handedBack(ranges: readonly Range[]): Gained {
  return { ...nothingElse, tally: emptyTally(), sightings: [], findings: [], left: ranges, seconds: 0 };
}

const nothingElse = {
  before: new Map(),
  deaths: { cases: 0, last: null },
  workersDied: 0,
  unstacked: new Map(),
} as const;

/** Many jobs are given the same list of what is known. */
function lookUp(): (known: RangeJob['known']) => ReadonlyMap<string, number> {
  const maps = new WeakMap<RangeJob['known'], ReadonlyMap<string, number>>();
  return (known) => {
    const before = maps.get(known);
    if (before !== undefined) return before;
    const map = new Map(known);
    maps.set(known, map);
    return map;
  };
}
