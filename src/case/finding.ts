/**
 * The Finding: one divergence, shrunk, with all that was known of it.
 * Pure JSON data; replay reads nothing else.
 */
import { connectionSchema, type Connection } from './connection.ts';
import { z } from 'zod';
import {
  directions,
  operations,
  type Arithmetic,
  type AssumedArithmetic,
  type Direction,
  type Operation,
} from '../contract/subject.ts';
import { formats, type Format } from '../float/format.ts';
import { arithmeticSchema, assumedSchema } from './arithmetic.ts';
import { caseSchema, type CaseJson } from './case-json.ts';
import { diagnosisSchema, type Diagnosis } from './diagnosis.ts';
import { confirmableShape, type Confirmable } from './confirmation.ts';
import { jsonNumberSchema, type JsonNumber } from './json-number.ts';
import { ratioSchema, type Ratio } from './ratio.ts';
import { tensorSchema, type TensorJson } from './tensor-json.ts';
import { blameSchema } from './text-schemas.ts';
import { alikeIn } from './signature.ts';
import {
  oracleNames,
  type Alike,
  type OracleName,
  type Severity,
  type Symptom,
  type Verdict,
} from './verdict.ts';
import { alikeShape, symptoms } from './verdict-schemas.ts';

export interface TermRecord {
  readonly name: string;
  /** Absolute. */
  readonly value: JsonNumber;
}

/** What one implementation, the blamed one among them, made of the minimal case. */
export interface AnswerRecord {
  readonly name: string;
  readonly version: string;
  readonly role: 'subject' | 'reference';
  readonly verdict: Verdict['kind'];
  /** Why it was skipped or is inconclusive, or the sentence of its divergence. */
  readonly reason: string | null;
  /** The value at the finding's element; null where there is none. */
  readonly value: JsonNumber | null;
}

export interface SubjectRecord {
  readonly name: string;
  readonly version: string;
  /**
   * The module as named on the command line, for the printed command;
   * null for the default. Never loaded from here.
   */
  readonly module: string | null;
  /** What was said of it beside its name; absent where nothing was. */
  readonly connection?: Connection;
  /** What computes below it, of a subject beyond the worker's process. */
  readonly engine?: string;
  /** Where it follows other conventions than the contract's, in words: what was not asked of it. */
  readonly conventions?: string;
  /** What it declares of its arithmetic on halves, as a run keeps it; absent where it declares nothing. */
  readonly arithmetic?: Arithmetic;
}

export interface ReferenceRecord {
  readonly name: string;
  readonly available: boolean;
  readonly version: string | null;
  /** What computes below it, e.g. 'TensorFlow 2.15.1'. */
  readonly engine: string | null;
  /** Why it is not there. */
  readonly reason: string | null;
  /** Where it follows other conventions than the contract's, in words: what was not asked of it. */
  readonly conventions?: string;
  /** The file or command that one of the user's own is; absent for those of the table. */
  readonly module?: string;
}

/** Where it was found. */
export interface Provenance {
  /** logitfuzz's own version. */
  readonly tool: string;
  readonly generatorVersion: number;
  readonly node: string;
  /** Operating system and processor, as in 'linux x64'. */
  readonly platform: string;
}

export interface ShrinkRecord {
  /** Cases tried, and those of them that were kept. */
  readonly evaluations: number;
  readonly steps: number;
  /** 'none' where it was not tried. */
  readonly stoppedBy: 'minimal' | 'evaluations' | 'elements' | 'fuse' | 'none';
  /** True where the minimal case diverged again with the same signature after shrinking. */
  readonly confirmed: boolean;
}

/** A finding that the baseline lists and that is much worse now, beside how bad it was when it was listed. */
export interface Growth {
  /** 'inaccurate' where the baseline lists it as that and it is wrong now. */
  readonly severity: Severity;
  readonly ratio: Ratio;
  /**
   * Whether the run judged the cases that the entry was written of: if so it fails, if not it may be the
   * cases that are worse, and it fails with `--strict` only.
   */
  readonly sameCases: boolean;
}

/** How the original case of a finding diverged. */
export interface Originally extends Alike {
  readonly ratio: Ratio;
  /** Its verdict in one sentence, with its numbers. */
  readonly sentence: string;
}

/** A divergence, shrunk, with all that was known of it: what finding.json holds. */
export interface Finding extends Confirmable {
  readonly schemaVersion: 1;
  /** The signature as `signatureText` writes it; of what the ledger knows, the reference and the entry. */
  readonly signature: string;
  /** The signature in version 1, by which baselines of old list it; not there in files of old. */
  readonly formerly?: string;
  readonly operation: Operation;
  readonly direction: Direction;
  readonly format: Format;
  /** The first that fired, in the order of `oracleNames`. */
  readonly oracle: OracleName;
  readonly alsoBy: readonly OracleName[];
  /** 'subject', or a reference's name. */
  readonly blame: string;
  readonly severity: Severity;
  readonly symptom: Symptom;
  /** True where the ledger, or the baseline, lists it. */
  readonly known: boolean;
  /** Id of the ledger's entry that explains it; null where none does, and for the subject always. */
  readonly ledger: string | null;
  /** Cases of the run with this signature. */
  readonly count: number;
  /** How bad it was in the worst of these cases; not there where files of old do not say. */
  readonly ratio?: Ratio;
  /** There where the baseline lists it and it has grown since. */
  readonly growth?: Growth;
  /** Null where a side is not finite, and where what is due is below the normal numbers. */
  readonly ulps: number | null;
  /** The minimal case in one line. */
  readonly case: string;
  /** The verdict in one sentence, with its numbers. */
  readonly sentence: string;
  /** The law that was broken, where the oracle is property; the kind of difference, where it is gradient. */
  readonly law: string | null;
  /** The seed of the run, in [0, 2^64), decimal. */
  readonly seed: string;
  /** The index of the original case; negative for one of the corpus, null for one that no campaign drew. */
  readonly index: number | null;
  readonly minimal: CaseJson;
  readonly original: CaseJson;
  /**
   * What remains of the minimal case where anything as severe may stand for it: findings of one root are of
   * one mistake. Not there of references, of what was not shrunk, and in files of old.
   */
  readonly root?: CaseJson;
  /** How the original case diverged; not there where the minimal one is told in the same words. */
  readonly originally?: Originally;
  /** Flat position in the output of the worst element; null where no element is to blame. */
  readonly element: number | null;
  /** How many elements are outside their tolerance. */
  readonly guilty: number;
  /** What the blamed implementation answered; null where that cannot be read as values. */
  readonly got: TensorJson | null;
  /** float64, of the output's shape, as the two tolerances are; null where the exact oracle was not asked. */
  readonly exact: TensorJson | null;
  /** The absolute error allowed to a careful algorithm: beyond it is `inaccurate`. */
  readonly careful: TensorJson | null;
  /** The absolute error allowed to any sound algorithm: beyond it is `wrong`. */
  readonly naive: TensorJson | null;
  /** The absolute error allowed to the element at this severity. */
  readonly allowed: JsonNumber | null;
  /** The terms of the tolerance of `element` at this severity; [] where there is none. */
  readonly terms: readonly TermRecord[];
  readonly answers: readonly AnswerRecord[];
  readonly subject: SubjectRecord;
  /** The arithmetic that the blamed implementation was assumed to have. */
  readonly arithmetic: AssumedArithmetic;
  readonly references: readonly ReferenceRecord[];
  readonly shrink: ShrinkRecord;
  /** What was found out of the mistake; absent where nobody asked. */
  readonly diagnosis?: Diagnosis;
  readonly provenance: Provenance;
}

export const subjectRecordSchema: z.ZodType<SubjectRecord> = z.strictObject({
  name: z.string(),
  version: z.string(),
  module: z.string().nullable(),
  connection: z.exactOptional(connectionSchema),
  engine: z.exactOptional(z.string()),
  conventions: z.exactOptional(z.string()),
  arithmetic: z.exactOptional(arithmeticSchema),
});

export const referenceRecordSchema: z.ZodType<ReferenceRecord> = z.strictObject({
  name: z.string(),
  available: z.boolean(),
  version: z.string().nullable(),
  engine: z.string().nullable(),
  reason: z.string().nullable(),
  conventions: z.exactOptional(z.string()),
  module: z.exactOptional(z.string()),
});

export const provenanceSchema: z.ZodType<Provenance> = z.strictObject({
  tool: z.string(),
  generatorVersion: z.int(),
  node: z.string(),
  platform: z.string(),
});

export const seedSchema: z.ZodType<string> = z
  .string()
  .regex(/^\d{1,20}$/, 'a whole number in decimal digits')
  .refine((digits) => !/^\d{1,20}$/.test(digits) || BigInt(digits) < 2n ** 64n, 'below 2^64');

const answerSchema: z.ZodType<AnswerRecord> = z.strictObject({
  name: z.string(),
  version: z.string(),
  role: z.enum(['subject', 'reference']),
  verdict: z.enum(['agree', 'diverge', 'inconclusive', 'skip']),
  reason: z.string().nullable(),
  value: jsonNumberSchema.nullable(),
});

const shrinkSchema: z.ZodType<ShrinkRecord> = z.strictObject({
  evaluations: z.int().min(0),
  steps: z.int().min(0),
  stoppedBy: z.enum(['minimal', 'evaluations', 'elements', 'fuse', 'none']),
  confirmed: z.boolean(),
});

export const growthSchema: z.ZodType<Growth> = z.strictObject({
  severity: z.enum(['wrong', 'inaccurate']),
  ratio: ratioSchema,
  sameCases: z.boolean(),
});

const originallySchema: z.ZodType<Originally> = z.strictObject({
  ...alikeShape,
  ratio: ratioSchema,
  sentence: z.string(),
});

export const findingSchema: z.ZodType<Finding> = z.strictObject({
  schemaVersion: z.literal(1),
  signature: z.string(),
  formerly: z.exactOptional(z.string()),
  operation: z.enum(operations),
  direction: z.enum(directions),
  format: z.enum(formats),
  oracle: z.enum(oracleNames),
  alsoBy: z.array(z.enum(oracleNames)),
  blame: blameSchema,
  severity: z.enum(['wrong', 'inaccurate']),
  symptom: z.enum(symptoms),
  known: z.boolean(),
  ledger: z.string().nullable(),
  count: z.int().min(0),
  ratio: z.exactOptional(ratioSchema),
  growth: z.exactOptional(growthSchema),
  ulps: z.number().nullable(),
  case: z.string(),
  sentence: z.string(),
  law: z.string().nullable(),
  seed: seedSchema,
  index: z.int().nullable(),
  minimal: caseSchema,
  original: caseSchema,
  root: z.exactOptional(caseSchema),
  originally: z.exactOptional(originallySchema),
  element: z.int().min(0).nullable(),
  guilty: z.int().min(0),
  got: tensorSchema.nullable(),
  exact: tensorSchema.nullable(),
  careful: tensorSchema.nullable(),
  naive: tensorSchema.nullable(),
  allowed: jsonNumberSchema.nullable(),
  terms: z.array(z.strictObject({ name: z.string(), value: jsonNumberSchema })),
  answers: z.array(answerSchema),
  subject: subjectRecordSchema,
  arithmetic: assumedSchema,
  references: z.array(referenceRecordSchema),
  shrink: shrinkSchema,
  ...confirmableShape,
  diagnosis: z.exactOptional(diagnosisSchema),
  provenance: provenanceSchema,
});

/** `name@version` of the implementation that is blamed. */
export function blamedName({
  blame,
  subject,
  references,
}: Pick<Finding, 'blame' | 'subject' | 'references'>): string {
  if (blame === 'subject') return `${subject.name}@${subject.version}`;
  const version = references.find(({ name }) => name === blame)?.version ?? null;
  return version === null ? blame : `${blame}@${version}`;
}

/**
 * How the minimal case diverges: as the finding is told, unless it is told as one that depends on earlier
 * calls.
 */
export function divergedAs({ diverged, seenAs, oracle, severity, symptom }: Finding): Alike {
  return diverged ?? (seenAs === undefined ? null : alikeIn(seenAs)) ?? { oracle, severity, symptom };
}
