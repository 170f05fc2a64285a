/**
 * What a campaign on a queue says of itself while it lasts, for people and for its machines: other people's
 * words, read strictly.
 */
import { z } from 'zod';
import { machineFacts, machineNameSchema } from '../archive/machine-record.ts';
import { seedSchema } from '../case/finding.ts';

/**
 * running: jobs are handed out. handing-back: what is being done is to be given back as it is. confirming:
 * the subject's findings are asked again. ended: nobody waits for anything any more.
 */
export const phases = ['running', 'handing-back', 'confirming', 'ended'] as const;
export type Phase = (typeof phases)[number];

/** What machines look at. */
export interface CampaignState {
  readonly run: string;
  readonly phase: Phase;
}

/** Where the campaign stands: by its coordinator, each second. */
export interface Standing {
  readonly run: string;
  readonly seed: string;
  readonly runs: number | null;
  readonly timeMs: number | null;
  readonly cases: number;
  readonly elements: number;
  /** Since the first machine came. */
  readonly seconds: number;
  /** Cases a second, all machines together, of late. */
  readonly rate: number;
  readonly findings: number;
  readonly subjectFindings: number;
  /** Those that the subject's findings are of. */
  readonly causes: number;
  readonly jobs: { readonly waiting: number; readonly active: number };
  readonly machines: number;
  readonly slots: number;
  /** Cases that are given up, since whoever was asked them was gone again and again. */
  readonly lost: number;
  readonly phase: Phase;
  readonly stoppedBy: string | null;
  /** The run's folder, as its coordinator was told to write it. */
  readonly path: string | null;
}

/** One machine, by itself: its key ends soon after the last of these. */
export interface MachineStanding {
  readonly id: string;
  /** Host and process. */
  readonly name: string;
  readonly slots: number;
  /** Since it joined. */
  readonly cases: number;
  readonly seconds: number;
  /** Cases a second, of late. */
  readonly rate: number;
  /** What it is doing, in words; null for nothing. */
  readonly job: string | null;
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly cpu: string;
  /** How many cases of the canary each implementation answers otherwise than on the first machine. */
  readonly canary?: Readonly<Record<string, number>>;
  /** How its command line names the subject, for what people read; null for the default one. */
  readonly module: string | null;
}

const count = z.int().min(0);
const measure = z.number().min(0);
const words = z.string().max(1_000);

export const stateSchema: z.ZodType<CampaignState> = z.strictObject({
  run: words,
  phase: z.enum(phases),
});

export const standingSchema: z.ZodType<Standing> = z.strictObject({
  run: words,
  seed: seedSchema,
  runs: count.nullable(),
  timeMs: measure.nullable(),
  cases: count,
  elements: count,
  seconds: measure,
  rate: measure,
  findings: count,
  subjectFindings: count,
  causes: count,
  jobs: z.strictObject({ waiting: count, active: count }),
  machines: count,
  slots: count,
  lost: count,
  phase: z.enum(phases),
  stoppedBy: words.nullable(),
  path: words.nullable(),
});

export const machineSchema: z.ZodType<MachineStanding> = z.strictObject({
  id: words,
  name: machineNameSchema,
  slots: z.int().min(1).max(10_000),
  cases: count,
  seconds: measure,
  rate: measure,
  job: words.nullable(),
  ...machineFacts,
  module: words.nullable(),
});
