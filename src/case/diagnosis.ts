/**
 * The Diagnosis of a finding: where the mistake begins, in which step it is made, and which planted mistake
 * it behaves like. Made by src/diagnose; here is only what it is on disk.
 */
import { z } from 'zod';
import { jsonNumberSchema, type JsonNumber } from './json-number.ts';
import { stageNames, type StageName } from './stage.ts';

/** What is varied to see where a case begins to be wrong. */
export const boundaryQuantities = ['magnitude', 'offset', 'gap', 'cotangent', 'width', 'rows'] as const;
/**
 * magnitude: the largest |logit|, all logits in proportion. offset: the largest |logit|, all moved together.
 * gap: the largest minus the smallest finite logit of a lane. cotangent: the largest |dy|. width: elements of
 * a lane. rows: the number of lanes.
 */
export type BoundaryQuantity = (typeof boundaryQuantities)[number];

/** What is wrong beyond a boundary. */
export const boundarySymptoms = ['nan', 'inf', 'zero', 'sign', 'ulps', 'conduct'] as const;
export type BoundarySymptom = (typeof boundarySymptoms)[number];

/** The boundary in numbers: enough to draw it. */
export interface BoundaryRecord {
  readonly quantity: BoundaryQuantity;
  /** The largest value below which all that was tried is right; null where none was found right. */
  readonly rightUpTo: number | null;
  readonly wrongFrom: number;
  readonly symptom: BoundarySymptom;
  /** False where something above is right again. */
  readonly wrongAllAbove: boolean;
  /** What was asked, by size: the value, and the largest error ÷ what is allowed to a careful algorithm. */
  readonly points: readonly (readonly [number, JsonNumber])[];
}

export interface StageRecord {
  readonly name: StageName;
  readonly sentence: string;
  /** True where a replica, or a planted mistake of the stage, gives the same answers bit for bit. */
  readonly confirmed: boolean;
}

export interface NearestRecord {
  /** The name of the planted mistake (docs/mutants.md). */
  readonly mutant: string;
  readonly sentence: string;
  readonly advice: string;
}

/** What could be told of the mistake behind a finding, by asking the implementation more. */
export interface Diagnosis {
  /** A sentence with its numbers; null where nothing that was varied tells right from wrong. */
  readonly boundary: string | null;
  /** The boundary of a number in numbers; null where it is none. */
  readonly bounds: BoundaryRecord | null;
  readonly stage: StageRecord | null;
  readonly nearest: NearestRecord | null;
}

export const stageSchema: z.ZodType<StageRecord> = z.strictObject({
  name: z.enum(stageNames),
  sentence: z.string(),
  confirmed: z.boolean(),
});

export const nearestSchema: z.ZodType<NearestRecord> = z.strictObject({
  mutant: z.string(),
  sentence: z.string(),
  advice: z.string(),
});

export const diagnosisSchema: z.ZodType<Diagnosis> = z.strictObject({
  boundary: z.string().nullable(),
  bounds: z
    .strictObject({
      quantity: z.enum(boundaryQuantities),
      rightUpTo: z.number().nullable(),
      wrongFrom: z.number(),
      symptom: z.enum(boundarySymptoms),
      wrongAllAbove: z.boolean(),
      points: z.array(z.tuple([z.number(), jsonNumberSchema])).max(200),
    })
    .nullable(),
  stage: stageSchema.nullable(),
  nearest: nearestSchema.nullable(),
});
