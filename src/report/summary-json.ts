/** What `--json` prints of a run: the verdict and the findings, without the tables of counts. */
import { z } from 'zod';
import { runRecordWithout, type RunRecord } from '../archive/run-record.ts';
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
] as const;

export type RunSummary = Omit<RunRecord, (typeof leftOut)[number]>;

/** Of a command that came to no run. */
interface FailureSummary {
  readonly schemaVersion: 1;
  readonly command: string | null;
  readonly exitCode: number;
  readonly error: { readonly message: string };
}

export const summarySchema: z.ZodType<RunSummary | FailureSummary> = z.union([
  runRecordWithout(leftOut),
  z.strictObject({
    schemaVersion: z.literal(1),
    command: z.string().nullable(),
    exitCode: z.int(),
    error: z.strictObject({ message: z.string() }),
  }),
]);

/** The findings in the order in which they are told: the subject's first. */
export function summaryJson(run: RunRecord): RunSummary {
  const kept = Object.entries(run).filter(([key]) => !(leftOut as readonly string[]).includes(key));
  const summary = Object.fromEntries(kept) as unknown as RunSummary;
  return { ...summary, findings: [...run.findings].sort(byWeight) };
}
