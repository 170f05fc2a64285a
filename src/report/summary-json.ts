/** What `--json` prints of a run: the verdict and the findings, without the tables of counts. */
import { z } from 'zod';
import {
  findingSummarySchema,
  runRecordShape,
  type FindingSummary,
  type PartRecord,
  type RunRecord,
} from '../archive/run-record.ts';
import { byWeight } from './order.ts';

const leftOut = [
  'byKernel',
  'worstRatio',
  'inconclusive',
  'coverage',
  'checks',
  'forms',
  'budget',
  'operations',
  'formats',
  'parts',
  'spareParts',
] as const;

type PartSummary = Pick<PartRecord, 'seed' | 'shard' | 'stoppedBy' | 'cases'>;

export type RunSummary = Omit<RunRecord, 'findings' | (typeof leftOut)[number]> & {
  readonly findings: readonly FindingSummary[];
  readonly parts: readonly PartSummary[];
  /** The path of the run's report.html; absent where none was written. */
  readonly report?: string;
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
    ...without(runRecordShape, leftOut),
    findings: z.array(findingSummarySchema),
    parts: z.array(
      z.strictObject({
        seed: runRecordShape.seed,
        shard: runRecordShape.shard,
        stoppedBy: z.string(),
        cases: z.int().min(0),
      }),
    ),
    report: z.exactOptional(z.string()),
  }) as unknown as z.ZodType<RunSummary>,
  z.strictObject({
    schemaVersion: z.literal(1),
    command: z.string().nullable(),
    exitCode: z.int(),
    error: z.strictObject({ message: z.string() }),
  }),
]);

/** The findings in the order in which they are told: the subject's first. */
export function summaryJson(run: RunRecord, report: string | null = null): RunSummary {
  return {
    ...without(run, leftOut),
    findings: run.findings.map((finding) => without(finding, ['fails'])).sort(byWeight),
    parts: run.parts.map(({ seed, shard, stoppedBy, cases }) => ({ seed, shard, stoppedBy, cases })),
    ...(report === null ? {} : { report }),
  };
}

function without<T extends object, K extends keyof T>(fields: T, names: readonly K[]): Omit<T, K> {
  const kept = Object.entries(fields).filter(([key]) => !(names as readonly string[]).includes(key));
  return Object.fromEntries(kept) as Omit<T, K>;
}
