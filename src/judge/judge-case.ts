/**
 * One case, asked of the subject and every reference, judged by every oracle.
 * Runs and judges; archives nothing.
 */
import { plainly } from '../case/call-form.ts';
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import { oracleNames, type Divergence, type Judged, type OracleName, type Verdict } from '../case/verdict.ts';
import type { Answer } from '../oracles/answer.ts';
import { CaseWork } from '../oracles/exact.ts';
import type { Implementation } from '../subjects/implementation.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CheckResult, Evaluation } from './evaluation.ts';
import { oraclesOf, type Oracle } from './oracles.ts';
import { when } from './when.ts';

/** Who is asked a case, and by which oracles they are judged. */
export interface Participants {
  readonly subject: Implementation;
  readonly references: readonly Implementation[];
  /** The oracles that may speak; default all. */
  readonly oracles?: ReadonlySet<OracleName> | undefined;
  /** Laws judged of a case that was drawn for them; default a few, drawn from the case's bytes. */
  readonly lawsPerCase?: number | undefined;
  /** Told before each call of an implementation, by its place in [subject, ...references]. */
  readonly onRun?: ((place: number) => void) | undefined;
  /**
   * What a reference answered to the case within a stack of others;
   * null where it was in none. By place, as above.
   */
  readonly stacked?: ((place: number) => Tensor | null) | undefined;
}

export interface ImplementationJudgement extends Judged {
  readonly outcome: Outcome;
  /** The exact answer with this implementation's tolerances; null where it gave no values to judge. */
  readonly answer: Answer | null;
  readonly checks: readonly CheckResult[];
  /** It diverges, and does not where the case is called the plain way. */
  readonly onlyByForm: boolean;
  /** Answered as a part of a stack of cases (stack.ts), not alone. */
  readonly isStacked: boolean;
}

/** What was concluded of each implementation, in the order of [subject, ...references]. */
export type CaseJudgement = readonly [ImplementationJudgement, ...ImplementationJudgement[]];

export function isDivergence({ verdict }: Pick<ImplementationJudgement, 'verdict'>): boolean {
  return verdict.kind === 'diverge';
}

/** A case, and what it is judged with. */
interface Judging {
  readonly case: Case;
  readonly work: CaseWork;
  readonly participants: Participants;
  /** The oracles that may speak. */
  readonly asked: readonly Oracle[];
}

/**
 * Asks the subject and each reference, and judges each by every oracle. A promise only where an
 * implementation returned one. `work` is for who judges the case more than once, or has more to say of it.
 */
export function judgeCase(
  c: Case,
  participants: Participants,
  work: CaseWork = new CaseWork(c),
): CaseJudgement | Promise<CaseJudgement> {
  if (!work.isOf(c)) throw new Error('the work is of another case');
  const judging: Judging = { case: c, work, participants, asked: oraclesOf(participants.oracles) };
  return evaluateFrom(0, judging, []);
}

/** The implementations from this place on, one after the other. */
function evaluateFrom(
  place: number,
  judging: Judging,
  evaluations: Evaluation[],
): CaseJudgement | Promise<CaseJudgement> {
  for (let next = place; next <= judging.participants.references.length; next++) {
    const one = evaluateInForm(judging, next);
    if (one instanceof Promise) {
      return one.then((settled) => {
        evaluations.push(settled);
        return evaluateFrom(next + 1, judging, evaluations);
      });
    }
    evaluations.push(one);
  }
  const { asked } = judging;
  if (evaluations.length > 1)
    for (const oracle of asked) if (oracle.judges === 'all') oracle.judge(evaluations, asked);
  return evaluations.map(conclude) as unknown as CaseJudgement;
}

/** Where a subject diverges that was called in another form than the plain one, it is called so as well. */
function evaluateInForm(judging: Judging, place: number): Evaluation | Promise<Evaluation> {
  const { call } = judging.case;
  if (call === undefined) return evaluate(judging, place);
  return when(evaluate(judging, place), (inForm) => {
    if (inForm.divergences.length === 0 || inForm.implementation.role !== 'subject') return inForm;
    return when(evaluate({ ...judging, case: plainly(judging.case) }, place), (plain) => {
      inForm.onlyByForm = plain.divergences.length === 0;
      return inForm;
    });
  });
}

function evaluate(judging: Judging, place: number): Evaluation | Promise<Evaluation> {
  const { case: c, participants, asked } = judging;
  const implementation = place === 0 ? participants.subject : participants.references[place - 1]!;
  const isForOthers = c.invalid !== undefined && implementation.role === 'reference';
  const reason = isForOthers
    ? 'invalid arguments, which only the subject is asked'
    : implementation.declines(c);
  if (reason !== null) return begin(judging, implementation, { kind: 'unsupported', reason });
  const stacked = participants.stacked?.(place) ?? null;
  if (stacked !== null) {
    // What it answered in company: whether it would alone is asked where a finding is made of it.
    const outcome: Outcome = { kind: 'values', tensor: stacked, violations: [] };
    return askFrom(0, begin(judging, implementation, outcome, { isStacked: true }), asked);
  }
  participants.onRun?.(place);
  return when(implementation.run(c), (outcome) => askFrom(0, begin(judging, implementation, outcome), asked));
}

function begin(
  { case: c, work, participants }: Judging,
  implementation: Implementation,
  outcome: Outcome,
  { isStacked = false }: { isStacked?: boolean } = {},
): Evaluation {
  const values =
    outcome.kind === 'values' && outcome.tensor !== null
      ? { tensor: outcome.tensor, answer: work.answer(implementation.arithmetic) }
      : null;
  return {
    case: c,
    work,
    implementation,
    outcome,
    values,
    isStacked,
    lawsPerCase: participants.lawsPerCase,
    checks: [],
    divergences: [],
    onlyByForm: false,
    worstRatio: 0,
    inconclusiveElements: 0,
  };
}

/**
 * The oracles from this place on, one after the other:
 * each may have to wait for what it asks of the implementation.
 */
function askFrom(
  place: number,
  evaluation: Evaluation,
  asked: readonly Oracle[],
): Evaluation | Promise<Evaluation> {
  if (evaluation.outcome.kind === 'unsupported') return evaluation;
  for (let next = place; next < asked.length; next++) {
    const pending = askOne(asked[next]!, evaluation);
    if (pending instanceof Promise) return pending.then(() => askFrom(next + 1, evaluation, asked));
  }
  return evaluation;
}

function askOne(oracle: Oracle, evaluation: Evaluation): void | Promise<void> {
  switch (oracle.judges) {
    case 'outcome':
      return oracle.judge(evaluation);
    case 'values':
      return evaluation.values === null ? undefined : oracle.judge(evaluation, evaluation.values);
    case 'all':
      return; // once everybody has been judged alone
  }
}

function conclude(evaluation: Evaluation): ImplementationJudgement {
  const { implementation, outcome, values, checks, isStacked, onlyByForm } = evaluation;
  return {
    implementation: implementation.name,
    role: implementation.role,
    verdict: verdictOf(evaluation),
    outcome,
    answer: values?.answer ?? null,
    checks,
    onlyByForm,
    isStacked,
  };
}

function verdictOf({ outcome, divergences, worstRatio, inconclusiveElements }: Evaluation): Verdict {
  if (outcome.kind === 'unsupported') return { kind: 'skip', reason: outcome.reason };
  if (divergences.length > 0) {
    const sorted = [...divergences].sort(byOracleThenSeverity) as unknown as readonly [
      Divergence,
      ...Divergence[],
    ];
    return { kind: 'diverge', divergences: sorted };
  }
  if (inconclusiveElements > 0) {
    return { kind: 'inconclusive', reason: 'an intermediate result may overflow', inconclusiveElements };
  }
  return { kind: 'agree', worstRatio, inconclusiveElements: 0 };
}

function byOracleThenSeverity(a: Divergence, b: Divergence): number {
  const byOracle = oracleNames.indexOf(a.oracle) - oracleNames.indexOf(b.oracle);
  return byOracle !== 0 ? byOracle : severityRank(a) - severityRank(b);
}

function severityRank(d: Divergence): number {
  return d.severity === 'wrong' ? 0 : 1;
}
