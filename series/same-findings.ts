/**
 * Whether two runs counted and found the same, to the bytes of each smallest case; times and sentences are
 * not compared. `npm run series:same -- BEFORE AFTER`: each a run's folder, a reports root, or what a
 * campaign printed with --json. `--without unwritten-reduction,unwritten-scalar-softmax` leaves out what
 * these entries of the ledger explain: memory that nobody wrote is not the same twice. Exit 1 on a
 * difference, 2 where something cannot be read.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { loadFinding } from '../src/archive/finding-file.ts';
import { isInRun, folderAt, listRuns, loadRun, type RunFolder } from '../src/archive/run-folder.ts';
import type { SightingRecord } from '../src/archive/run-record.ts';
import { underCurrentKey } from '../src/case/known-key.ts';
import { representatives } from '../src/case/representative.ts';
import { UsageError } from '../src/contract/failure.ts';
import { ledger } from '../reference/ledger/ledger.ts';
import type { LedgerEntry } from '../reference/ledger/entry.ts';
import { isMain } from './run.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * What is compared of one run. A document of --json has the
 * findings' summaries, and neither sightings nor every count.
 */
export interface Observed {
  readonly counts: Json;
  /** The sightings by signature, which names the entry of the ledger that explains it. */
  readonly sightings: Readonly<Record<string, Json>> | null;
  readonly findings: Readonly<Record<string, Json>>;
}

export interface Comparison {
  /** A line for each difference; [] where the runs are the same. */
  readonly differences: readonly string[];
  readonly counts: readonly string[];
  readonly sightings: number;
  readonly findings: number;
  /** Fields of each finding that were compared. */
  readonly fields: readonly string[];
  /** Counts and findings that were left out because of an entry of the ledger. */
  readonly leftOut: number;
}

const counts =
  'stoppedBy seed generatorVersion cases elements finiteElements inconclusiveElements verdicts byImplementation byKernel'
    .concat(' worstRatio worstCases inconclusive errors coverage widths')
    .split(' ');
const fields =
  'signature operation direction format oracle alsoBy blame severity symptom known ledger count ulps law seed index'
    .concat(' minimal original element guilty got exact careful naive allowed shrink')
    .split(' ');

/** @throws UsageError where it is no run, or several. */
export function readObserved(path: string): Observed {
  if (!statSync(path, { throwIfNoEntry: false })) throw new UsageError(`there is no ${path}`);
  if (path.endsWith('.json') && basename(path) !== 'run.json') return observedOfDocument(path);
  const folder = runAt(path);
  const record = loadRun(folder.path);
  const findings = record.findings.map(({ path: file }) =>
    underCurrentKey(loadFinding(join(folder.path, 'findings', basename(dirname(file))))),
  );
  const sightings = sumOfSightings(record.parts.flatMap((part) => part.sightings.map(underCurrentKey)));
  // Of what the ledger knows there may be several, in a run of old.
  const told = representatives(findings, (finding) => finding).map((finding) =>
    finding.ledger === null ? finding : { ...finding, ...sightings[finding.signature] },
  );
  return {
    counts: pick(record as unknown as Json, counts),
    sightings,
    findings: bySignature(told.map((finding) => pick(finding as unknown as Json, fields))),
  };
}

/** Adds up the sightings over the parts of a merged run, as if it had been one. */
function sumOfSightings(sightings: readonly SightingRecord[]): Readonly<Record<string, Json>> {
  const sums: Record<string, Json & Omit<SightingRecord, 'signature'>> = {};
  for (const { signature, count, lowestIndex } of sightings) {
    const before = sums[signature] ?? { count: 0, lowestIndex };
    sums[signature] = {
      count: before.count + count,
      lowestIndex: Math.min(before.lowestIndex, lowestIndex),
    };
  }
  return sums;
}

function runAt(path: string): RunFolder {
  const folder = folderAt(path);
  if (isInRun(folder, 'run.json')) return folder;
  const [only, ...others] = listRuns(path);
  if (only !== undefined && others.length === 0) return only;
  throw new UsageError(
    `${path} holds ${only === undefined ? 'no run that has ended' : 'several runs: name one'}`,
  );
}

function observedOfDocument(path: string): Observed {
  let document: Json;
  try {
    document = JSON.parse(readFileSync(path, 'utf8')) as Json;
  } catch {
    throw new UsageError(`${path} is no JSON`);
  }
  if (!Array.isArray(document['findings'])) throw new UsageError(`${path} is not what a campaign prints`);
  const findings = document['findings'] as readonly Json[];
  return {
    counts: pick(document, counts),
    sightings: null,
    findings: bySignature(findings.map((finding) => pick(finding, fields))),
  };
}

function pick(from: Json, names: readonly string[]): Json {
  return Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));
}

function bySignature(list: readonly object[]): Readonly<Record<string, Json>> {
  return Object.fromEntries((list as readonly Json[]).map((item) => [String(item['signature']), item]));
}

/** What both have, compared; `without` names entries of the ledger. */
export function compareRuns(
  before: Observed,
  after: Observed,
  without: readonly LedgerEntry[] = [],
): Comparison {
  const differences: string[] = [];
  const leftOut = new Set<string>();
  const isLeftOut = (where: string, key: string, value: unknown): boolean => {
    const isOut = without.some((entry) => concerns(entry, where, key, value));
    if (isOut) leftOut.add(`${where} ${key}`);
    return isOut;
  };
  /** What two tables hold under their keys: what is there once only, and what differs. */
  const compareTables = (where: string, a: Json, b: Json): number => {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
      (key) => !isLeftOut(where, key, a[key] ?? b[key]),
    );
    for (const key of keys) {
      if (!(key in a) || !(key in b))
        differences.push(`${where} ${key}: only ${key in a ? 'before' : 'after'}`);
      else if (where === 'finding') differences.push(...fieldsApart(key, a[key] as Json, b[key] as Json));
      else if (!isDeepStrictEqual(a[key], b[key]))
        differences.push(`${where} ${key}: ${textOf(a[key])} before, ${textOf(b[key])} after`);
    }
    return keys.length;
  };

  const shared = Object.keys(before.counts).filter((name) => name in after.counts);
  for (const name of shared) {
    const [a, b] = [before.counts[name], after.counts[name]];
    compareTables(name, tableOf(a), tableOf(b));
  }
  const hasSightings = before.sightings !== null && after.sightings !== null;
  const sightings = hasSightings ? compareTables('sighting', before.sightings, after.sightings) : 0;
  const findings = compareTables('finding', before.findings, after.findings);
  const [first, other] = [before, after].map((run) => Object.keys(Object.values(run.findings)[0] ?? {}));
  const compared = first!.filter((field) => other!.includes(field));
  return { differences, counts: shared, sightings, findings, fields: compared, leftOut: leftOut.size };
}

/**
 * The differences in the fields that both have: a summary is
 * compared with a whole finding by the fields of the summary.
 */
function fieldsApart(signature: string, a: Json, b: Json): readonly string[] {
  return Object.keys(a)
    .filter((field) => field in b && !isDeepStrictEqual(a[field], b[field]))
    .map((field) => `finding ${signature}: ${field} ${textOf(a[field])} before, ${textOf(b[field])} after`);
}

function tableOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : { '': value };
}

/**
 * Whether an entry is why this may differ. An unwritten value may be right by chance, so that the counts of
 * these kernels by this reference go with the findings, and its counts over all kernels.
 */
function concerns({ id, affects, covers }: LedgerEntry, where: string, key: string, value: unknown): boolean {
  if (where === 'finding') return (value as Json)['ledger'] === id;
  if (where === 'sighting') return key.endsWith(`/known=${id}`);
  const reference = Object.keys(affects).find((name) => key === name || key.endsWith(`/${name}`));
  if (reference === undefined) return false;
  return where === 'byImplementation' || covers.kernels.some((kernel) => key.startsWith(`${kernel}/`));
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}

/** @throws UsageError naming the entry that is none. */
export function entriesNamed(ids: readonly string[]): readonly LedgerEntry[] {
  return ids.map((id) => {
    const entry = ledger.find((one) => one.id === id);
    if (entry === undefined) throw new UsageError(`the ledger has no entry ${JSON.stringify(id)}`);
    return entry;
  });
}

const linesMax = 60;

/** @returns the exit code. */
function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { without: { type: 'string', default: '' } },
  });
  const [before, after] = positionals;
  if (before === undefined || after === undefined || positionals.length > 2)
    throw new UsageError('name two runs: npm run series:same -- BEFORE AFTER [--without ENTRIES]');
  const without = entriesNamed(values.without.split(',').filter((id) => id !== ''));
  const compared = compareRuns(readObserved(before), readObserved(after), without);
  const { differences, findings, sightings, leftOut } = compared;
  for (const line of differences.slice(0, linesMax)) console.log(line);
  if (differences.length > linesMax) console.log(`and ${differences.length - linesMax} more`);
  console.log(
    `${differences.length === 0 ? 'the same' : `${differences.length} differences`}: ${findings} findings by ` +
      `${compared.fields.join(', ')}; ${sightings} sightings; ${compared.counts.join(', ')}; ${leftOut} left out`,
  );
  return differences.length === 0 ? 0 : 1;
}

if (isMain(import.meta.url)) {
  try {
    process.exitCode = main();
  } catch (error) {
    if (!(error instanceof UsageError) && !(error as Error).message.includes("'--")) throw error;
    console.error((error as Error).message);
    process.exitCode = 2;
  }
}
