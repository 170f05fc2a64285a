/** What the keys of a campaign are called on its server: all of them begin with one prefix. */
import { UsageError } from '../contract/failure.ts';

export const defaultCampaign = 'main';
const campaignPattern = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** @throws UsageError for what is no name of a campaign. */
export function campaignNamed(text: string): string {
  if (campaignPattern.test(text)) return text;
  throw new UsageError(
    `--campaign takes a name of at most 40 small letters, digits and hyphens, and not ${JSON.stringify(text)}`,
  );
}

/** The two queues of a campaign, under BullMQ's prefix. */
export const jobsQueue = 'jobs';
export const resultsQueue = 'results';

export interface KeyNames {
  /** What BullMQ's own keys begin with, too: `<prefix>:jobs:wait` is the list of what nobody has taken. */
  readonly prefix: string;
  /** What the campaign is: by its coordinator. */
  readonly record: string;
  /** What judges it: by the first machine. */
  readonly identity: string;
  /** Lowest indices of the findings that the coordinator has on disk, and a number that grows with them. */
  readonly known: string;
  readonly knownVersion: string;
  /** Whether it goes on. */
  readonly state: string;
  /** Where it stands. */
  readonly standing: string;
  /** Held by the one process that coordinates it. */
  readonly lock: string;
  /** The findings that a machine asks again at the end. */
  readonly confirm: string;
  /** What one machine says of itself, which ends with it. */
  machine(id: string): string;
  /** All of those. */
  readonly machines: string;
}

export function keyNames(campaign: string): KeyNames {
  const prefix = `logitfuzz:${campaign}`;
  return {
    prefix,
    record: `${prefix}:record`,
    identity: `${prefix}:identity`,
    known: `${prefix}:known`,
    knownVersion: `${prefix}:known-version`,
    state: `${prefix}:state`,
    standing: `${prefix}:standing`,
    lock: `${prefix}:coordinator`,
    confirm: `${prefix}:confirm`,
    machine: (id) => `${prefix}:machine:${id}`,
    machines: `${prefix}:machine:*`,
  };
}
