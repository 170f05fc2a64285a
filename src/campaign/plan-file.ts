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
  /** The kernels that the subject has to export; absent where nobody said. */
  readonly listed?: ListedKernels;
  readonly plan: CampaignPlan;
}

/** More processes than any machine is asked for on purpose. */
export const workersMax = 1_024;

const count = z.int().min(0);
const natural = z.int().min(1);

/** A name of the table, or a file or command that is a reference of the user's own. */
export const referenceSchema: z.ZodType<string> = z.union([
  z.enum(referenceNames),
  pathSchema.refine(isOwnReference, `one of ${referenceNames.join(', ')}, or a file`),
]);

const planSchema: z.ZodType<CampaignPlan> = z.strictObject({
  command: z.enum(['fuzz', 'gate']),
  subject: pathSchema.nullable(),
  connection: z.exactOptional(connectionSchema),
  references: z.array(referenceSchema),
  seed: seedSchema,
  operations: z.array(z.enum(operations)).min(1),
  formats: z.array(z.enum(formats)).min(1),
  kernels: z.exactOptional(z.array(z.enum(kernelNames)).min(1)),
  supports: z.exactOptional(supportsSchema),
  refuses: z.exactOptional(z.literal(true)),
  maxElements: z.exactOptional(natural),
  runs: natural.nullable(),
  shard: shardSchema,
  rssLimitMb: z.number().positive(),
  shrinkEvaluations: count,
  maximize: z.boolean(),
  corpus: z.array(caseSchema),
  timeMs: z.number().positive().nullable(),
  workers: natural.max(workersMax),
  caseTimeoutMs: z.number().positive(),
  maxFindings: natural.nullable(),
  out: pathSchema,
  strict: z.boolean(),
  strictReferences: z.exactOptional(z.literal(true)),
});

export const planFileSchema: z.ZodType<PlanFile> = z.strictObject({
  schemaVersion: z.literal(1),
  tool: z.string(),
  generatorVersion: z.int(),
  startedAt: momentSchema,
  required: z.array(z.string()),
  minCases: count,
  listed: z.exactOptional(listedKernelsSchema),
  plan: planSchema,
});
