/** Everything that can be said of one case, for replay: each implementation's answer and verdict. */
import type { Case } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import { toleranceNameOf, type Divergence, type ToleranceTerm, type Verdict } from '../case/verdict.ts';
import type { AssumedArithmetic } from '../contract/subject.ts';
import { judgeCase, type ImplementationJudgement, type Participants } from '../judge/judge-case.ts';
import { CaseWork } from '../oracles/exact.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { signaturesOf } from './finding-key.ts';

export interface ExplainedImplementation {
  readonly name: string;
  readonly version: string;
  readonly role: 'subject' | 'reference';
  readonly verdict: Verdict;
  /** The signature of each divergence, in the verdict's order; [] where it does not diverge. */
  readonly signatures: readonly string[];
  /** Null where it gave no values. */
  readonly values: readonly number[] | null;
  readonly careful: readonly number[] | null;
  readonly naive: readonly number[] | null;
  readonly arithmetic: AssumedArithmetic;
  /**
   * What the element of each divergence was allowed at its
   * severity, in the verdict's order; [] where it has none.
   */
  readonly terms: readonly (readonly ToleranceTerm[])[];
}

export interface Explanation {
  /** Null where no implementation gave values. */
  readonly exact: readonly number[] | null;
  readonly implementations: readonly ExplainedImplementation[];
}

export async function explainCase(c: Case, participants: Participants): Promise<Explanation> {
  const work = new CaseWork(c);
  const judgement = await judgeCase(c, { ...participants, lawsPerCase: Infinity }, work);
  const answer = judgement.find((judged) => judged.answer !== null)?.answer;
  const asked = [participants.subject, ...participants.references];
  return {
    exact: answer ? [...answer.exact] : null,
    implementations: judgement.map((judged, place) => explained(work, judged, asked[place]!)),
  };
}

/** The implementation that is blamed, among those that were asked. */
export function blamedIn(
  { blame }: Pick<Finding, 'blame'>,
  { implementations }: Explanation,
): ExplainedImplementation {
  const isBlamed = ({ name, role }: ExplainedImplementation): boolean =>
    blame === 'subject' ? role === 'subject' : role === 'reference' && name === blame;
  return implementations.find(isBlamed)!;
}

function explained(
  work: CaseWork,
  judged: ImplementationJudgement,
  { version, arithmetic }: Implementation,
): ExplainedImplementation {
  const { implementation: name, role, verdict, outcome, answer } = judged;
  const divergences = verdict.kind === 'diverge' ? verdict.divergences : [];
  return {
    name,
    version,
    role,
    verdict,
    signatures: signaturesOf(work.case, judged, version),
    values: outcome.kind === 'values' && outcome.tensor !== null ? [...outcome.tensor.data] : null,
    careful: answer === null ? null : [...answer.careful],
    naive: answer === null ? null : [...answer.naive],
    arithmetic,
    terms: divergences.map((divergence) => (answer === null ? [] : termsOf(work, arithmetic, divergence))),
  };
}

function termsOf(
  work: CaseWork,
  arithmetic: AssumedArithmetic,
  { element, severity, got }: Divergence,
): readonly ToleranceTerm[] {
  if (element === null) return [];
  return work.explain(arithmetic, element, got)[toleranceNameOf(severity)];
}
