/** What a reader of a merged run should know of its parts: a sentence each. */
import { isDeepStrictEqual } from 'node:util';
import type { PartRecord } from '../archive/run-record.ts';
import { Chosen, claimText } from './choose-parts.ts';
import { casesIn, claimOf, commonIn } from './claims.ts';
import { partName, sumOfSightingsIn, type RunAt, type Union } from './union.ts';

export function remarksOn(runs: readonly RunAt[], union: Union): readonly string[] {
  return [...overlaps(union), ...disagreements(runs)];
}

/** Parts that are not counted, and have cases that no other part has. */
function overlaps({ parts, spareParts = [] }: Union): readonly string[] {
  const chosen = new Chosen();
  for (const part of parts) chosen.add(part);
  return spareParts.flatMap((part) => {
    const claim = claimOf(part);
    const shared = chosen.rivalsOf(part).reduce((sum, rival) => sum + commonIn(claim, claimOf(rival)), 0);
    if (shared >= casesIn(claim)) return [];
    return [
      `${partName(part)}, started at ${part.startedAt}, shares cases with parts that judged more, so that its ${part.cases} cases do not count`,
    ];
  });
}

/**
 * Parts of the same cases, and as many of them, that counted something else: the subject is not repeatable,
 * or was changed.
 */
function disagreements(runs: readonly RunAt[]): readonly string[] {
  const seen = new Map<string, PartRecord>();
  const names = new Set<string>();
  for (const part of runs.flatMap(({ record }) => [...record.parts, ...(record.spareParts ?? [])])) {
    const key = `${claimText(part)} ${part.cases}`;
    const before = seen.get(key);
    if (before === undefined) seen.set(key, part);
    else if (!isDeepStrictEqual(countsOf(before), countsOf(part))) names.add(partName(part));
  }
  return [...names].map(
    (name) => `${name} is there more than once, with other counts: the run that was started first counts`,
  );
}

function countsOf({ startedAt: _1, seconds: _2, stoppedBy: _3, sightings, ...counts }: PartRecord): unknown {
  return { ...counts, sightings: sumOfSightingsIn(sightings) };
}
