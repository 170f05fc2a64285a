/** From a judged, shrunk case to the Finding that is archived: gathers, decides nothing. */
import { caseToJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import { caseSummary } from '../case/case-summary.ts';
import type { AnswerRecord, Finding, ReferenceRecord, ShrinkRecord, SubjectRecord } from '../case/finding.ts';
import { toJsonNumber } from '../case/json-number.ts';
import { packageVersion } from '../contract/package-version.ts';
import { tensorToJson } from '../case/tensor-json.ts';
import { reasonOf, type Divergence } from '../case/verdict.ts';
import type { Arithmetic } from '../contract/subject.ts';
import { generatorVersion } from '../generate/generate-case.ts';
import type { CaseJudgement, ImplementationJudgement, Participants } from '../judge/judge-case.ts';
import type { Answer } from '../oracles/answer.ts';
import { explainTolerance } from '../oracles/exact.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { findingKey, type FindingKey } from './finding-key.ts';
import type { WorkerSetup } from './protocol.ts';
import type { ReferenceState } from './sighting.ts';

/** What is the same for every finding of a campaign. */
export interface FindingContext {
  readonly seed: string;
  readonly subject: SubjectRecord;
  readonly references: readonly ReferenceRecord[];
  /** Of each implementation, by name; the subject's under 'subject'. */
  readonly arithmetic: Readonly<Record<string, Required<Arithmetic>>>;
}

export function findingContextOf(
  setup: Pick<WorkerSetup, 'seed' | 'subject'>,
  { subject, references }: Participants,
  states: readonly ReferenceState[],
): FindingContext {
  const arithmetic = Object.fromEntries(
    references.map((reference) => [reference.name, reference.arithmetic]),
  );
  return {
    seed: setup.seed,
    subject: { name: subject.name, version: subject.version, module: setup.subject },
    references: states,
    arithmetic: { ...arithmetic, subject: subject.arithmetic },
  };
}

interface Described extends FindingKey {
  readonly case: Case;
  readonly original: Case;
  /** Negative for a case of the corpus. */
  readonly index: number;
  readonly judged: ImplementationJudgement;
  readonly everybody: CaseJudgement;
  readonly shrink: ShrinkRecord;
  readonly context: FindingContext;
}

export function buildFinding(described: Described): Finding {
  const { case: c, judged, everybody, signature, context } = described;
  const blame = judged.role === 'subject' ? 'subject' : judged.implementation;
  const version = versionOf(blame, context);
  const { verdict, outcome, answer, isStacked } = judged;
  if (verdict.kind !== 'diverge') throw new Error(`no divergence of ${judged.implementation} to describe`);
  const divergence =
    verdict.divergences.find(
      (d) => findingKey({ case: c, blame, version, divergence: d, isStacked }).signature === signature,
    ) ?? verdict.divergences[0];
  const { element, severity } = divergence;
  const arithmetic = context.arithmetic[blame] ?? defaultArithmetic;
  const terms =
    element === null || answer === null ? [] : explainTolerance(c, arithmetic, element)[termsOf(severity)];
  return {
    ...inCommon(described, { blame, divergence, arithmetic }),
    alsoBy: verdict.divergences
      .map(({ oracle }) => oracle)
      .filter((oracle, i, all) => oracle !== divergence.oracle && all.indexOf(oracle) === i),
    got: outcome.kind === 'values' && outcome.tensor !== null ? tensorToJson(outcome.tensor) : null,
    ...answerJson(answer),
    terms: terms.map(({ name, value }) => ({ name, value: toJsonNumber(value) })),
    answers: everybody.map((other) => answerRecord(other, element, context)),
  };
}

/** The finding of a call that never came back: nobody else was asked, and there is nothing to compare. */
export function buildDeathFinding(
  lost: Pick<Described, 'case' | 'index' | 'signature' | 'ledger' | 'context'> & {
    readonly blame: string;
    readonly divergence: Divergence;
  },
): Finding {
  const { case: c, blame, divergence, context } = lost;
  const arithmetic = context.arithmetic[blame] ?? defaultArithmetic;
  const shrink: ShrinkRecord = { evaluations: 0, steps: 0, stoppedBy: 'none', confirmed: false };
  return {
    ...inCommon({ ...lost, original: c, shrink }, { blame, divergence, arithmetic }),
    alsoBy: [],
    got: null,
    ...answerJson(null),
    terms: [],
    answers: [
      {
        name: blame === 'subject' ? context.subject.name : blame,
        version: versionOf(blame, context),
        role: blame === 'subject' ? 'subject' : 'reference',
        verdict: 'diverge',
        reason: divergence.detail,
        value: null,
      },
    ],
  };
}

type Common = Omit<Finding, 'alsoBy' | 'got' | 'exact' | 'careful' | 'naive' | 'terms' | 'answers'>;

function inCommon(
  {
    case: c,
    original,
    index,
    signature,
    ledger,
    shrink,
    context,
  }: Pick<Described, 'case' | 'original' | 'index' | 'signature' | 'ledger' | 'shrink' | 'context'>,
  {
    blame,
    divergence,
    arithmetic,
  }: { blame: string; divergence: Divergence; arithmetic: Required<Arithmetic> },
): Common {
  return {
    schemaVersion: 1,
    signature,
    operation: c.operation,
    direction: c.direction,
    format: c.format,
    oracle: divergence.oracle,
    blame,
    severity: divergence.severity,
    symptom: divergence.symptom,
    known: ledger !== null,
    ledger,
    count: 1,
    ulps: divergence.ulps,
    case: caseSummary(c),
    sentence: divergence.detail,
    law: divergence.law,
    seed: context.seed,
    index,
    minimal: caseToJson(c),
    original: caseToJson(original),
    element: divergence.element,
    guilty: divergence.guilty,
    allowed: divergence.allowed === null ? null : toJsonNumber(divergence.allowed),
    subject: context.subject,
    arithmetic,
    references: context.references,
    shrink,
    provenance: {
      tool: packageVersion,
      generatorVersion,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    },
  };
}

function termsOf(severity: Divergence['severity']): 'careful' | 'naive' {
  return severity === 'wrong' ? 'naive' : 'careful';
}

function answerJson(answer: Answer | null): Pick<Finding, 'exact' | 'careful' | 'naive'> {
  if (answer === null) return { exact: null, careful: null, naive: null };
  const { shape, exact, careful, naive } = answer;
  return {
    exact: tensorToJson({ shape, data: exact }),
    careful: tensorToJson({ shape, data: careful }),
    naive: tensorToJson({ shape, data: naive }),
  };
}

function answerRecord(
  judged: ImplementationJudgement,
  element: number | null,
  context: FindingContext,
): AnswerRecord {
  const { implementation: name, role, verdict, outcome } = judged;
  const value = element !== null && outcome.kind === 'values' ? outcome.tensor?.data[element] : undefined;
  return {
    name,
    version: versionOf(role === 'subject' ? 'subject' : name, context),
    role,
    verdict: verdict.kind,
    reason: reasonOf(verdict),
    value: value === undefined ? null : toJsonNumber(value),
  };
}

function versionOf(blame: string, { subject, references }: FindingContext): string {
  if (blame === 'subject') return subject.version;
  return references.find(({ name }) => name === blame)?.version ?? 'unknown';
}
