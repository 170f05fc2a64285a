/**
 * What score.json holds: how many cases each planted wrong
 * kernel survives, evaluated by all oracles and by each alone.
 */
import { z } from 'zod';
import { seedSchema } from '../case/finding.ts';
import { formats, type Format } from '../float/format.ts';
import { oracleNames, type OracleName } from '../case/verdict.ts';
import { inPosix } from './run-folder.ts';
import { isThere, makeFolder, readData, realFileSystem, writeFile, type FileSystem } from './file-system.ts';

/** Cases until the kill, that case included; null: survived them all. */
export type CasesToKill = number | null;

/** Cases to the kill over the seeds; a survivor counts as later than any kill. */
export interface KillStatistics {
  /** Seeds in which it was killed. */
  readonly killedSeeds: number;
  readonly median: CasesToKill;
  readonly percentile90: CasesToKill;
  /** Cases to the kill of each seed, in the order of the record's seeds. */
  readonly perSeed: readonly CasesToKill[];
}

export interface OracleScore {
  readonly oracle: OracleName;
  /**
   * Seeds of the campaign in which it was the first oracle
   * to fire, and those in which it fired beside the first.
   */
  readonly first: number;
  readonly also: number;
  /** Evaluation alone, on every case that it has something to say of; null where that was not measured. */
  readonly alone: KillStatistics | null;
}

export interface MutantScore {
  readonly name: string;
  readonly class: string;
  readonly change: string;
  readonly seen: string;
  readonly isGradient: boolean;
  /** Measured: not killed on the plain inputs at an absolute 1e-3. Null where that was not measured. */
  readonly isSubtle: boolean | null;
  /** True where the mutant was killed in every seed. */
  readonly killed: boolean;
  /** Median over the seeds. */
  readonly casesToKill: CasesToKill;
  readonly casesToKillPercentile90: CasesToKill;
  readonly perSeed: readonly CasesToKill[];
  /**
   * In halves, for each seed: cases until one was `wrong`, and not only `inaccurate`; null where none of
   * the first 2,000 was.
   */
  readonly casesToWrong?: readonly CasesToKill[];
  /** Cases of the campaigns that nobody could decide. */
  readonly inconclusive: number;
  readonly oracles: readonly OracleScore[];
  /** What the tolerances in use elsewhere make of the mutant, by the name of the tolerance. */
  readonly elsewhere: Readonly<Record<string, { readonly plain: CasesToKill; readonly own: CasesToKill }>>;
}

/** A group of mutants: a class, or all. */
export interface GroupScore {
  readonly name: string;
  readonly mutants: number;
  /** Mutants killed in every seed. */
  readonly killed: number;
  /** The median over the mutants' medians. */
  readonly median: CasesToKill;
  readonly percentile90: CasesToKill;
}

/** What one oracle is worth alone. */
export interface OracleWorth extends GroupScore {
  readonly name: OracleName;
  /** Killed in at least one seed. */
  readonly killedInSome: number;
  /** Kills that did not count, since the sound kernel was blamed of the same case in the same way. */
  readonly alarms: number;
}

/** A tolerance in use somewhere, or this project's own. */
export interface ToleranceWorth {
  readonly name: string;
  readonly definition: string;
  readonly source: string;
  /** Mutants killed on inputs within ±10, and on the generator's. */
  readonly killedOnPlain: number;
  readonly killedOnOwn: number;
  /** Blamed cases of those asked, of each sound kernel by its name. */
  readonly falseAlarms: readonly {
    readonly kernel: string;
    readonly cases: number;
    readonly alarms: number;
  }[];
}

export interface ScoreRecord {
  readonly schemaVersion: 1;
  readonly command: 'score';
  readonly exitCode: number;
  readonly tool: string;
  readonly generatorVersion: number;
  readonly node: string;
  readonly seeds: readonly string[];
  /** Most cases of each seed. */
  readonly runs: number;
  /** What the cases were drawn in; absent where that was float32 and float64. */
  readonly formats?: readonly Format[];
  readonly seconds: number;
  readonly mutants: readonly MutantScore[];
  readonly classes: readonly GroupScore[];
  readonly overall: GroupScore;
  readonly subtle: GroupScore | null;
  readonly oracles: readonly OracleWorth[];
  readonly tolerances: readonly ToleranceWorth[];
}

const count = z.int().min(0);
const casesToKill = z.int().min(1).nullable();
const oracle = z.enum(oracleNames);

const statisticsSchema: z.ZodType<KillStatistics> = z.strictObject({
  killedSeeds: count,
  median: casesToKill,
  percentile90: casesToKill,
  perSeed: z.array(casesToKill),
});

const mutantSchema: z.ZodType<MutantScore> = z.strictObject({
  name: z.string(),
  class: z.string(),
  change: z.string(),
  seen: z.string(),
  isGradient: z.boolean(),
  isSubtle: z.boolean().nullable(),
  killed: z.boolean(),
  casesToKill,
  casesToKillPercentile90: casesToKill,
  perSeed: z.array(casesToKill),
  casesToWrong: z.exactOptional(z.array(casesToKill)),
  inconclusive: count,
  oracles: z.array(z.strictObject({ oracle, first: count, also: count, alone: statisticsSchema.nullable() })),
  elsewhere: z.record(z.string(), z.strictObject({ plain: casesToKill, own: casesToKill })),
});

const group = { mutants: count, killed: count, median: casesToKill, percentile90: casesToKill };
const groupSchema: z.ZodType<GroupScore> = z.strictObject({ name: z.string(), ...group });

export const scoreRecordSchema: z.ZodType<ScoreRecord> = z.strictObject({
  schemaVersion: z.literal(1),
  command: z.literal('score'),
  exitCode: z.int(),
  tool: z.string(),
  generatorVersion: z.int(),
  node: z.string(),
  seeds: z.array(seedSchema).min(1),
  runs: z.int().min(1),
  formats: z.exactOptional(z.array(z.enum(formats))),
  seconds: z.number().min(0),
  mutants: z.array(mutantSchema),
  classes: z.array(groupSchema),
  overall: groupSchema,
  subtle: groupSchema.nullable(),
  oracles: z.array(z.strictObject({ name: oracle, ...group, killedInSome: count, alarms: count })),
  tolerances: z.array(
    z.strictObject({
      name: z.string(),
      definition: z.string(),
      source: z.string(),
      killedOnPlain: count,
      killedOnOwn: count,
      falseAlarms: z.array(z.strictObject({ kernel: z.string(), cases: count, alarms: count })),
    }),
  ),
});

const recordName = 'score.json';

function scoreFolder(root: string): string {
  return inPosix(root, 'score');
}

/** `<root>/score/score.json`: the newest replaces the one before. @returns its path. */
export function saveScore(root: string, record: ScoreRecord, fs: FileSystem = realFileSystem): string {
  const folder = scoreFolder(root);
  makeFolder(fs, folder);
  const path = inPosix(folder, recordName);
  writeFile(fs, path, `${JSON.stringify(record, null, 2)}\n`);
  return path;
}

/**
 * Reads a score.json, or the one in a folder.
 * @throws UsageError naming the file and what is wrong with it.
 */
export function loadScore(path: string, fs: FileSystem = realFileSystem): ScoreRecord {
  return readData(fs, path, { schema: scoreRecordSchema, name: recordName }).data;
}

/**
 * The score that was last taken; null where none was.
 * @throws UsageError naming the file and what is wrong with it.
 */
export function newestScore(root: string, fs: FileSystem = realFileSystem): ScoreRecord | null {
  const folder = scoreFolder(root);
  return isThere(fs, inPosix(folder, recordName)) ? loadScore(folder, fs) : null;
}
