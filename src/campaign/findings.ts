/**
 * What a campaign has gathered: counts, how often each
 * signature was seen, and its finding of the lowest index.
 */
import { causesOf } from '../case/cause.ts';
import type { Finding } from '../case/finding.ts';
import { largerRatio } from '../case/ratio.ts';
import { indexOf, standsBefore } from '../case/representative.ts';
import { sumOfSightings, type Sighting } from '../examine/sighting.ts';
import { addTally, emptyTally, type Tally } from '../examine/tally.ts';

export interface Gathered {
  readonly tally: Tally;
  readonly sightings: Map<string, Sighting>;
  readonly findings: Map<string, Finding>;
}

export interface Gain {
  readonly tally: Tally;
  readonly sightings: readonly Sighting[];
  readonly findings: readonly Finding[];
}

export function nothingGathered(): Gathered {
  return { tally: emptyTally(), sightings: new Map(), findings: new Map() };
}

/** @returns the findings that are new, or stand before what was known of their signature. */
export function gather({ tally, sightings, findings }: Gathered, gain: Gain): readonly Finding[] {
  addTally(tally, gain.tally);
  for (const sighting of gain.sightings) {
    const before = sightings.get(sighting.signature);
    sightings.set(sighting.signature, before === undefined ? sighting : sumOfSightings(before, sighting));
  }
  return gain.findings.filter((finding) => {
    const before = findings.get(finding.signature);
    if (before !== undefined && !standsBefore(finding, before)) return false;
    findings.set(finding.signature, finding);
    causeCounts.delete(findings);
    return true;
  });
}

/** Lowest index of each signature, for workers: only a lower one is worth shrinking again. */
export function lowestIndices({ findings }: Gathered): (readonly [string, number])[] {
  return [...findings.values()].map((finding) => [finding.signature, indexOf(finding)] as const);
}

export function countOfSubject({ findings }: Gathered): number {
  let count = 0;
  for (const finding of findings.values()) if (finding.blame === 'subject') count++;
  return count;
}

/** Kept, since they are counted before each batch. */
const causeCounts = new WeakMap<Gathered['findings'], number>();

/** How many causes those of the subject have. */
export function countOfCauses({ findings }: Gathered): number {
  const known = causeCounts.get(findings);
  if (known !== undefined) return known;
  const count = causesOf([...findings.values()].filter(({ blame }) => blame === 'subject')).length;
  causeCounts.set(findings, count);
  return count;
}

/** One per signature, with how often and how badly it was seen; ordered by signature. */
export function findingsOf({ sightings, findings }: Gathered): readonly Finding[] {
  return [...findings.values()]
    .sort((a, b) => (a.signature < b.signature ? -1 : 1))
    .map((finding) => withSighting(finding, sightings.get(finding.signature)));
}

/** The finding with what was seen of its signature in all cases. */
export function withSighting(finding: Finding, sighting: Sighting | undefined): Finding {
  if (sighting === undefined) return finding;
  const ratio = largerRatio(finding.ratio, sighting.ratio);
  return { ...finding, count: sighting.count, ...(ratio === undefined ? {} : { ratio }) };
}

/**
 * Those of the `max` causes of the subject that were found first, and all of the references; and what is left
 * out. The last batches find a few more than the campaign was to stop at.
 */
export function foremost(
  findings: readonly Finding[],
  max: number | null,
): { readonly told: readonly Finding[]; readonly leftOut: readonly Finding[]; readonly causes: number } {
  const causes = causesOf(max === null ? [] : findings.filter(({ blame }) => blame === 'subject'));
  const late = causes
    .map((cause) => ({ cause, first: firstOf(cause.findings) }))
    .sort((a, b) => (standsBefore(a.first, b.first) ? -1 : 1))
    .slice(max ?? 0);
  const leftOut = late.flatMap(({ cause }) => cause.findings);
  const isLeftOut = new Set(leftOut);
  return { told: findings.filter((finding) => !isLeftOut.has(finding)), leftOut, causes: late.length };
}

function firstOf(findings: readonly Finding[]): Finding {
  return findings.reduce((lowest, finding) => (standsBefore(finding, lowest) ? finding : lowest));
}

/**
 * Findings that are one and the same failure of one implementation, seen through many kernels and options,
 * become the one that stands before the others, with the count of all; it is known where all are.
 */
export function collapse(
  findings: readonly Finding[],
  isSame: (finding: Finding) => boolean,
): readonly Finding[] {
  const same = findings.filter(isSame);
  if (same.length === 0) return findings;
  const first = firstOf(same);
  const count = same.reduce((sum, finding) => sum + finding.count, 0);
  const known = same.every((finding) => finding.known);
  return findings
    .filter((finding) => !isSame(finding) || finding === first)
    .map((f) => (f === first ? { ...f, count, known } : f));
}
