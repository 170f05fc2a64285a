/** A run and its findings as one JSON document. */
import { findingSummary } from '../archive/finding-file.ts';
import type { RunRecord } from '../archive/run-record.ts';
import type { Finding } from '../case/finding.ts';
import { byWeight } from './order.ts';

/** A finding, and where its finding.json is. */
export interface FindingAt {
  readonly finding: Finding;
  readonly path: string;
}

/**
 * The run's record, each of its findings told in full: the fields of its summary, and all of finding.json.
 */
export function renderJson(run: RunRecord, findings: readonly FindingAt[]): string {
  const told = findings.map(({ finding, path }) => ({ ...findingSummary(finding, path), ...finding }));
  return JSON.stringify({ ...run, findings: told.sort(byWeight) }, null, 2);
}
