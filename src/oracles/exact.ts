/** The exact oracle's answer to a case: values, its own error, and the tolerance of every element. */
import { outputShape, type Case } from '../case/case.ts';
import type { Arithmetic } from '../contract/subject.ts';
import { laneStart } from '../tensor/lanes.ts';
import { analyseLanes, regular, type Analysis } from './lane-analysis.ts';
import type { Answer, ToleranceExplanation } from './answer.ts';
import { exactInDoubleDouble } from './exact-double-double.ts';
import { exactInFloat64 } from './exact-float64.ts';
import { lossFactsOf, type LossFacts } from './loss-facts.ts';
import { overflowsOf } from './overflow.ts';
import {
  allowanceFor,
  doubleDoubleOracle,
  float64Oracle,
  termsOf,
  tolerancesOf,
  type Subject,
} from './tolerance.ts';

/** All that does not depend on who is judged; worked out once per case and precision. */
interface Work {
  readonly subject: Subject;
  readonly exactLow: Float64Array;
  readonly uncertainty: Float64Array;
  readonly mayOverflow: Uint8Array;
  /** Elements whose answer overflowed in the oracle itself: nobody can be judged by them. */
  readonly unknown: readonly number[];
  /** By arithmetic: the tolerances of whoever assumes it. */
  readonly answers: Map<string, Answer>;
}

const inFloat64 = new WeakMap<Case, Work>();
const inDoubleDouble = new WeakMap<Case, Work>();

/** float64 with compensated sums for float32 data, double-double for float64 data. */
export function answerOf(c: Case, arithmetic: Required<Arithmetic>): Answer {
  return c.format === 'float64'
    ? refineAnswer(c, arithmetic)
    : answerFrom(workOf(inFloat64, c, workInFloat64), arithmetic);
}

/**
 * In float64 whatever the format: for float64 data the tolerances are as good, to first order, and the values only within
 * their uncertainty, which is of the tolerances' own size. For who needs the tolerances alone.
 */
export function roughAnswerOf(c: Case, arithmetic: Required<Arithmetic>): Answer {
  return answerFrom(workOf(inFloat64, c, workInFloat64), arithmetic);
}

/** In double-double whatever the format: for where the float64 answer's own error could turn a verdict. */
export function refineAnswer(c: Case, arithmetic: Required<Arithmetic>): Answer {
  return answerFrom(workOf(inDoubleDouble, c, workInDoubleDouble), arithmetic);
}

/** The terms of one output element's two tolerances. */
export function explainTolerance(
  c: Case,
  arithmetic: Required<Arithmetic>,
  element: number,
): ToleranceExplanation {
  const [memory, make] =
    c.format === 'float64' ? [inDoubleDouble, workInDoubleDouble] : [inFloat64, workInFloat64];
  const { subject } = workOf(memory, c, make);
  return {
    careful: termsOf(subject, allowanceFor('inaccurate', c.format, arithmetic), element),
    naive: termsOf(subject, allowanceFor('wrong', c.format, arithmetic), element),
  };
}

function workOf(memory: WeakMap<Case, Work>, c: Case, make: (c: Case) => Work): Work {
  let work = memory.get(c);
  if (work === undefined) {
    work = make(c);
    memory.set(c, work);
  }
  return work;
}

function factsOf(c: Case): { analysis: Analysis; facts: LossFacts | null } {
  return { analysis: analyseLanes(c), facts: c.loss === undefined ? null : lossFactsOf(c) };
}

function workInFloat64(c: Case): Work {
  const { analysis, facts } = factsOf(c);
  const exact = exactInFloat64(c, analysis, facts);
  const subject = { case: c, analysis, facts, exact };
  return {
    subject,
    exactLow: new Float64Array(exact.length),
    uncertainty: tolerancesOf(subject, float64Oracle),
    mayOverflow: overflowsOf(c, analysis, facts, exact.length),
    unknown: [], // float32 data is far from the limits of float64
    answers: new Map(),
  };
}

function workInDoubleDouble(c: Case): Work {
  const { analysis, facts } = factsOf(c);
  const { exact, exactLow } = exactInDoubleDouble(c, analysis, facts);
  const subject = { case: c, analysis, facts, exact };
  const mayOverflow = overflowsOf(c, analysis, facts, exact.length);
  return {
    subject,
    exactLow,
    uncertainty: tolerancesOf(subject, doubleDoubleOracle),
    mayOverflow,
    unknown: overflowedIn(subject, mayOverflow),
    answers: new Map(),
  };
}

/**
 * Double-double reaches no further than float64. Where a gradient to the logits may overflow on the way and came out as no
 * number though its lane is regular, that is the oracle's failure and not the specification.
 */
function overflowedIn({ case: c, analysis, exact }: Subject, mayOverflow: Uint8Array): number[] {
  if (c.direction !== 'backward') return [];
  const unknown: number[] = [];
  const { lanes, state } = analysis;
  for (let lane = 0; lane < lanes.count; lane++) {
    if (state[lane] !== regular) continue;
    for (let k = 0, i = laneStart(lanes, lane); k < lanes.length; k++, i += lanes.stride) {
      if (mayOverflow[i] === 1 && !Number.isFinite(exact[i]!)) unknown.push(i);
    }
  }
  return unknown;
}

function answerFrom(
  { subject, exactLow, uncertainty, mayOverflow, unknown, answers }: Work,
  arithmetic: Required<Arithmetic>,
): Answer {
  const key = `${arithmetic.expUlps} ${arithmetic.logUlps}`;
  const known = answers.get(key);
  if (known !== undefined) return known;
  const { format } = subject.case;
  const answer: Answer = {
    shape: outputShape(subject.case),
    exact: subject.exact,
    exactLow,
    uncertainty,
    careful: tolerancesOf(subject, allowanceFor('inaccurate', format, arithmetic)),
    naive: tolerancesOf(subject, allowanceFor('wrong', format, arithmetic)),
    mayOverflow,
  };
  for (const i of unknown) answer.careful[i] = answer.naive[i] = Infinity;
  answers.set(key, answer);
  return answer;
}
