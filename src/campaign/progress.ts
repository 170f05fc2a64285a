/** Where a campaign stands, as plain data: what it takes to resume it in another process. */
import { z } from 'zod';
import { worstCaseSchema } from '../archive/worst-case.ts';
import { errorBucketSchema } from '../archive/error-bucket.ts';
import { ratioSchema } from '../case/ratio.ts';
import { secondsSchema } from '../case/text-schemas.ts';
import type { Mode, Range } from '../examine/range.ts';
import type { Sighting } from '../examine/sighting.ts';
import type { Tally } from '../examine/tally.ts';

export interface CampaignProgress {
  readonly schemaVersion: 1;
  /** Spent so far, in all processes. */
  readonly seconds: number;
  /** Number of the first block that nobody has begun. */
  readonly nextBlock: number;
  readonly isCorpusBegun: boolean;
  /** `name@version` of the subject and of each reference that was there. */
  readonly asked: readonly string[];
  /** Begun and not done. */
  readonly pending: readonly StoredRange[];
  /** Keys of stacks that killed a worker, by the first index of their block. */
  readonly unstacked: readonly (readonly [number, readonly string[]])[];
  readonly losses: number;
  /** Worker processes that have died; absent where none has, or nobody counted. */
  readonly deaths?: number;
  readonly tally: Tally;
  readonly sightings: readonly Sighting[];
}

/**
 * A range as progress.json has it: its mode is three
 * booleans there, and whether a range is traced is not kept.
 */
export interface StoredRange extends Omit<Range, 'mode'> {
  readonly shrink: boolean;
  readonly solo: boolean;
  /** A pace of `paused`. */
  readonly careful: boolean;
}

export function toStored({ from, to, step, mode }: Range): StoredRange {
  const { participants, pace, shrink } = mode;
  return { from, to, step, shrink, solo: participants === 'solo', careful: pace === 'paused' };
}

export function fromStored({ from, to, step, shrink, solo, careful }: StoredRange): Range {
  const mode: Mode = {
    participants: solo ? 'solo' : 'all',
    pace: careful ? 'paused' : 'covered',
    shrink,
  };
  return { from, to, step, mode };
}

const count = z.number().min(0);
const counts = z.record(z.string(), count);
const verdicts = z.strictObject({ agree: count, diverge: count, inconclusive: count, skip: count });

export const tallySchema: z.ZodType<Tally> = z.strictObject({
  cases: count,
  elements: count,
  finiteElements: count,
  inconclusiveElements: count,
  verdicts,
  byImplementation: z.record(z.string(), verdicts),
  byKernel: z.record(z.string(), verdicts),
  worstRatio: counts,
  skips: counts,
  inconclusive: counts,
  coverage: counts,
  widths: counts,
  checks: counts,
  forms: z.exactOptional(counts),
  worstCases: z.record(z.string(), worstCaseSchema),
  errors: z.record(z.string(), errorBucketSchema),
});

const index = z.int().min(0);
export const rangeSchema: z.ZodType<StoredRange> = z.strictObject({
  from: z.int(), // negative in the corpus
  to: z.int(),
  step: z.int().min(1),
  shrink: z.boolean(),
  solo: z.boolean(),
  careful: z.boolean(),
});

export const sightingSchema: z.ZodType<Sighting> = z.strictObject({
  signature: z.string(),
  count: z.int().min(1),
  lowestIndex: z.int(),
  ratio: z.exactOptional(ratioSchema),
});

export const progressSchema: z.ZodType<CampaignProgress> = z.strictObject({
  schemaVersion: z.literal(1),
  seconds: secondsSchema,
  nextBlock: index,
  isCorpusBegun: z.boolean(),
  asked: z.array(z.string()),
  pending: z.array(rangeSchema),
  unstacked: z.array(z.tuple([index, z.array(z.string())])),
  losses: index,
  deaths: z.exactOptional(index),
  tally: tallySchema,
  sightings: z.array(sightingSchema),
});
