/** A run for the tests whose every foreign word is meant to do harm. Not a part of the package's interface. */
import { exampleFinding, exampleRun } from '../archive/example-finding.ts';
import { findingSummary } from '../archive/finding-file.ts';
import type { FindingSummary, RunRecord } from '../archive/run-record.ts';
import type { Finding } from '../case/finding.ts';

/** Markup, workflow commands of both forms, line ends, what XML forbids, a change of direction, half a surrogate pair. */
export const hostileText =
  '::error::owned\n##[error]owned\r\n]]><script>alert(1)</script>"\'&\u0000\u0008\u202E\uD800 | `x` %0A';

export function summaryOf(changes: Partial<Finding> = {}): FindingSummary {
  return findingSummary(exampleFinding(changes), 'reports/runs/x/findings/y/finding.json');
}

export function hostileRun(changes: Partial<RunRecord> = {}): RunRecord {
  const subject = { name: hostileText, version: hostileText, module: `./${hostileText}.ts` };
  const own = { blame: 'subject', subject, sentence: hostileText } as const;
  return exampleRun({
    command: 'gate',
    exitCode: 1,
    subject,
    byImplementation: { [hostileText]: { agree: 1, diverge: 2, inconclusive: 0, skip: 0 } },
    baseline: { path: 'logitfuzz.baseline.json', entries: 2, fixed: [hostileText] },
    findings: [
      summaryOf({ ...own, signature: `1:a ${hostileText}` }),
      summaryOf({ ...own, signature: '1:b', severity: 'inaccurate', symptom: 'threw' }),
      summaryOf({ ...own, signature: '1:c', known: true, operation: 'crossEntropy' }),
      summaryOf({ signature: '1:d', sentence: hostileText }),
    ],
    ...changes,
  });
}
