/** Everything that can be said of one case, for replay: each implementation's answer and verdict. */
import type { Case } from '../case/case.ts';
import type { Verdict } from '../case/verdict.ts';
import { judgeCase, type ImplementationJudgement, type Jury } from '../judge/judge-case.ts';
import { nameDivergence } from './name-divergence.ts';

export interface ExplainedImplementation {
  readonly name: string;
  readonly version: string;
  readonly role: 'subject' | 'reference';
  readonly verdict: Verdict;
  /** Of each divergence, in the verdict's order; [] where it does not diverge. */
  readonly signatures: readonly string[];
  /** Null where it gave no values. */
  readonly values: readonly number[] | null;
  readonly careful: readonly number[] | null;
}

export interface Explanation {
  /** Null where no implementation gave values. */
  readonly exact: readonly number[] | null;
  readonly implementations: readonly ExplainedImplementation[];
}

export async function explainCase(c: Case, jury: Jury): Promise<Explanation> {
  const judgement = await judgeCase(c, { ...jury, lawsPerCase: Infinity });
  const answer = judgement.find((judged) => judged.answer !== null)?.answer;
  const versions = [jury.subject.version, ...jury.references.map((reference) => reference.version)];
  return {
    exact: answer ? [...answer.exact] : null,
    implementations: judgement.map((judged, place) => explained(c, judged, versions[place]!)),
  };
}

function explained(c: Case, judged: ImplementationJudgement, version: string): ExplainedImplementation {
  const { implementation: name, role, verdict, outcome, answer } = judged;
  const blame = role === 'subject' ? 'subject' : name;
  return {
    name,
    version,
    role,
    verdict,
    signatures:
      verdict.kind === 'diverge'
        ? verdict.divergences.map(
            (divergence) => nameDivergence({ case: c, blame, version, divergence }).signature,
          )
        : [],
    values: outcome.kind === 'values' && outcome.tensor !== null ? [...outcome.tensor.data] : null,
    careful: answer === null ? null : [...answer.careful],
  };
}
