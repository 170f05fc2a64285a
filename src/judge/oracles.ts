/**
 * The oracles, as a literal table: what each of them does with an evaluation.
 * What they know is in src/oracles and properties.
 */
import type { oracleNames, OracleName } from '../case/verdict.ts';
import { judgeConduct } from '../oracles/conduct.ts';
import { judgeDifferential, type Answered } from '../oracles/differential.ts';
import { judgeGradient, judgeOwnGradient } from '../oracles/gradient/judge-gradient.ts';
import { judgeValues } from '../oracles/judge-values.ts';
import { judgeProperties, judgeRounding } from '../../properties/judge-properties.ts';
import { isHalf } from '../float/format.ts';
import { addIfAny, type Evaluation } from './evaluation.ts';
import { when } from './when.ts';

/**
 * An oracle writes what it finds into the evaluation.
 * It returns a promise only where an implementation returned one.
 */
export type Oracle = { readonly name: OracleName } & (
  | {
      /** Whatever an implementation did, but decline the case. */
      readonly judges: 'outcome';
      readonly judge: (evaluation: Evaluation) => void | Promise<void>;
    }
  | {
      /** The values that an implementation gave. */
      readonly judges: 'values';
      readonly judge: (evaluation: Evaluation, values: Answered) => void | Promise<void>;
    }
  | {
      /** The implementations against each other, once each has been judged by itself. */
      readonly judges: 'all';
      /** `asked` are the oracles that may speak. */
      readonly judge: (evaluations: readonly Evaluation[], asked: readonly Oracle[]) => void;
    }
);

type RowsFor<Names extends readonly OracleName[]> = {
  readonly [Place in keyof Names]: Oracle & { readonly name: Names[Place] };
};

/** All oracles, in the order of `oracleNames`, which is the order in which they are asked. */
export const oracles: RowsFor<typeof oracleNames> = [
  { name: 'conduct', judges: 'outcome', judge: askConduct },
  { name: 'exact', judges: 'values', judge: askExact },
  { name: 'gradient', judges: 'values', judge: askGradient },
  { name: 'property', judges: 'values', judge: askProperties },
  { name: 'differential', judges: 'all', judge: askDifferential },
];

/** Those of these names; all where no names are given. */
export function oraclesOf(names: ReadonlySet<OracleName> | undefined): readonly Oracle[] {
  return names === undefined ? oracles : oracles.filter(({ name }) => names.has(name));
}

/** Where a repeat was drawn, the same call is made again first. */
function askConduct(evaluation: Evaluation): void | Promise<void> {
  const { case: c, implementation, outcome, isStacked } = evaluation;
  if (c.invalid !== undefined) {
    if (outcome.kind !== 'threw') addIfAny(evaluation, judgeConduct(outcome)); // to throw is to refuse them
    return;
  }
  if (isStacked || !c.checks.includes('repeat')) return addIfAny(evaluation, judgeConduct(outcome));
  return when(implementation.run(c), (repeat) => {
    evaluation.checks.push({ check: 'repeat', skipped: null });
    addIfAny(evaluation, judgeConduct(outcome, { outcome: repeat, format: c.format }));
  });
}

function askExact(evaluation: Evaluation, { tensor, answer }: Answered): void {
  const { work, implementation } = evaluation;
  const judgement = judgeValues(work, tensor, answer, implementation.arithmetic);
  addIfAny(evaluation, judgement.divergence);
  evaluation.worstRatio = judgement.worstRatio;
  evaluation.inconclusiveElements = judgement.inconclusiveElements;
}

/** The numerical gradient of the specified forward; of the subject's own forward, too. */
function askGradient(evaluation: Evaluation, { tensor, answer }: Answered): void | Promise<void> {
  const { case: c, implementation, checks } = evaluation;
  if (!c.checks.includes('gradient') || c.direction === 'forward') return;
  const specified = judgeGradient(c, tensor, answer);
  checks.push({ check: 'gradient', skipped: specified.skipped });
  addIfAny(evaluation, specified.divergence);
  if (implementation.role !== 'subject') return;
  return when(judgeOwnGradient(c, implementation, tensor, answer), ({ skipped, divergence }) => {
    checks.push({ check: 'own-gradient', skipped });
    addIfAny(evaluation, divergence);
  });
}

/** The laws are asked of the subject alone. That of halves costs no call: none of them goes without. */
function askProperties(evaluation: Evaluation, { tensor, answer }: Answered): void | Promise<void> {
  const { case: c, implementation, lawsPerCase, checks } = evaluation;
  if (implementation.role !== 'subject') return;
  if (isHalf(c.format)) addIfAny(evaluation, judgeRounding(c, tensor, answer, implementation.arithmetic));
  if (!c.checks.includes('property')) return;
  const options = lawsPerCase === undefined ? { answer } : { answer, lawsPerCase };
  return when(judgeProperties(c, tensor, implementation, options), (divergence) => {
    addIfAny(evaluation, divergence);
    checks.push({ check: 'property', skipped: null });
  });
}

/**
 * It says only that two cannot both be right. Where another oracle has named the one that is wrong it joins
 * that verdict; alone it speaks of the subject, and only where the exact oracle is not asked.
 */
function askDifferential(evaluations: readonly Evaluation[], asked: readonly Oracle[]): void {
  const subject = evaluations[0]!;
  if (subject.values === null) return;
  const speaksAlone = !asked.some(({ name }) => name === 'exact');
  for (const reference of evaluations.slice(1)) {
    if (reference.values === null) continue;
    const isSubjectBlamed = subject.divergences.length > 0;
    if (!speaksAlone && !isSubjectBlamed && reference.divergences.length === 0) continue;
    const [blamed, other] = speaksAlone || isSubjectBlamed ? [subject, reference] : [reference, subject];
    if (blamed.divergences.some(({ oracle }) => oracle === 'differential')) continue;
    addIfAny(blamed, judgeDifferential(subject.case, blamed.values!, other.values!));
  }
}
