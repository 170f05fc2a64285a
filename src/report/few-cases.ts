/** What is said of a run whose time sufficed for few cases only: to find nothing in them says little. */
import type { RunRecord } from '../archive/run-record.ts';

/** What the gate judges, and `fuzz` on an idle machine many times over. */
const usualCases = 20_000;
/** Below this share of them a run says so. */
const fewShare = 1 / 4;

/** Null where it was not time that ended the run, or the cases were not few. */
export function fewCasesText({ stoppedBy, cases }: Pick<RunRecord, 'stoppedBy' | 'cases'>): string | null {
  if (stoppedBy !== 'time' || cases >= fewShare * usualCases) return null;
  return `only ${cases === 1 ? '1 case' : `${cases} cases`}; ${usualCases.toLocaleString('en-US')} are usual`;
}
