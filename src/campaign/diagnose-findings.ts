/**
 * Which findings of the subject are diagnosed: one for each kernel and symptom, the first of them in the
 * order of their indices, so that runs that are united have the diagnoses that one run of all would have.
 */
import type { Finding } from '../case/finding.ts';
import { standsBefore } from '../case/representative.ts';
import type { FreshProcess } from './fresh-process.ts';

/** So many are diagnosed, each in a second or less. */
const diagnosedMax = 10;

/** Those that are to be diagnosed, in the order of their indices. */
export function findingsToDiagnose(findings: readonly Finding[]): readonly Finding[] {
  const first = new Map<string, Finding>();
  for (const finding of findings) {
    if (finding.blame !== 'subject') continue;
    const { operation, direction, oracle, severity, symptom } = finding;
    const key = [operation, direction, oracle, severity, symptom].join('/');
    const before = first.get(key);
    if (before === undefined || standsBefore(finding, before)) first.set(key, finding);
  }
  return [...first.values()].sort((a, b) => (standsBefore(a, b) ? -1 : 1)).slice(0, diagnosedMax);
}

/**
 * The findings, those of them diagnosed that are to be, all in one process where the subject keeps nothing
 * from call to call. A subject that ends its process is asked no more.
 */
export async function diagnoseFindings(
  findings: readonly Finding[],
  process: FreshProcess,
): Promise<readonly Finding[]> {
  const diagnosed = new Map<Finding, Finding>();
  const hasState = findings.some(({ blame, confirmed }) => blame === 'subject' && confirmed !== 'alone');
  for (const finding of findingsToDiagnose(findings)) {
    if (hasState) process.renew();
    const diagnosis = await process.diagnose(finding);
    if (diagnosis === null) break;
    diagnosed.set(finding, { ...finding, diagnosis });
  }
  return findings.map((finding) => diagnosed.get(finding) ?? finding);
}

/** For runs that are united: more may have been diagnosed in parts than would have been in the whole. */
export function withoutOthersDiagnosis(findings: readonly Finding[]): readonly Finding[] {
  const due = new Set(findingsToDiagnose(findings));
  return findings.map((finding) => {
    if (finding.diagnosis === undefined || due.has(finding)) return finding;
    const { diagnosis: _, ...rest } = finding;
    return rest;
  });
}
