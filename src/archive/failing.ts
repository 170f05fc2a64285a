/** Which findings fail a run, and which are only reported. */
import { referenceNamed } from '../../reference/index.ts';
import type { FindingSummary, ListedFinding, RunRecord, StoredFinding } from './run-record.ts';

type Strictness = Pick<RunRecord, 'command' | 'strict' | 'strictReferences'>;
type Assessable = Pick<FindingSummary, 'blame' | 'severity' | 'known' | 'growth'>;

/**
 * A wrong subject fails, with `--strict` an inaccurate one too, unless the baseline lists it; and so does
 * what it lists where that has grown over the same cases, with `--strict` over any. What a reference gets
 * wrong fails only `gate --strict`, and only where the ledger does not know it; a reference of the user's own
 * fails with `--strict-references` alone.
 */
export function isFailing(
  { blame, severity, known, growth }: Assessable,
  { command, strict, strictReferences }: Strictness,
): boolean {
  if (growth !== undefined) return growth.sameCases || strict;
  if (known) return false;
  if (blame === 'subject') return severity === 'wrong' || strict;
  return referenceNamed(blame) === undefined ? strictReferences === true : strict && command === 'gate';
}

/**
 * The findings of a run, each with whether it fails it: as it was stored, else as it is by the rule above.
 */
export function listedFindings(
  findings: readonly StoredFinding[],
  run: Strictness,
): readonly ListedFinding[] {
  return findings.map((finding) => ({ ...finding, fails: finding.fails ?? isFailing(finding, run) }));
}
