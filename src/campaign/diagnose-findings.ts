/**
 * Which findings of the subject are diagnosed: of each kernel and what its mistake needs the plainest, and of
 * these the first in an order that does not depend on the run, so that runs that are united have the
 * diagnoses that one run of all would have.
 */
import type { Finding } from '../case/finding.ts';
import { plainestOfEach } from '../case/cause.ts';
import type { FreshProcess } from './fresh-process.ts';

/** So many are diagnosed, each in a second or less. */
const diagnosedMax = 10;

/** Those that are to be diagnosed. */
export function findingsToDiagnose(findings: readonly Finding[]): readonly Finding[] {
  return plainestOfEach(
    findings.filter(({ blame }) => blame === 'subject'),
    diagnosedMax,
  );
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
