/** What a reader of a merged run should know of its parts: a sentence each. */
import { isDeepStrictEqual } from 'node:util';
import type { PartRecord } from '../archive/run-record.ts';
import { resumeCommand } from '../text/resume-command.ts';
import { partName, sumOfSightingsIn, type RunAt, type Union } from './union.ts';

export function remarksOn(runs: readonly RunAt[], union: Union): readonly string[] {
  return [...missingShards(union), ...unfinished(runs, union), ...disagreements(runs)];
}

function missingShards({ parts }: Union): readonly string[] {
  const remarks: string[] = [];
  for (const seed of new Set(parts.map((part) => part.seed))) {
    const own = parts.filter((part) => part.seed === seed);
    const { of } = own[0]!.shard;
    const there = new Set(own.map(({ shard }) => shard.number));
    const missing = of - there.size;
    if (missing === 0) continue;
    const first: string[] = [];
    for (let number = 1; number <= of && first.length < shownMax; number++) {
      if (!there.has(number)) first.push(`${number}/${of}`);
    }
    const rest = missing > first.length ? ` and ${missing - first.length} more` : '';
    const [noun, verb] = missing === 1 ? ['shard', 'is'] : ['shards', 'are'];
    remarks.push(`${noun} ${first.join(', ')}${rest} of seed ${seed} ${verb} missing`);
  }
  return remarks;
}

const shownMax = 10;

function remedyOf({ path, record: { subject, references } }: RunAt): string {
  return resumeCommand({ run: path, subject, references });
}

/** A part that was interrupted, and which of the runs it is, so that it can be resumed. */
function unfinished(runs: readonly RunAt[], { parts }: Union): readonly string[] {
  return parts
    .filter(({ stoppedBy }) => stoppedBy === 'interrupted')
    .map((part) => {
      const run = runs.find(
        ({ record }) => record.parts.length === 1 && isDeepStrictEqual(record.parts[0], part),
      );
      const remedy = run === undefined ? '' : `: ${remedyOf(run)} resumes it`;
      return `${partName(part)} was interrupted after ${part.cases} cases${remedy}`;
    });
}

/**
 * Parts of one name and as many cases that counted something else:
 * the subject is not repeatable, or was changed.
 */
function disagreements(runs: readonly RunAt[]): readonly string[] {
  const seen = new Map<string, PartRecord>();
  const names = new Set<string>();
  for (const part of runs.flatMap(({ record }) => record.parts)) {
    const key = `${partName(part)} ${part.cases}`;
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
