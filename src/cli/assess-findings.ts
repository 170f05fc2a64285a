/**
 * A campaign's findings against the baseline: which are known,
 * which entries are fixed, and the exit code that this makes.
 */
import { fixedEntries, isListed, updatedBaseline, type Baseline, type Reach } from '../archive/baseline.ts';
import { isFailing } from '../archive/failing.ts';
import type { BaselineRecord } from '../archive/run-record.ts';
import type { CampaignResult } from '../campaign/observers.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import type { Finding } from '../case/finding.ts';
import { UsageError } from '../contract/failure.ts';
import type { CampaignRequest } from './campaign-options.ts';
import type { RunSettings } from './campaign-settings.ts';
import { exitCodeOf, type Ending } from './exit-code.ts';

export interface Assessment {
  readonly exitCode: number;
  readonly findings: readonly Finding[];
  /** Null where the run was compared with none. */
  readonly baseline: BaselineRecord | null;
  /** The baseline to be written; null where it stays as it is. */
  readonly update: Baseline | null;
  readonly judged: number;
  readonly minCases: number;
}

export function assess(
  { plan, minCases: asked }: CampaignRequest,
  result: CampaignResult,
  { runSettings, interruptedBy }: { runSettings: RunSettings; interruptedBy: Ending['interruptedBy'] },
): Assessment {
  const { tally, brokenBy, subject } = result;
  const reach = reachOf(plan, result);
  const judged = tally.cases - tally.verdicts.skip;
  const minCases = Math.max(asked, Math.ceil(runSettings.judgedShareMin * tally.cases));
  const isWhole = plan.command === 'gate' && plan.shard.of === 1 && result.stoppedBy === 'runs';
  const mayUpdate = runSettings.update && isWhole && interruptedBy === null && judged >= minCases;
  const update = mayUpdate
    ? updatedBaseline(runSettings.baseline?.subject === subject.name ? runSettings.baseline : null, {
        subject: subject.name,
        findings: result.findings,
        reach,
      })
    : null;
  const listed = update ?? runSettings.baseline;
  const findings = result.findings.map((finding) => markKnown(finding, listed));
  const fixed = isWhole ? fixedEntries(listed, { findings, reach }) : [];
  const failing = findings.filter((finding) => isFailing(finding, plan));
  const exitCode = exitCodeOf({
    interruptedBy,
    missingRequired: [],
    brokenReference: brokenBy !== null && brokenBy.blame !== 'subject',
    subjectSeverities: failing.filter(({ blame }) => blame === 'subject').map(({ severity }) => severity),
    newOfReferences: failing.filter(({ blame }) => blame !== 'subject').length,
    staleEntries: fixed.length,
    strict: plan.strict,
    judged,
    minCases,
  });
  const baseline =
    listed === null
      ? null
      : { path: runSettings.baselinePath, entries: Object.keys(listed.findings).length, fixed };
  return { exitCode, findings, baseline, update, judged, minCases };
}

export function markKnown(finding: Finding, baseline: Baseline | null): Finding {
  return isListed(baseline, finding) ? { ...finding, known: true } : finding;
}

function reachOf({ operations, formats }: CampaignPlan, { references }: CampaignResult): Reach {
  return { operations, formats, isComplete: references.every(({ available }) => available) };
}

/** @throws UsageError where the baseline lists the divergences of another subject. */
export function checkBaseline({ baseline, baselinePath, update }: RunSettings, subject: string): void {
  if (update || baseline === null || Object.keys(baseline.findings).length === 0) return;
  if (baseline.subject === subject) return;
  throw new UsageError(
    `${baselinePath} is the baseline of ${JSON.stringify(baseline.subject)}, and ${JSON.stringify(subject)} ` +
      'is to be judged: name its own with --baseline',
  );
}
