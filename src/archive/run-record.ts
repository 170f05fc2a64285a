/** What run.json holds of a run: where it came from, what it counted, what it found. Pure JSON data. */
import { z } from 'zod';
import { causeSchema, type CauseRecord } from './cause-record.ts';
import { machineSchema, type MachineRecord } from './machine-record.ts';
import { worstCaseSchema, type WorstCase } from './worst-case.ts';
import {
  growthSchema,
  referenceRecordSchema,
  seedSchema,
  subjectRecordSchema,
  type Finding,
  type ReferenceRecord,
  type SubjectRecord,
} from '../case/finding.ts';
import { errorBucketSchema, type ErrorSample } from './error-bucket.ts';
import { ratioSchema, type Ratio } from '../case/ratio.ts';
import { blameSchema, momentSchema, secondsSchema } from '../case/text-schemas.ts';
import type { Verdict } from '../case/verdict.ts';
import { supportsSchema } from '../case/supports.ts';
import {
  kernelNames,
  operations,
  type KernelName,
  type Operation,
  type Supports,
} from '../contract/subject.ts';
import { exhaustiveLanes } from '../generate/exhaustive.ts';
import { formats, type Format } from '../float/format.ts';

export type VerdictCounts = Readonly<Record<Verdict['kind'], number>>;
type Counts = Readonly<Record<string, number>>;

/** A finding in a few fields, as `--json` prints it. */
export interface FindingSummary extends Pick<
  Finding,
  | 'signature'
  | 'formerly'
  | 'operation'
  | 'direction'
  | 'format'
  | 'oracle'
  | 'alsoBy'
  | 'blame'
  | 'severity'
  | 'symptom'
  | 'known'
  | 'ledger'
  | 'count'
  | 'ratio'
  | 'growth'
  | 'ulps'
  | 'case'
  | 'sentence'
  | 'confirmed'
> {
  /** `name@version` of what is blamed. */
  readonly implementation: string;
  /** The deviation in a few words, as in `412 ULPs > 31 at [2, 0]`. */
  readonly deviation: string;
  /** What its smallest case does not show: how it was found, how bad the worst was; absent for nothing. */
  readonly worst?: string;
  readonly replay: string;
  /**
   * The command that shows it where no file of the run is; absent where only its finding.json does, for what
   * the ledger knows, and in files of old.
   */
  readonly replayAnywhere?: string;
  /** The path of its finding.json, as the run was told to write it. */
  readonly path: string;
}

/** A finding in the list of its run. */
export interface ListedFinding extends FindingSummary {
  /** Whether it fails the run, or is only reported: see failing.ts. */
  readonly fails: boolean;
}

/**
 * What is counted, and sums where runs are merged; `worstRatio` is a maximum, and so is an error in `errors`.
 */
export interface Counted {
  readonly cases: number;
  /** Elements of the logits, over all cases. */
  readonly elements: number;
  /**
   * Elements of the subject's outputs that are finite by specification, and those no oracle could decide on.
   */
  readonly finiteElements: number;
  readonly inconclusiveElements: number;
  /** The subject's: they sum to `cases`. */
  readonly verdicts: VerdictCounts;
  readonly byImplementation: Readonly<Record<string, VerdictCounts>>;
  /** `operation/direction/implementation` → verdicts. */
  readonly byKernel: Readonly<Record<string, VerdictCounts>>;
  /** `operation/direction/implementation` → largest error ÷ careful tolerance where it agrees. */
  readonly worstRatio: Counts;
  /** `implementation: reason` → cases. */
  readonly skips: Counts;
  /** `operation/regime` → elements. */
  readonly inconclusive: Counts;
  /** `regime/operation/direction/axis class` → cases. */
  readonly coverage: Counts;
  /** `regime/width class` → cases. */
  readonly widths: Counts;
  /** `check` or `check: why it was skipped` → cases. */
  readonly checks: Counts;
  /** The form of the call, `plain` where it is the plain one → cases; absent where nobody counted. */
  readonly forms?: Counts;
  /** A sample: a drawn share of the cases, and those that diverge. */
  /** `operation/direction` → the subject's case of the largest error ÷ careful tolerance where it agrees. */
  readonly worstCases: Readonly<Record<string, WorstCase>>;
  readonly errors: ErrorSample;
}

export interface RunRecord extends Counted {
  readonly schemaVersion: 1;
  readonly command: string;
  readonly exitCode: number;
  readonly stoppedBy: string;
  /** The run's folder, as the run was told to write it. */
  readonly run: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly tool: string;
  readonly generatorVersion: number;
  readonly node: string;
  readonly platform: string;
  readonly seed: string;
  readonly budget: {
    readonly runs: number | null;
    readonly timeMs: number | null;
    readonly maxFindings: number | null;
    readonly shrinkEvaluations: number;
    /** An index is a chain of cases that climbs to the worst, not a case. */
    readonly maximize: boolean;
  };
  readonly operations: readonly Operation[];
  readonly formats: readonly Format[];
  /** The kernels that were drawn; absent in a run of before there was a choice: all of the operations. */
  readonly kernels?: readonly KernelName[];
  /** What the subject said that it supports: what was drawn at all. */
  readonly supports?: Supports;
  /** True where invalid arguments were drawn too. */
  readonly refuses?: true;
  /** Most elements of a case's logits; absent: the generator's default. */
  readonly maxElements?: number;
  /** Which lanes were all judged, in words, where nothing was drawn: by `--exhaustive`. */
  readonly exhaustive?: typeof exhaustiveLanes;
  /** Kernels that the subject has to export, and does not: they fail the run. */
  readonly missingKernels?: readonly MissingKernel[];
  readonly workers: number;
  /** 1-based; 1/1 where several were merged: `parts` names them. */
  readonly shard: ShardRecord;
  readonly strict: boolean;
  /** True where what a reference of the user's own gets wrong fails too; absent where it does not. */
  readonly strictReferences?: true;
  /** 0 where what fails does not make the exit code 1, by `--findings-exit 0`; absent where it does. */
  readonly findingsExit?: 0;
  readonly subject: SubjectRecord;
  readonly references: readonly ReferenceRecord[];
  readonly seconds: number;
  readonly casesPerSecond: number;
  /** Elements of the logits of a case, on average. */
  readonly meanElements: number;
  /** There where the run was compared with a baseline. */
  readonly baseline?: BaselineRecord;
  /**
   * The implementations whose failure broke the run off, whatever they were asked;
   * the findings of each are reported as one.
   */
  readonly breaks: readonly BreakRecord[];
  /** Worker processes that have died, whoever is to blame; absent where none has, or nobody counted. */
  readonly deaths?: number;
  /**
   * What was not judged, since whoever was asked it was gone again and again, nor by another part of a merged
   * run: absent for nothing.
   */
  readonly lost?: readonly CoverRecord[];
  /** The machines that judged it, each kind once; absent where it was the one that ran the command. */
  readonly machines?: readonly MachineRecord[];
  readonly findings: readonly ListedFinding[];
  /** The findings grouped by cause, the subject's first; not there in a run of old: see `listedCauses`. */
  readonly causes?: readonly CauseRecord[];
  /**
   * There where more was found than `--max-findings` asks for: the causes found first are listed. Summed over
   * the parts: what two of them left out counts twice, and another may list it.
   */
  readonly leftOut?: LeftOutRecord;
  /** What the run was made of: itself, or the runs that were merged into it. */
  readonly parts: readonly PartRecord[];
  /**
   * Parts of merged runs that are not counted, since they share cases with those that are: beside other parts
   * they may be. Absent where there is none.
   */
  readonly spareParts?: readonly PartRecord[];
  /** How much of its campaigns a merged run has, where that was bounded by cases. */
  readonly completeness?: CompletenessRecord;
}

/** What the parts of a merged run cover of its campaigns. */
export interface CompletenessRecord {
  /** Indices that were judged, of all that campaigns with a bound on cases have; both 0 where none has. */
  readonly judged: number;
  readonly of: number;
  /** At most ten, with the command that judges it, where one does. */
  readonly missing: readonly MissingRecord[];
  /** How many more there are. */
  readonly more: number;
}

export interface MissingRecord {
  /** As in `shard 2/3 of seed 7`. */
  readonly what: string;
  readonly command: string | null;
}

/** Kernels that a subject has to export, and where they are listed: a flag, a variable or a file. */
export interface ListedKernels {
  readonly kernels: readonly KernelName[];
  readonly by: string;
}

export interface MissingKernel {
  readonly kernel: KernelName;
  readonly listedBy: string;
}

/** Findings of the subject beyond `--max-findings`. */
export interface LeftOutRecord {
  readonly count: number;
  /** How many causes they are of; not there in files of old, where the bound was one on findings. */
  readonly causes?: number;
  /** How many of them fail the run. */
  readonly failing: number;
}

export interface BaselineRecord {
  readonly path: string;
  /** How many divergences it lists. */
  readonly entries: number;
  /**
   * Signatures that it lists, and that did not occur where they should have;
   * [] but for a whole run of the gate.
   */
  readonly fixed: readonly string[];
  /** Signatures that it lists, and that have grown; not there in files of old. */
  readonly grown?: readonly string[];
}

export interface ShardRecord {
  readonly number: number;
  readonly of: number;
  /** What was dealt out: whole blocks; absent: single indices. */
  readonly by?: 'blocks';
}

/**
 * The indices from, from + step, … below `to`, negative ones for cases of the corpus; and where it says
 * `times`, so many such pieces, whole blocks, whose beginnings are `every` indices apart.
 */
export interface CoverRecord {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly every?: number;
  readonly times?: number;
}

export interface BreakRecord {
  readonly blame: string;
  readonly symptom: string;
}

/**
 * What one run judged. The parts of a run have its subject, references, operations, formats and versions in
 * common, so two of one seed and shard judged the same cases, or one of them fewer of them.
 */
export interface PartRecord extends Counted {
  readonly seed: string;
  readonly shard: ShardRecord;
  /** Cases of the whole campaign, all shards together; null for no bound. */
  readonly runs: number | null;
  /**
   * The indices that it judged, each once; where an index is a chain, those whose whole chain was judged.
   * Absent in a part of before this was told, which may have judged any of its shard.
   */
  readonly covers?: readonly CoverRecord[];
  /** A digest of the corpus that it judged; null where it judged none. */
  readonly corpus: string | null;
  readonly stoppedBy: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly sightings: readonly SightingRecord[];
  /** As in the run's record. */
  readonly deaths?: number;
  /** As in the run's record. */
  readonly lost?: readonly CoverRecord[];
  /** As in the run's record; absent too in a part of before it was told here. */
  readonly leftOut?: LeftOutRecord;
}

/** How often a signature was seen in a part, at which index first, and how badly. */
export interface SightingRecord {
  readonly signature: string;
  readonly count: number;
  /** Negative for a case of the corpus. */
  readonly lowestIndex: number;
  /** The ratio of the worst of these cases; not there where files of old do not say. */
  readonly ratio?: Ratio;
}

const count = z.int().min(0);
const natural = z.int().min(1);
const measure = z.number().min(0);
const countsSchema: z.ZodType<Counts> = z.record(z.string(), count);
const verdictsSchema: z.ZodType<VerdictCounts> = z.strictObject({
  agree: count,
  diverge: count,
  inconclusive: count,
  skip: count,
});

// Strings, not the unions of a Finding: a report of a newer minor version's run is still a report.
const summaryShape = {
  signature: z.string(),
  formerly: z.exactOptional(z.string()),
  operation: z.enum(operations),
  direction: z.string(),
  format: z.enum(formats),
  oracle: z.string(),
  alsoBy: z.array(z.string()),
  blame: blameSchema,
  severity: z.enum(['wrong', 'inaccurate']),
  symptom: z.string(),
  known: z.boolean(),
  ledger: z.string().nullable(),
  count,
  ratio: z.exactOptional(ratioSchema),
  growth: z.exactOptional(growthSchema),
  ulps: z.number().nullable(),
  case: z.string(),
  sentence: z.string(),
  confirmed: z.exactOptional(z.string()),
  implementation: z.string(),
  deviation: z.string(),
  worst: z.exactOptional(z.string()),
  replay: z.string(),
  replayAnywhere: z.exactOptional(z.string()),
  path: z.string(),
};

export const findingSummarySchema: z.ZodType<FindingSummary> = z.strictObject(
  summaryShape,
) as unknown as z.ZodType<FindingSummary>;

/** A run that was recorded before `fails` was a field has none. */
export type StoredFinding = FindingSummary & Partial<Pick<ListedFinding, 'fails'>>;

const storedFindingSchema = z.strictObject({ ...summaryShape, fails: z.exactOptional(z.boolean()) });

const counted = {
  cases: count,
  elements: count,
  finiteElements: count,
  inconclusiveElements: count,
  verdicts: verdictsSchema,
  byImplementation: z.record(z.string(), verdictsSchema),
  byKernel: z.record(z.string(), verdictsSchema),
  worstRatio: z.record(z.string(), measure),
  skips: countsSchema,
  inconclusive: countsSchema,
  coverage: countsSchema,
  widths: countsSchema,
  checks: countsSchema,
  forms: z.exactOptional(countsSchema),
  worstCases: z.record(z.string(), worstCaseSchema),
  errors: z.record(z.string(), errorBucketSchema),
};

export const shardSchema: z.ZodType<ShardRecord> = z
  .strictObject({ number: natural, of: natural, by: z.exactOptional(z.literal('blocks')) })
  .refine(({ number, of }) => number <= of, 'a shard of i/n with i ≤ n');

export const listedKernelsSchema: z.ZodType<ListedKernels> = z.strictObject({
  kernels: z.array(z.enum(kernelNames)).min(1),
  by: z.string(),
});

const leftOutSchema: z.ZodType<LeftOutRecord> = z.strictObject({
  count: natural,
  causes: z.exactOptional(natural),
  failing: count,
});

const coverSchema: z.ZodType<CoverRecord> = z
  .strictObject({
    from: z.int(),
    to: z.int(),
    step: natural,
    every: z.exactOptional(natural),
    times: z.exactOptional(natural),
  })
  .refine(
    ({ from, to, every, times }) =>
      from < to && (from >= 0 || to <= 0) && (every === undefined) === (times === undefined),
    'indices from, from + step, … below to, all of the corpus or none',
  );

const partSchema: z.ZodType<PartRecord> = z.strictObject({
  seed: seedSchema,
  shard: shardSchema,
  runs: natural.nullable(),
  covers: z.exactOptional(z.array(coverSchema)),
  corpus: z.string().nullable(),
  stoppedBy: z.string(),
  startedAt: momentSchema,
  seconds: secondsSchema,
  sightings: z.array(
    z.strictObject({
      signature: z.string(),
      count: z.int().min(1),
      lowestIndex: z.int(),
      ratio: z.exactOptional(ratioSchema),
    }),
  ),
  deaths: z.exactOptional(count),
  lost: z.exactOptional(z.array(coverSchema)),
  leftOut: z.exactOptional(leftOutSchema),
  ...counted,
});

/** Field by field: the summary is made of some of them. */
export const runRecordShape: Readonly<Record<keyof RunRecord, z.ZodType>> = {
  schemaVersion: z.literal(1),
  command: z.string(),
  exitCode: z.int(),
  stoppedBy: z.string(),
  run: z.string(),
  startedAt: momentSchema,
  tool: z.string(),
  generatorVersion: z.int(),
  node: z.string(),
  platform: z.string(),
  seed: seedSchema,
  budget: z.strictObject({
    runs: natural.nullable(),
    timeMs: measure.nullable(),
    maxFindings: natural.nullable(),
    shrinkEvaluations: count,
    maximize: z.boolean(),
  }),
  operations: z.array(z.enum(operations)),
  formats: z.array(z.enum(formats)),
  kernels: z.exactOptional(z.array(z.enum(kernelNames))),
  supports: z.exactOptional(supportsSchema),
  refuses: z.exactOptional(z.literal(true)),
  maxElements: z.exactOptional(natural),
  exhaustive: z.exactOptional(z.literal(exhaustiveLanes)),
  missingKernels: z.exactOptional(
    z.array(z.strictObject({ kernel: z.enum(kernelNames), listedBy: z.string() })),
  ),
  workers: count,
  shard: shardSchema,
  strict: z.boolean(),
  strictReferences: z.exactOptional(z.literal(true)),
  findingsExit: z.exactOptional(z.literal(0)),
  subject: subjectRecordSchema,
  references: z.array(referenceRecordSchema),
  seconds: secondsSchema,
  casesPerSecond: measure,
  meanElements: measure,
  ...counted,
  baseline: z.exactOptional(
    z.strictObject({
      path: z.string(),
      entries: z.int().min(0),
      fixed: z.array(z.string()),
      grown: z.exactOptional(z.array(z.string())),
    }),
  ),
  breaks: z.array(z.strictObject({ blame: blameSchema, symptom: z.string() })),
  deaths: z.exactOptional(count),
  lost: z.exactOptional(z.array(coverSchema)),
  machines: z.exactOptional(z.array(machineSchema)),
  findings: z.array(storedFindingSchema),
  causes: z.exactOptional(z.array(causeSchema)),
  leftOut: z.exactOptional(leftOutSchema),
  parts: z.array(partSchema).min(1),
  spareParts: z.exactOptional(z.array(partSchema)),
  completeness: z.exactOptional(
    z.strictObject({
      judged: count,
      of: count,
      missing: z.array(z.strictObject({ what: z.string(), command: z.string().nullable() })),
      more: count,
    }),
  ),
};

/** A record as it is on disk. */
export type StoredRun = Omit<RunRecord, 'findings'> & { readonly findings: readonly StoredFinding[] };

export const runRecordSchema: z.ZodType<StoredRun> = z.strictObject(
  runRecordShape,
) as unknown as z.ZodType<StoredRun>;
