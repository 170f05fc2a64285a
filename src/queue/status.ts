/** Where a campaign on a queue stands, as its coordinator and its machines say: read, and nothing else. */
import { z } from 'zod';
import { parseData } from '../case/parse-data.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { machinesOf } from './fleet.ts';
import { keyNames } from './names.ts';
import type { Server } from './server.ts';
import {
  machineSchema,
  standingSchema,
  stateSchema,
  type CampaignState,
  type MachineStanding,
  type Standing,
} from './standing.ts';

export interface CampaignStatus {
  readonly campaign: string;
  /** Null where there is no such campaign on the server, or none any more. */
  readonly state: CampaignState | null;
  /** Null before its coordinator has said it. */
  readonly standing: Standing | null;
  /** Whether a coordinator is at work on it. */
  readonly isCoordinated: boolean;
  readonly machines: readonly MachineStanding[];
}

/** What `status --json` prints. */
export type StatusDocument = CampaignStatus & {
  readonly schemaVersion: 1;
  readonly command: 'status';
  readonly exitCode: 0;
  /** The URL of the queue, without its password. */
  readonly queue: string;
};

export const statusSchema: z.ZodType<StatusDocument> = z.strictObject({
  schemaVersion: z.literal(1),
  command: z.literal('status'),
  exitCode: z.literal(0),
  queue: z.string(),
  campaign: z.string(),
  state: stateSchema.nullable(),
  standing: standingSchema.nullable(),
  isCoordinated: z.boolean(),
  machines: z.array(machineSchema),
});

/** No standing is as long as that. */
const longestText = 100_000;

/** @throws InfrastructureError for a state or a standing that is none. */
export async function statusOf({ redis, address }: Server, campaign: string): Promise<CampaignStatus> {
  const keys = keyNames(campaign);
  const read = async <T>(key: string, schema: z.ZodType<T>, what: string): Promise<T | null> => {
    const text = await redis.getrange(key, 0, longestText);
    if (text === '') return null;
    return readAs(schema, text, `the ${what} of the campaign ${campaign} on the queue ${address.shown}`);
  };
  const [state, standing, coordinators, machines] = await Promise.all([
    read(keys.state, stateSchema, 'state'),
    read(keys.standing, standingSchema, 'standing'),
    redis.exists(keys.lock),
    machinesOf(redis, keys),
  ]);
  return { campaign, state, standing, isCoordinated: coordinators > 0, machines };
}

function readAs<T>(schema: z.ZodType<T>, text: string, name: string): T {
  try {
    return parseData(schema, JSON.parse(text), { name });
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof SyntaxError)) throw error;
    const why = error instanceof UsageError ? error.message : `${name} is no JSON`;
    throw new InfrastructureError(`${why}: another version of logitfuzz, or something else, has written it`);
  }
}
