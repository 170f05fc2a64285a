/**
 * What a coordinator says of its campaign: all that its machines must agree on, and not what is judged, or
 * where anything is.
 */
import { z } from 'zod';
import { planShape, type QueueChoices } from '../campaign/plan-file.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { isOwnReference, referenceNames } from '../../reference/index.ts';
import { UsageError } from '../contract/failure.ts';
import { kernelNames } from '../contract/subject.ts';

/** What of a plan is said: a machine has its own subject, and writes no report. */
const plannedKeys = [
  'references',
  'seed',
  'operations',
  'formats',
  'halves',
  'kernels',
  'supports',
  'refuses',
  'maxElements',
  'runs',
  'timeMs',
  'shrinkEvaluations',
  'caseTimeoutMs',
  'rssLimitMb',
] as const;

export type PlannedHere = Pick<CampaignPlan, (typeof plannedKeys)[number]>;

export interface CampaignRecord {
  readonly schemaVersion: 1;
  readonly run: string;
  readonly tool: string;
  readonly generatorVersion: number;
  /** The digest of all shipped code. */
  readonly code: string;
  readonly mixedMachines: boolean;
  readonly plan: PlannedHere;
}

const text = z.string().max(200);
const kernelsSchema = z.array(z.enum(kernelNames)).min(1);

export const recordSchema: z.ZodType<CampaignRecord> = z.strictObject({
  schemaVersion: z.literal(1),
  run: text,
  tool: text,
  generatorVersion: z.int(),
  code: text,
  mixedMachines: z.boolean(),
  plan: z.strictObject({
    ...Object.fromEntries(plannedKeys.map((key) => [key, planShape[key]])),
    // Among these, before a subject has said which of them it exports.
    kernels: z.exactOptional(z.union([kernelsSchema, z.strictObject({ among: kernelsSchema })])),
    references: z.array(z.enum(referenceNames)), // names alone: no file and no command
  }),
}) as unknown as z.ZodType<CampaignRecord>;

export function recordOf(
  plan: CampaignPlan,
  { run, mixedMachines }: QueueChoices,
  versions: Pick<CampaignRecord, 'tool' | 'generatorVersion' | 'code'>,
): CampaignRecord {
  const own = plan.references.filter(isOwnReference);
  if (own.length > 0)
    throw new UsageError(
      `--queue has references by name alone, and --references has ${own.map((name) => JSON.stringify(name)).join(', ')}`,
    );
  const planned = plannedKeys.filter((key) => plan[key] !== undefined).map((key) => [key, plan[key]]);
  return {
    schemaVersion: 1,
    run,
    mixedMachines,
    ...versions,
    plan: Object.fromEntries(planned) as unknown as PlannedHere,
  };
}

/** The plan as a machine has it. */
export function planFrom(
  { plan }: CampaignRecord,
  own: Pick<CampaignPlan, 'subject' | 'connection' | 'workers'> & { readonly rssLimitMb: number | null },
): CampaignPlan {
  const { rssLimitMb, ...mine } = own;
  return {
    ...plan,
    ...mine,
    ...(rssLimitMb === null ? {} : { rssLimitMb }),
    command: 'fuzz',
    corpus: [],
    shard: { number: 1, of: 1 },
    maximize: false,
    maxFindings: null,
    out: 'reports',
    strict: false,
  };
}
