/** What `--json` prints of a run: the verdict and the findings, without the tables of counts. */
import { z } from 'zod';
import { runRecordShape, type PartRecord, type RunRecord } from '../archive/run-record.ts';
import { byWeight } from './order.ts';

const leftOut = [
  'byKernel',
  'worstRatio',
  'inconclusive',
  'coverage',
  'checks',
  'budget',
  'operations',
  'formats',
  'parts',
] as const;

type PartSummary = Pick<PartRecord, 'seed' | 'shard' | 'stoppedBy' | 'cases'>;

export type RunSummary = Omit<RunRecord, (typeof leftOut)[number]> & {
  readonly parts: readonly PartSummary[];
};

/** The summary of a command that made no run. */
interface FailureSummary {
  readonly schemaVersion: 1;
  readonly command: string | null;
  readonly exitCode: number;
  readonly error: { readonly message: string };
}

export const summarySchema: z.ZodType<RunSummary | FailureSummary> = z.union([
  z.strictObject({
    ...withoutLeftOut(runRecordShape),
    parts: z.array(
      z.strictObject({
        seed: runRecordShape.seed,
        shard: runRecordShape.shard,
        stoppedBy: z.string(),
        cases: z.int().min(0),
      }),
    ),
  }) as unknown as z.ZodType<RunSummary>,
  z.strictObject({
    schemaVersion: z.literal(1),
    command: z.string().nullable(),
    exitCode: z.int(),
    error: z.strictObject({ message: z.string() }),
  }),
]);

/** The findings in the order in which they are told: the subject's first. */
export function summaryJson(run: RunRecord): RunSummary {
  return {
    ...withoutLeftOut(run),
    findings: [...run.findings].sort(byWeight),
    parts: run.parts.map(({ seed, shard, stoppedBy, cases }) => ({ seed, shard, stoppedBy, cases })),
  };
}

function withoutLeftOut<T extends object>(fields: T): Omit<T, (typeof leftOut)[number]> {
  const kept = Object.entries(fields).filter(([key]) => !(leftOut as readonly string[]).includes(key));
  return Object.fromEntries(kept) as Omit<T, (typeof leftOut)[number]>;
}
