/** One case, asked of the subject and every reference, judged by every oracle. Runs and judges; archives nothing. */
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import { oracleNames, type Divergence, type Judged, type OracleName, type Verdict } from '../case/verdict.ts';
import type { Implementation } from '../subjects/implementation.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Answer } from '../oracles/answer.ts';
import { judgeConduct } from '../oracles/conduct.ts';
import { answerOf } from '../oracles/exact.ts';
import { judgeDifferential } from '../oracles/differential.ts';
import { judgeGradient, judgeOwnGradient } from '../oracles/gradient/judge-gradient.ts';
import { judgeValues } from '../oracles/judge-values.ts';
import { judgeProperties } from '../../properties/judge-properties.ts';
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
  /** What a reference answered to the case within a stack of others; null where it was in none. By place, as above. */
  readonly stacked?: ((place: number) => Tensor | null) | undefined;
}

/** What a drawn check came to: done, or why not. */
export interface CheckResult {
  readonly check: 'repeat' | 'gradient' | 'own-gradient' | 'property';
  readonly skipped: string | null;
}

export interface ImplementationJudgement extends Judged {
  readonly outcome: Outcome;
  /** The exact answer with this implementation's tolerances; null where it gave no values to judge. */
  readonly answer: Answer | null;
  readonly checks: readonly CheckResult[];
  /** Answered as a part of a stack of cases (stack.ts), not alone. */
  readonly isStacked: boolean;
}

/** What was concluded of each implementation, in the order of [subject, ...references]. */
export type CaseJudgement = readonly [ImplementationJudgement, ...ImplementationJudgement[]];

export function isDivergence({ verdict }: Pick<ImplementationJudgement, 'verdict'>): boolean {
  return verdict.kind === 'diverge';
}

const allOracles: ReadonlySet<OracleName> = new Set(oracleNames);

/**
 * Asks the subject and each reference, and judges each by every oracle. A promise only where an
 * implementation returned one.
 */
export function judgeCase(c: Case, participants: Participants): CaseJudgement | Promise<CaseJudgement> {
  const evaluations: Evaluation[] = [];
  return evaluateFrom(0);

  function evaluateFrom(place: number): CaseJudgement | Promise<CaseJudgement> {
    for (let next = place; next <= participants.references.length; next++) {
      const implementation = next === 0 ? participants.subject : participants.references[next - 1]!;
      const one = evaluate(c, implementation, participants, next);
      if (one instanceof Promise) {
        return one.then((settled) => {
          evaluations.push(settled);
          return evaluateFrom(next + 1);
        });
      }
      evaluations.push(one);
    }
    const oracles = participants.oracles ?? allOracles;
    if (evaluations.length > 1 && oracles.has('differential'))
      compareWithOthers(c, evaluations, { always: !oracles.has('exact') });
    return evaluations.map(conclude) as unknown as CaseJudgement;
  }
}

/** What is known of one implementation before it is compared with the others. */
interface Evaluation {
  readonly implementation: Implementation;
  readonly outcome: Outcome;
  readonly answer: Answer | null;
  readonly checks: CheckResult[];
  readonly divergences: Divergence[];
  readonly worstRatio: number;
  readonly inconclusiveElements: number;
  readonly isStacked: boolean;
}

function silent(implementation: Implementation, outcome: Outcome): Evaluation {
  return {
    implementation,
    outcome,
    answer: null,
    checks: [],
    divergences: [],
    worstRatio: 0,
    inconclusiveElements: 0,
    isStacked: false,
  };
}

function evaluate(
  c: Case,
  implementation: Implementation,
  participants: Participants,
  place: number,
): Evaluation | Promise<Evaluation> {
  const reason = implementation.declines(c);
  if (reason !== null) return silent(implementation, { kind: 'unsupported', reason });
  const stacked = participants.stacked?.(place) ?? null;
  if (stacked !== null)
    return evaluateStacked(c, implementation, stacked, participants.oracles ?? allOracles);
  participants.onRun?.(place);
  const outcome = implementation.run(c);
  return outcome instanceof Promise
    ? outcome.then((later) => evaluateFirst(c, implementation, participants, later))
    : evaluateFirst(c, implementation, participants, outcome);
}

function evaluateFirst(
  c: Case,
  implementation: Implementation,
  participants: Participants,
  outcome: Outcome,
): Evaluation | Promise<Evaluation> {
  if (outcome.kind === 'unsupported') return silent(implementation, outcome);
  const isRepeated = c.checks.includes('repeat') && (participants.oracles ?? allOracles).has('conduct');
  if (!isRepeated) return evaluateOutcome(c, implementation, participants, outcome);
  return when(implementation.run(c), (repeat) =>
    evaluateOutcome(c, implementation, participants, outcome, repeat),
  );
}

function evaluateOutcome(
  c: Case,
  implementation: Implementation,
  participants: Participants,
  outcome: Outcome,
  repeat?: Outcome,
): Evaluation | Promise<Evaluation> {
  const oracles = participants.oracles ?? allOracles;
  const checks: CheckResult[] = repeat === undefined ? [] : [{ check: 'repeat', skipped: null }];
  const divergences: Divergence[] = [];
  if (oracles.has('conduct')) pushIfAny(divergences, judgeConduct(outcome, repeat));
  if (outcome.kind !== 'values' || outcome.tensor === null)
    return { ...silent(implementation, outcome), checks, divergences };
  const answer = answerOf(c, implementation.arithmetic);
  let worstRatio = 0;
  let inconclusiveElements = 0;
  if (oracles.has('exact')) {
    const judgement = judgeValues(c, outcome.tensor, answer, implementation.arithmetic);
    pushIfAny(divergences, judgement.divergence);
    ({ worstRatio, inconclusiveElements } = judgement);
  }
  const evaluation = {
    implementation,
    outcome,
    answer,
    checks,
    divergences,
    worstRatio,
    inconclusiveElements,
    isStacked: false,
  };
  if (c.checks.length === 0) return evaluation;
  return when(evaluateGradient(c, outcome.tensor, evaluation, oracles), () =>
    when(evaluateLaws(c, outcome.tensor!, evaluation, participants), () => evaluation),
  );
}

/** The numerical gradient of the specified forward; of the subject's own forward, too. */
function evaluateGradient(
  c: Case,
  tensor: Tensor,
  { implementation, answer, checks, divergences }: Evaluation,
  oracles: ReadonlySet<OracleName>,
): void | Promise<void> {
  if (!oracles.has('gradient') || !c.checks.includes('gradient') || c.direction === 'forward') return;
  const specified = judgeGradient(c, tensor, answer!);
  checks.push({ check: 'gradient', skipped: specified.skipped });
  pushIfAny(divergences, specified.divergence);
  if (implementation.role !== 'subject') return;
  return when(judgeOwnGradient(c, implementation, tensor, answer!), ({ skipped, divergence }) => {
    checks.push({ check: 'own-gradient', skipped });
    pushIfAny(divergences, divergence);
  });
}

function evaluateLaws(
  c: Case,
  tensor: Tensor,
  { implementation, answer, checks, divergences }: Evaluation,
  { oracles = allOracles, lawsPerCase }: Participants,
): void | Promise<void> {
  if (!oracles.has('property') || !c.checks.includes('property') || implementation.role !== 'subject') return;
  const options = lawsPerCase === undefined ? { answer: answer! } : { answer: answer!, lawsPerCase };
  return when(judgeProperties(c, tensor, implementation, options), (divergence) => {
    pushIfAny(divergences, divergence);
    checks.push({ check: 'property', skipped: null });
  });
}

/** What it answered in company: whether it would alone is asked where a finding is made of it. */
function evaluateStacked(
  c: Case,
  implementation: Implementation,
  tensor: Tensor,
  oracles: ReadonlySet<OracleName>,
): Evaluation {
  const answer = answerOf(c, implementation.arithmetic);
  const { divergence, worstRatio, inconclusiveElements } = judgeValues(
    c,
    tensor,
    answer,
    implementation.arithmetic,
  );
  const checks: CheckResult[] = [];
  const divergences: Divergence[] = [];
  if (oracles.has('exact')) pushIfAny(divergences, divergence);
  if (oracles.has('gradient') && c.checks.includes('gradient') && c.direction !== 'forward') {
    const specified = judgeGradient(c, tensor, answer);
    pushIfAny(divergences, specified.divergence);
    checks.push({ check: 'gradient', skipped: specified.skipped });
  }
  const outcome: Outcome = { kind: 'values', tensor, violations: [] };
  const isStacked = true;
  return {
    implementation,
    outcome,
    answer,
    checks,
    divergences,
    worstRatio,
    inconclusiveElements,
    isStacked,
  };
}

function pushIfAny(divergences: Divergence[], divergence: Divergence | null): void {
  if (divergence !== null) divergences.push(divergence);
}

/**
 * The differential oracle says only that two cannot both be right. Where the exact oracle has named the one that is
 * wrong it joins that verdict; alone it speaks of the subject, and only when the exact oracle is not asked (`always`).
 */
function compareWithOthers(
  c: Case,
  evaluations: readonly Evaluation[],
  { always }: { always: boolean },
): void {
  const subject = evaluations[0]!;
  for (const reference of evaluations.slice(1)) {
    const [a, b] = [valuesOf(subject), valuesOf(reference)];
    if (a === null || b === null) continue;
    if (!always && subject.divergences.length === 0 && reference.divergences.length === 0) continue;
    const blamed = always || subject.divergences.length > 0 ? subject : reference;
    const difference = blamed === subject ? judgeDifferential(c, a, b) : judgeDifferential(c, b, a);
    if (difference === null) continue;
    if (!blamed.divergences.some((d) => d.oracle === 'differential')) blamed.divergences.push(difference);
  }
}

function valuesOf(
  evaluation: Evaluation,
): { tensor: NonNullable<Extract<Outcome, { kind: 'values' }>['tensor']>; answer: Answer } | null {
  const { outcome, answer } = evaluation;
  return outcome.kind === 'values' && outcome.tensor !== null && answer !== null
    ? { tensor: outcome.tensor, answer }
    : null;
}

function conclude(evaluation: Evaluation): ImplementationJudgement {
  const { implementation, outcome, answer, checks, isStacked } = evaluation;
  return {
    implementation: implementation.name,
    role: implementation.role,
    verdict: verdictOf(evaluation),
    outcome,
    answer,
    checks,
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
