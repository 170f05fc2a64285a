/**
 * The union of runs: each case of a campaign once, each signature at its lowest index. A function of the set
 * of the runs, so that neither their order nor how they were grouped before shows, and one that is there
 * twice changes nothing.
 */
import { uniteMachines } from '../archive/machine-record.ts';
import type {
  BreakRecord,
  CoverRecord,
  LeftOutRecord,
  PartRecord,
  RunRecord,
} from '../archive/run-record.ts';
import { isOfBreak } from '../campaign/breaker.ts';
import { withoutOthersDiagnosis } from '../campaign/diagnose-findings.ts';
import { collapse, withSighting } from '../campaign/findings.ts';
import { sumOfSightings, type Sighting } from '../examine/sighting.ts';
import { addTally, canonicalTally, emptyTally, type Tally } from '../examine/tally.ts';
import type { Finding, Growth, ReferenceRecord, SubjectRecord } from '../case/finding.ts';
import { underCurrentKey } from '../case/known-key.ts';
import { largerRatio } from '../case/ratio.ts';
import { standsBefore } from '../case/representative.ts';
import { isSignatureOf } from '../case/signature.ts';
import { casesIn, claimOf, commonIn } from './claims.ts';
import { chooseParts } from './choose-parts.ts';
import { referenceNames } from '../../reference/index.ts';

/** A run as it is read for merging: its record, and each finding that it lists in full. */
export interface RunAt {
  /** Its folder. */
  readonly path: string;
  readonly record: RunRecord;
  readonly findings: readonly Finding[];
}

/** All of a record but what depends on where it is written. */
export type Union = Omit<
  RunRecord,
  'command' | 'exitCode' | 'run' | 'findings' | 'causes' | 'completeness'
> & {
  readonly findings: readonly Finding[];
};

/** The union of at least one run, any two of which may be merged: see why-apart.ts. */
export function unionOf(runs: readonly RunAt[]): Union {
  const records = runs.map(({ record }) => record);
  const { schemaVersion, tool, generatorVersion, operations, formats, kernels } = records[0]!;
  const { supports, refuses, maxElements, exhaustive } = records[0]!;
  const missingKernels = distinct(records.flatMap((record) => record.missingKernels ?? []));
  const { parts, spare } = chooseParts(records.flatMap(partsIn));
  const breaks = distinct(records.flatMap((record) => record.breaks));
  const tally = tallyOf(parts);
  const deaths = parts.reduce((sum, part) => sum + (part.deaths ?? 0), 0);
  const leftOut = sumOfLeftOut(parts);
  const lost = lostIn(parts);
  const machines = uniteMachines(records.flatMap((record) => record.machines ?? []));
  const seconds = parts.reduce((sum, part) => sum + part.seconds, 0);
  return {
    schemaVersion,
    tool,
    generatorVersion,
    operations,
    formats,
    ...(kernels === undefined ? {} : { kernels }),
    ...(supports === undefined ? {} : { supports }),
    ...(refuses === undefined ? {} : { refuses }),
    ...(maxElements === undefined ? {} : { maxElements }),
    ...(exhaustive === undefined ? {} : { exhaustive }),
    ...(missingKernels.length === 0 ? {} : { missingKernels }),
    stoppedBy: stopOf(parts),
    startedAt: least(parts.map(({ startedAt }) => startedAt)),
    node: namesIn(records.map(({ node }) => node)),
    platform: namesIn(records.map(({ platform }) => platform)),
    seed: parts[0]!.seed,
    budget: budgetOf(records, parts),
    workers: Math.max(...records.map(({ workers }) => workers)),
    shard: parts.length === 1 ? parts[0]!.shard : { number: 1, of: 1 },
    strict: records.some(({ strict }) => strict),
    ...(records.some(({ strictReferences }) => strictReferences) ? { strictReferences: true } : {}),
    ...(records.every(({ findingsExit }) => findingsExit === 0) ? { findingsExit: 0 } : {}),
    subject: leastJson<SubjectRecord>(records.map(({ subject }) => subject)),
    references: referencesOf(records),
    seconds,
    casesPerSecond: tally.cases / Math.max(seconds, 1e-3),
    meanElements: tally.cases === 0 ? 0 : tally.elements / tally.cases,
    ...tally,
    ...(deaths === 0 ? {} : { deaths }),
    ...(machines.length === 0 ? {} : { machines }),
    ...(leftOut.count === 0 ? {} : { leftOut }),
    ...(lost.length === 0 ? {} : { lost }),
    breaks,
    findings: findingsOf(runs, parts, breaks),
    parts,
    ...(spare.length === 0 ? {} : { spareParts: spare }),
  };
}

/** A run of before its part told what it left out tells it itself. */
function partsIn({ parts, spareParts = [], leftOut }: RunRecord): readonly PartRecord[] {
  const [only] = parts;
  const isOfOld = parts.length === 1 && leftOut !== undefined && only!.leftOut === undefined;
  return isOfOld ? [{ ...only!, leftOut }, ...spareParts] : [...parts, ...spareParts];
}

/** Their causes are known where each part that left something out counted them. */
function sumOfLeftOut(parts: readonly PartRecord[]): LeftOutRecord {
  const all = parts.flatMap(({ leftOut }) => leftOut ?? []);
  const sum = (key: keyof LeftOutRecord): number => all.reduce((total, one) => total + (one[key] ?? 0), 0);
  const causes = all.every((one) => one.causes !== undefined) ? { causes: sum('causes') } : {};
  return { count: sum('count'), ...causes, failing: sum('failing') };
}

/** Two parts of one name judged cases of one shard. */
export function partName({ seed, shard }: PartRecord): string {
  return `shard ${shard.number}/${shard.of} of seed ${seed}`;
}

/** What no part has judged of what some have lost. */
function lostIn(parts: readonly PartRecord[]): readonly CoverRecord[] {
  const lost = parts.flatMap(({ seed, lost: own = [] }) => own.map((range) => ({ seed, range })));
  return lost
    .filter(({ seed, range }) => {
      const others = parts.filter((part) => part.seed === seed);
      const judged = others.reduce((sum, part) => sum + commonIn([range], claimOf(part)), 0);
      return judged < casesIn([range]);
    })
    .map(({ range }) => range);
}

function tallyOf(parts: readonly PartRecord[]): Tally {
  const tally = emptyTally();
  for (const part of parts) addTally(tally, part);
  return canonicalTally(tally);
}

/** The findings of all runs, also of a part that counts no more: what was found once stays found. */
function findingsOf(
  runs: readonly RunAt[],
  parts: readonly PartRecord[],
  breaks: readonly BreakRecord[],
): readonly Finding[] {
  const lowest = new Map<string, Finding>();
  for (const finding of runs.flatMap(({ findings }) => findings.map(underCurrentKey))) {
    const before = lowest.get(finding.signature);
    lowest.set(finding.signature, before === undefined ? finding : joined(before, finding));
  }
  const all = [...lowest.values()].sort((a, b) => (a.signature < b.signature ? -1 : 1));
  const sightings = sumOfSightingsIn(parts.flatMap((part) => part.sightings));
  const union = breaks
    .reduce((findings, broken) => collapse(findings, isOfBreak(broken)), all as readonly Finding[])
    .map((finding) => withSighting({ ...finding, count: 1 }, sightingOf(finding, sightings, breaks)));
  return withoutOthersDiagnosis(union);
}

/**
 * The one that stands before the other. It is known where both runs knew it, has grown where it had in
 * either, and is as bad as in the worse of them, also where that one counts no more.
 */
function joined(a: Finding, b: Finding): Finding {
  const first = standsBefore(b, a) ? b : a;
  const ratio = largerRatio(a.ratio, b.ratio);
  const growths = [a.growth, b.growth].filter((growth) => growth !== undefined);
  return {
    ...first,
    known: a.known && b.known,
    ...(ratio === undefined ? {} : { ratio }),
    ...(growths.length === 0 ? {} : { growth: leastJson<Growth>(growths) }),
  };
}

/** What was seen of each signature, in all parts; of what the ledger knows, under the keys of today. */
export function sumOfSightingsIn(sightings: readonly Sighting[]): ReadonlyMap<string, Sighting> {
  const sums = new Map<string, Sighting>();
  for (const sighting of sightings.map(underCurrentKey)) {
    const before = sums.get(sighting.signature);
    sums.set(sighting.signature, before === undefined ? sighting : sumOfSightings(before, sighting));
  }
  return sums;
}

/** What broke a run off is told as one finding: what was seen of all that are of that failure. */
function sightingOf(
  finding: Finding,
  sightings: ReadonlyMap<string, Sighting>,
  breaks: readonly BreakRecord[],
): Sighting | undefined {
  const broken = breaks.find((b) => isOfBreak(b)(finding));
  if (broken === undefined) return sightings.get(finding.signature);
  const same = [...sightings.values()].filter(({ signature }) =>
    isSignatureOf(signature, { ...broken, oracle: 'conduct' }),
  );
  return same.length === 0 ? undefined : same.reduce(sumOfSightings);
}

/** The weightiest first: what the union may lack because of it. */
const stops: readonly string[] = ['interrupted', 'breaker', 'max-findings', 'time', 'runs'];

function stopOf(parts: readonly PartRecord[]): string {
  const seen = new Set(parts.map(({ stoppedBy }) => stoppedBy));
  return stops.find((stop) => seen.has(stop)) ?? least([...seen]);
}

/** The cases of all its campaigns; of time and findings the most that any run was given. */
function budgetOf(records: readonly RunRecord[], parts: readonly PartRecord[]): RunRecord['budget'] {
  const bySeed = new Map(parts.map(({ seed, runs }) => [seed, runs ?? Infinity]));
  const runs = [...bySeed.values()].reduce((a, b) => a + b, 0);
  const most = (bound: 'timeMs' | 'maxFindings'): number | null =>
    orNull(Math.max(...records.map(({ budget }) => budget[bound] ?? Infinity)));
  const { shrinkEvaluations, maximize } = records[0]!.budget;
  return {
    runs: orNull(runs),
    timeMs: most('timeMs'),
    maxFindings: most('maxFindings'),
    shrinkEvaluations,
    maximize,
  };
}

function orNull(bound: number): number | null {
  return bound === Infinity ? null : bound;
}

/** Each name once, those that are there among them alike in all runs; in the order of the references. */
function referencesOf(records: readonly RunRecord[]): readonly ReferenceRecord[] {
  const all = records.flatMap(({ references }) => references);
  const rank = (name: string): number =>
    referenceNames.includes(name) ? referenceNames.indexOf(name) : Infinity;
  return [...new Set(all.map(({ name }) => name))]
    .sort((a, b) => (rank(a) === rank(b) ? (a < b ? -1 : 1) : rank(a) - rank(b)))
    .map((name) => leastJson(all.filter((reference) => reference.name === name)));
}

function distinct<T>(values: readonly T[]): readonly T[] {
  const texts = new Set(values.map((value) => JSON.stringify(value)));
  return [...texts].sort().map((text) => JSON.parse(text) as T);
}

/** Those of merged runs are lists themselves. */
function namesIn(lists: readonly string[]): string {
  return [...new Set(lists.flatMap((list) => list.split(', ')))].sort().join(', ');
}

function least(texts: readonly string[]): string {
  return texts.reduce((a, b) => (b < a ? b : a));
}

function leastJson<T>(values: readonly T[]): T {
  return JSON.parse(least(values.map((value) => JSON.stringify(value)))) as T;
}
