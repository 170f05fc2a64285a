/** What `--json` prints of a run: the verdict and the findings, without the tables of counts. */
import type { PartRecord, RunRecord } from '../archive/run-record.ts';
import { byWeight } from './order.ts';

export type RunSummary = Omit<
  RunRecord,
  | 'byKernel'
  | 'worstRatio'
  | 'inconclusive'
  | 'coverage'
  | 'checks'
  | 'budget'
  | 'operations'
  | 'formats'
  | 'parts'
> & { readonly parts: readonly Pick<PartRecord, 'seed' | 'shard' | 'stoppedBy' | 'cases'>[] };

/** The findings in the order in which they are told: the subject's first. */
export function summaryJson(run: RunRecord): RunSummary {
  const { byKernel: _1, worstRatio: _2, inconclusive: _3, coverage: _4, checks: _5, ...rest } = run;
  const { budget: _6, operations: _7, formats: _8, findings, parts, ...summary } = rest;
  return {
    ...summary,
    findings: [...findings].sort(byWeight),
    parts: parts.map(({ seed, shard, stoppedBy, cases }) => ({ seed, shard, stoppedBy, cases })),
  };
}
