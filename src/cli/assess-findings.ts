/**
 * A campaign's findings against the baseline: which are known,
 * which entries are fixed, and the exit code that this makes.
 */
import {
  fixedEntries,
  growthOf,
  isListed,
  kernelsListed,
  updatedBaseline,
  type Baseline,
  type JudgedCases,
  type Reach,
} from '../archive/baseline.ts';
import { isFailing } from '../archive/failing.ts';
import type {
  BaselineRecord,
  LeftOutRecord,
  ListedKernels,
  MissingKernel,
  RunRecord,
} from '../archive/run-record.ts';
import { foremost } from '../campaign/findings.ts';
import type { CampaignResult } from '../campaign/observers.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { causesOf } from '../case/cause.ts';
import type { Finding } from '../case/finding.ts';
import { UsageError } from '../contract/failure.ts';
import { referenceNamed } from '../../reference/index.ts';
import { kernelNames, type KernelName } from '../contract/subject.ts';
import type { SubjectState } from '../examine/sighting.ts';
import { kernelsOf } from '../generate/case-draw.ts';
import { exportedKernels, spaceOf } from '../worker/space.ts';
import { generatorVersion } from '../generate/generate-case.ts';
import { defaultMaxElements } from '../generate/shape.ts';
import type { CampaignRequest } from './campaign-options.ts';
import type { RunSettings } from './campaign-settings.ts';
import { exitCodeOf, type Ending, type FindingsExit } from './exit-code.ts';

export interface Assessment {
  readonly exitCode: number;
  readonly findingsExit: FindingsExit;
  readonly findings: readonly Finding[];
  /** Those of causes beyond `--max-findings`, which are counted only; they fail the run as others do. */
  readonly leftOut: LeftOutRecord;
  /** Null where the run was compared with none. */
  readonly baseline: BaselineRecord | null;
  /** The baseline to be written; null where it stays as it is. */
  readonly update: (Baseline & { readonly cases: JudgedCases }) | null;
  readonly judged: number;
  readonly minCases: number;
  readonly missingKernels: readonly MissingKernel[];
}

export function assess(
  { plan, minCases: asked, findingsExit: exit, listed: demanded }: CampaignRequest,
  result: CampaignResult,
  { runSettings, interruptedBy }: { runSettings: RunSettings; interruptedBy: Ending['interruptedBy'] },
): Assessment {
  const { tally, brokenBy, subject } = result;
  const findingsExit: FindingsExit = exit ?? 1;
  const reach = reachOf(plan, result);
  const cases = judgedCasesOf(plan, subject);
  const judged = tally.cases - tally.verdicts.skip;
  const minCases = Math.max(asked, Math.ceil(runSettings.judgedShareMin * tally.cases));
  const isWhole = plan.command === 'gate' && plan.shard.of === 1 && result.stoppedBy === 'runs';
  const mayUpdate = runSettings.update && isWhole && interruptedBy === null && judged >= minCases;
  const update = mayUpdate
    ? updatedBaseline(runSettings.baseline?.subject === subject.name ? runSettings.baseline : null, {
        subject: subject.name,
        cases,
        findings: result.findings,
        causes: causesOf(result.findings).map(({ id, findings: own }) => ({
          id,
          signatures: own.map(({ signature }) => signature),
        })),
        reach,
        exported: exportedKernels(subject),
      })
    : null;
  const listed = update ?? runSettings.baseline;
  const findings = result.findings.map((finding) =>
    markGrowth(markKnown(finding, listed), listed, plan.maximize ? null : cases),
  );
  const fixed = isWhole ? fixedEntries(listed, { findings, reach, cases }) : [];
  const missingKernels = missingFrom(subject, [
    ...(demanded === undefined ? [] : [demanded]),
    ...(plan.command === 'gate' && listed?.subject === subject.name
      ? [{ kernels: kernelsListed(listed), by: runSettings.baselinePath }]
      : []),
  ]);
  const failing = findings.filter((finding) => isFailing(finding, plan));
  const exitCode = exitCodeOf({
    interruptedBy,
    missingRequired: [],
    brokenReference: brokenBy !== null && brokenBy.blame !== 'subject',
    hasLost: result.lost !== undefined,
    ...failingOfSubject(findings, plan),
    missingKernels: missingKernels.length,
    newOfReferences: failing.filter(({ blame }) => referenceNamed(blame) !== undefined).length,
    failingOfOwnReferences: failing.filter(
      ({ blame }) => blame !== 'subject' && referenceNamed(blame) === undefined,
    ).length,
    staleEntries: fixed.length,
    strict: plan.strict,
    findingsExit,
    judged,
    minCases,
  });
  const baseline =
    listed === null
      ? null
      : {
          path: runSettings.baselinePath,
          entries: Object.keys(listed.findings).length,
          fixed,
          grown: findings.filter(({ growth }) => growth !== undefined).map(({ signature }) => signature),
        };
  const { told, leftOut, causes } = foremost(findings, plan.maxFindings);
  return {
    exitCode,
    findingsExit,
    findings: told,
    leftOut: {
      count: leftOut.length,
      ...(causes === 0 ? {} : { causes }),
      failing: leftOut.filter((finding) => failing.includes(finding)).length,
    },
    baseline,
    update,
    judged,
    minCases,
    missingKernels,
  };
}

/** The kernels on these lists that the subject does not export, each with the first list that has it. */
function missingFrom(subject: SubjectState, lists: readonly ListedKernels[]): readonly MissingKernel[] {
  const exported = exportedKernels(subject);
  const listedBy = new Map<KernelName, string>();
  for (const { kernels, by } of lists)
    for (const kernel of kernels) if (!listedBy.has(kernel)) listedBy.set(kernel, by);
  return kernelNames
    .filter((kernel) => listedBy.has(kernel) && !exported.includes(kernel))
    .map((kernel) => ({ kernel, listedBy: listedBy.get(kernel)! }));
}

export function markKnown(finding: Finding, baseline: Baseline | null): Finding {
  return isListed(baseline, finding) ? { ...finding, known: true } : finding;
}

/** What has grown is known, too: the baseline lists the divergence, if not as bad as it is now. */
function markGrowth(finding: Finding, baseline: Baseline | null, cases: JudgedCases | null): Finding {
  const growth = growthOf(baseline, finding, cases);
  return growth === null ? finding : { ...finding, known: true, growth };
}

/** What decides which cases a campaign judged. */
function judgedCasesOf(plan: CampaignPlan, subject: SubjectState): JudgedCases {
  const { seed, runs, formats, supports, maxElements = defaultMaxElements } = plan;
  const exported = exportedKernels(subject);
  const kernels = kernelsDrawn(plan).filter((kernel) => exported.includes(kernel));
  return {
    seed,
    runs,
    generatorVersion,
    kernels,
    formats,
    ...(supports === undefined ? {} : { supports }),
    maxElements,
  };
}

function kernelsDrawn(plan: CampaignPlan): readonly KernelName[] {
  return kernelsOf(spaceOf(plan)).map(({ kernel }) => kernel);
}

/** What of a subject's findings fails a run: what is new, and what has grown. */
export function failingOfSubject(
  findings: readonly Finding[],
  strictness: Pick<RunRecord, 'command' | 'strict' | 'strictReferences'>,
): Pick<Ending, 'subjectSeverities' | 'grown'> {
  const failing = findings.filter((finding) => finding.blame === 'subject' && isFailing(finding, strictness));
  return {
    subjectSeverities: failing.filter(({ growth }) => growth === undefined).map(({ severity }) => severity),
    grown: failing.filter(({ growth }) => growth !== undefined).length,
  };
}

function reachOf(plan: CampaignPlan, { references }: CampaignResult): Reach {
  return {
    kernels: kernelsDrawn(plan),
    formats: plan.formats,
    isComplete: references.every(({ available }) => available),
  };
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
