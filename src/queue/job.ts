/**
 * What is asked of a machine. It names no module, no path and no program: whoever may write to the queue says
 * which cases are judged, and not by what.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CampaignPlan } from '../campaign/plan.ts';
import { isOfPlan } from '../campaign/plan.ts';
import { rangeSchema, type StoredRange } from '../campaign/progress.ts';

export interface JudgeJob {
  readonly kind: 'judge';
  /** Which run of the campaign it is of. */
  readonly run: string;
  readonly ranges: readonly StoredRange[];
  /** Keys of stacks that killed a worker before, by the first index of their block. */
  readonly unstacked: readonly (readonly [number, readonly string[]])[];
}

/** The findings of the subject are to be asked again, once all cases are judged. */
export interface ConfirmJob {
  readonly kind: 'confirm';
  readonly run: string;
}

export type QueueJob = JudgeJob | ConfirmJob;

/** More blocks than a job of two minutes has of the fastest kernels. */
export const rangesMax = 4_096;

const index = z.int().min(0);
const runSchema = z.string().min(1).max(100);
export const unstackedSchema: z.ZodType<JudgeJob['unstacked']> = z
  .array(z.tuple([index, z.array(z.string().max(1_000)).max(10_000)]))
  .max(rangesMax);

export const jobSchema: z.ZodType<QueueJob> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('judge'),
    run: runSchema,
    ranges: z.array(rangeSchema).min(1).max(rangesMax),
    unstacked: unstackedSchema,
  }),
  z.strictObject({ kind: z.literal('confirm'), run: runSchema }),
]);

export const confirmId = 'confirm';

/** The same for the same ranges, so that to add a job twice is to add it once. */
export function jobIdOf(ranges: readonly StoredRange[]): string {
  const digest = createHash('sha256').update(JSON.stringify(ranges)).digest('hex').slice(0, 12);
  return `from-${ranges[0]!.from}-${digest}`;
}

/** The first range that is no part of the plan; null where there is none. */
export function strangerIn(ranges: readonly StoredRange[], plan: CampaignPlan): StoredRange | null {
  return ranges.find((range) => !isOfPlan(range, plan)) ?? null;
}

/** `0 to 294911 by 12`, of the first range, and how many more there are. */
export function rangesText(ranges: readonly StoredRange[]): string {
  const [first] = ranges;
  if (first === undefined) return 'nothing';
  const more = ranges.length === 1 ? '' : ` and ${ranges.length - 1} more`;
  const by = first.step === 1 ? '' : ` by ${first.step}`;
  return `${first.from} to ${first.to - 1}${by}${more}`;
}
