/** Makes the Finding that is archived from a judged, shrunk case: gathers, decides nothing. */
import { caseToJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import type { AnswerRecord, Finding, Originally } from '../case/finding.ts';
import { toJsonNumber } from '../case/json-number.ts';
import { tensorToJson } from '../case/tensor-json.ts';
import { isAlike, reasonOf, toleranceNameOf, type Alike } from '../case/verdict.ts';
import type { CaseJudgement, ImplementationJudgement, Participants } from '../judge/judge-case.ts';
import type { Answer } from '../oracles/answer.ts';
import type { CaseWork } from '../oracles/exact.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import {
  commonFields,
  subjectRecordOf,
  versionOf,
  type FindingContext,
  type FoundCase,
  type SubjectSetup,
} from './finding-fields.ts';
import { answerFormat } from '../case/answer-format.ts';
import type { ReferenceState } from './sighting.ts';

export function findingContextOf(
  setup: SubjectSetup & { readonly seed: string },
  { subject, references }: Participants,
  states: readonly ReferenceState[],
): FindingContext {
  const arithmetic = Object.fromEntries(
    references.map((reference) => [reference.name, reference.arithmetic]),
  );
  return {
    seed: setup.seed,
    subject: subjectRecordOf(subject, setup),
    references: states,
    arithmetic: { ...arithmetic, subject: subject.arithmetic },
  };
}

interface JudgedFinding extends FoundCase {
  readonly judged: ImplementationJudgement;
  readonly everybody: CaseJudgement;
  /** What is told of it: a divergence like this one. */
  readonly told: Alike;
  readonly originally?: Originally | undefined;
  readonly root?: Case | undefined;
  /** The work on `case`. */
  readonly work: CaseWork;
}

export function buildFinding(described: JudgedFinding): Finding {
  const { case: c, judged, told, originally, root, everybody, work, context } = described;
  const blame = judged.role === 'subject' ? 'subject' : judged.implementation;
  const { verdict, outcome, answer } = judged;
  if (verdict.kind !== 'diverge') throw new Error(`no divergence of ${judged.implementation} to describe`);
  // Every check was made of everybody in the end: what one of them says that was not drawn is no name.
  const divergence = verdict.divergences.find((one) => isAlike(one, told)) ?? verdict.divergences[0];
  const { element, severity, got } = divergence;
  const arithmetic = context.arithmetic[blame] ?? defaultArithmetic;
  const terms =
    element === null || answer === null
      ? []
      : work.explain(arithmetic, element, got)[toleranceNameOf(severity)];
  return {
    ...commonFields(described, { blame, divergence, arithmetic }),
    alsoBy: verdict.divergences
      .map(({ oracle }) => oracle)
      .filter((oracle, i, all) => oracle !== divergence.oracle && all.indexOf(oracle) === i),
    got:
      outcome.kind === 'values' && outcome.tensor !== null
        ? tensorToJson(outcome.tensor, answerFormat(c, arithmetic))
        : null,
    ...answerJson(answer),
    terms: terms.map(({ name, value }) => ({ name, value: toJsonNumber(value) })),
    ...(originally === undefined ? {} : { originally }),
    ...(root === undefined ? {} : { root: caseToJson(root) }),
    answers: everybody.map((other) => answerRecord(other, element, context)),
  };
}

function answerJson(answer: Answer | null): Pick<Finding, 'exact' | 'careful' | 'naive'> {
  if (answer === null) return { exact: null, careful: null, naive: null };
  const { shape, exact, careful, naive } = answer;
  return {
    exact: tensorToJson({ shape, data: exact }, 'float64'),
    careful: tensorToJson({ shape, data: careful }, 'float64'),
    naive: tensorToJson({ shape, data: naive }, 'float64'),
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
