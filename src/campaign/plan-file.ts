/** A run's plan on disk, so that a run that was killed can be resumed. */
import { z } from 'zod';
import { listedKernelsSchema, shardSchema, type ListedKernels } from '../archive/run-record.ts';
import { caseSchema } from '../case/case-json.ts';
import { seedSchema } from '../case/finding.ts';
import { momentSchema, pathSchema } from '../case/text-schemas.ts';
import { supportsSchema } from '../case/supports.ts';
import { kernelNames, operations } from '../contract/subject.ts';
import { connectionSchema } from '../case/connection.ts';
import { formats } from '../float/format.ts';
import { isOwnReference, referenceNames } from '../../reference/index.ts';
import type { CampaignPlan } from './plan.ts';

export const planName = 'plan.json';
export const progressName = 'progress.json';

export interface PlanFile {
  readonly schemaVersion: 1;
  /** Another version of either may generate or judge otherwise. */
  readonly tool: string;
  readonly generatorVersion: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly required: readonly string[];
  readonly minCases: number;
  /** There where findings do not make the exit code. */
  readonly findingsExit?: 0;
  /** The kernels that the subject has to export; absent where nobody said. */
  readonly listed?: ListedKernels;
  /** There where a queue judges it: what of that a file may hold, which is not where the queue is. */
  readonly queue?: QueueChoices;
  readonly plan: CampaignPlan;
}

/** How a campaign is handed to machines. */
export interface QueueChoices {
  /** What its keys on the server are named by. */
  readonly campaign: string;
  /** Which run of that name it is: results of another one are none of it. */
  readonly run: string;
  /** What a job is to take, where it is more than one block. */
  readonly jobSeconds: number;
  /** Whether machines may differ in Node, platform and processor. */
  readonly mixedMachines: boolean;
}

/** More processes than any machine is asked for on purpose. */
export const workersMax = 1_024;

/** The longest that one job is to take. */
export const jobSecondsMax = 120;

const count = z.int().min(0);
const natural = z.int().min(1);

/** A name of the table, or a file or command that is a reference of the user's own. */
export const referenceSchema: z.ZodType<string> = z.union([
  z.enum(referenceNames),
  pathSchema.refine(isOwnReference, `one of ${referenceNames.join(', ')}, or a file`),
]);

/** Field by field: what a queue says of a plan is made of some of them. */
export const planShape: Readonly<Record<keyof CampaignPlan, z.ZodType>> = {
  command: z.enum(['fuzz', 'gate']),
  subject: pathSchema.nullable(),
  connection: z.exactOptional(connectionSchema),
  references: z.array(referenceSchema),
  seed: seedSchema,
  operations: z.array(z.enum(operations)).min(1),
  formats: z.array(z.enum(formats)).min(1),
  halves: z.exactOptional(z.literal('as-declared')),
  kernels: z.exactOptional(z.array(z.enum(kernelNames)).min(1)),
  supports: z.exactOptional(supportsSchema),
  refuses: z.exactOptional(z.literal(true)),
  maxElements: z.exactOptional(natural),
  exhaustive: z.exactOptional(z.literal(true)),
  runs: natural.nullable(),
  shard: shardSchema,
  rssLimitMb: z.number().positive(),
  shrinkEvaluations: count,
  maximize: z.boolean(),
  corpus: z.array(caseSchema),
  oneByOne: z.exactOptional(z.literal(true)),
  timeMs: z.number().positive().nullable(),
  workers: natural.max(workersMax),
  caseTimeoutMs: z.number().positive(),
  maxFindings: natural.nullable(),
  out: pathSchema,
  strict: z.boolean(),
  strictReferences: z.exactOptional(z.literal(true)),
};

const planSchema: z.ZodType<CampaignPlan> = z.strictObject(planShape) as unknown as z.ZodType<CampaignPlan>;

export const planFileSchema: z.ZodType<PlanFile> = z.strictObject({
  schemaVersion: z.literal(1),
  tool: z.string(),
  generatorVersion: z.int(),
  startedAt: momentSchema,
  required: z.array(z.string()),
  minCases: count,
  findingsExit: z.exactOptional(z.literal(0)),
  listed: z.exactOptional(listedKernelsSchema),
  queue: z.exactOptional(
    z.strictObject({
      campaign: z.string().regex(/^[a-z0-9-]{1,40}$/),
      run: z.string().regex(/^[a-z0-9]{1,40}$/),
      jobSeconds: z.number().min(1).max(jobSecondsMax),
      mixedMachines: z.boolean(),
    }),
  ),
  plan: planSchema,
});
