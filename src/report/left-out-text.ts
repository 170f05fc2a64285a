/** What a run says of the findings that `--max-findings` left out: one line. Pure. */
import type { RunRecord } from '../archive/run-record.ts';

/** Null where there are none. */
export function leftOutText({ leftOut, budget }: Pick<RunRecord, 'leftOut' | 'budget'>): string | null {
  if (leftOut === undefined) return null;
  const { count, causes, failing } = leftOut;
  const counted = count === 1 ? '1 finding' : `${count} findings`;
  const ofCauses = causes === 1 ? '1 cause' : `${causes} causes`;
  const findings = causes === undefined ? counted : `${ofCauses} (${counted})`;
  const bad = failing === 0 ? '' : `, ${failing} of which ${failing === 1 ? 'fails' : 'fail'} the run,`;
  const bound = budget.maxFindings === null ? '' : ` ${budget.maxFindings}`; // of merged runs one may have none
  return `… and ${findings} of the subject at higher indices${bad} left out by --max-findings${bound}`;
}
