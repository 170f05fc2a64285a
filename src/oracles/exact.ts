/** The exact oracle's answer to a case: values, its own error, and the tolerance of every element. */
import { outputShape, type Case } from '../case/case.ts';
import type { ToleranceName, ToleranceTerm } from '../case/verdict.ts';
import type { AssumedArithmetic } from '../contract/subject.ts';
import { acceptedError } from '../float/acceptance.ts';
import { formatFacts, isHalf, type Format } from '../float/format.ts';
import { zerosOf } from '../float/pool.ts';
import { laneStart } from '../tensor/lanes.ts';
import { analyseLanes, regular, type Analysis } from './lane-analysis.ts';
import type { Answer, ToleranceExplanation } from './answer.ts';
import { exactInDoubleDouble } from './exact-double-double.ts';
import { exactInFloat64 } from './exact-float64.ts';
import { lossFactsOf, type LossFacts } from './loss-facts.ts';
import { limitsOf, overflowsOf, type OverflowLimits } from './overflow.ts';
import { rulesFor, unjudgedOf, type Rules } from './rules.ts';
import {
  doubleDoubleOracle,
  float64Oracle,
  termsOf,
  type Allowance,
  tolerancesOf,
  type BoundedCase,
} from './tolerance.ts';

/** All that does not depend on who is judged, in one precision. */
interface PreciseWork {
  readonly bounded: BoundedCase;
  readonly exactLow: Float64Array;
  /** The oracle's own allowance: what the answer's uncertainty is bounded with. */
  readonly oracle: Allowance;
  /** Elements that nobody can be judged by, since the answer overflowed in the oracle itself. */
  readonly overflowed: readonly number[];
  /** The answers with the tolerances of each arithmetic that an implementation assumes. */
  readonly answers: AnswerOnDemand[];
}

/**
 * What all who are judged on one case share, each part worked out when it is first asked for. Made by whoever
 * judges the case, handed down to whatever needs it, and gone with them: nothing is kept beyond.
 */
export class CaseWork {
  readonly case: Case;
  #facts: CaseFacts | null = null;
  #inFloat64: PreciseWork | null = null;
  #inDoubleDouble: PreciseWork | null = null;

  constructor(c: Case) {
    this.case = c;
  }

  /** True for a case of the same tensors that is asked the same; its checks and regimes may be others. */
  isOf({ logits, cotangent, loss, operation, direction, format, axis }: Case): boolean {
    const own = this.case;
    return (
      own.logits === logits &&
      own.cotangent === cotangent &&
      own.loss === loss &&
      own.operation === operation &&
      own.direction === direction &&
      own.format === format &&
      own.axis === axis
    );
  }

  /** The answer in float64 with compensated sums for float32 data, in double-double for float64 data. */
  answer(arithmetic: AssumedArithmetic): Answer {
    return answerFrom(this.#specified(), arithmetic);
  }

  /**
   * In float64 whatever the format: for float64 data the tolerances are as good, to first order, and the
   * values only within their uncertainty, which is of the tolerances' own size. For who needs the tolerances
   * alone.
   */
  rough(arithmetic: AssumedArithmetic): Answer {
    return answerFrom(this.#rough(), arithmetic);
  }

  /**
   * The answer in double-double whatever the format:
   * for where the float64 answer's own error could turn a verdict.
   */
  refined(arithmetic: AssumedArithmetic): Answer {
    return answerFrom(this.#refined(), arithmetic);
  }

  /**
   * The terms of one output element's two tolerances; of halves with the last rounding, as it is of an answer
   * on the side of `got`.
   */
  explain(arithmetic: AssumedArithmetic, element: number, got: number | null = null): ToleranceExplanation {
    const { bounded } = this.#specified();
    const { allowance, format } = rulesFor(this.case, arithmetic);
    const exact = bounded.exact[element]!;
    const termsWithin = (name: ToleranceName): readonly ToleranceTerm[] => {
      const terms = termsOf(bounded, allowance(name), element);
      if (!isHalf(format)) return terms;
      const tolerance = terms.reduce((sum, { value }) => sum + value, 0);
      const value = acceptedError(got ?? exact, { exact, tolerance, format }) - tolerance;
      return [...terms, { name: 'the last rounding', value }];
    };
    return { careful: termsWithin('careful'), naive: termsWithin('naive') };
  }

  #specified(): PreciseWork {
    const { exactPrecision } = formatFacts(this.case.format);
    return exactPrecision === 'double-double' ? this.#refined() : this.#rough();
  }

  #rough(): PreciseWork {
    return (this.#inFloat64 ??= workInFloat64(this.case, (this.#facts ??= factsOf(this.case))));
  }

  #refined(): PreciseWork {
    return (this.#inDoubleDouble ??= workInDoubleDouble(this.case, (this.#facts ??= factsOf(this.case))));
  }
}

/** The exact answer to a case that is asked about once, and what is allowed. See `CaseWork.answer`. */
export function answerOf(c: Case, arithmetic: AssumedArithmetic): Answer {
  return new CaseWork(c).answer(arithmetic);
}

/** The terms of one output element's two tolerances, of a case that is asked about once. */
export function explainTolerance(
  c: Case,
  arithmetic: AssumedArithmetic,
  element: number,
): ToleranceExplanation {
  return new CaseWork(c).explain(arithmetic, element);
}

/** What both precisions stand on. */
interface CaseFacts {
  readonly analysis: Analysis;
  readonly facts: LossFacts | null;
}

function factsOf(c: Case): CaseFacts {
  return { analysis: analyseLanes(c), facts: c.loss === undefined ? null : lossFactsOf(c) };
}

function workInFloat64(c: Case, { analysis, facts }: CaseFacts): PreciseWork {
  const exact = exactInFloat64(c, analysis, facts);
  const bounded = { case: c, analysis, facts, exact };
  return {
    bounded,
    exactLow: zerosOf(exact.length),
    oracle: float64Oracle,
    overflowed: [], // data that is no wider than float32 is far from the limits of float64
    answers: [],
  };
}

function workInDoubleDouble(c: Case, { analysis, facts }: CaseFacts): PreciseWork {
  const { exact, exactLow } = exactInDoubleDouble(c, analysis, facts);
  const bounded = { case: c, analysis, facts, exact };
  const overflowed = c.direction === 'backward' ? overflowedIn(bounded) : [];
  return { bounded, exactLow, oracle: doubleDoubleOracle, overflowed, answers: [] };
}

/**
 * Double-double reaches no further than float64. Where a gradient to the logits may overflow on the way and
 * came out as no number though its lane is regular, that is the oracle's failure and not the specification.
 */
function overflowedIn(bounded: BoundedCase): number[] {
  const { analysis, exact } = bounded;
  const { format } = bounded.case;
  if (exact.every(Number.isFinite)) return [];
  const mayOverflow = overflowsIn(bounded, limitsOf(isHalf(format) ? 'float32' : format));
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

function overflowsIn({ case: c, analysis, facts, exact }: BoundedCase, limits: OverflowLimits): Uint8Array {
  return overflowsOf(c, analysis, facts, exact.length, limits);
}

function answerFrom(work: PreciseWork, arithmetic: AssumedArithmetic): Answer {
  const known = work.answers.find((answer) => answer.isFor(arithmetic));
  if (known !== undefined) return known;
  const answer = new AnswerOnDemand(work, arithmetic);
  work.answers.push(answer);
  return answer;
}

/**
 * Most answers agree within the careful tolerance:
 * what else there is to say is worked out when it is first asked for.
 */
class AnswerOnDemand implements Answer {
  readonly shape: readonly number[];
  readonly exact: Float64Array;
  readonly exactLow: Float64Array;
  readonly careful: Float64Array;
  readonly format: Format;
  readonly #work: PreciseWork;
  readonly #arithmetic: AssumedArithmetic;
  readonly #rules: Rules;
  #unjudged: readonly number[] | null = null;
  #uncertainty: Float64Array | null = null;
  #naive: Float64Array | null = null;
  #mayOverflow: Uint8Array | null = null;

  constructor(work: PreciseWork, arithmetic: AssumedArithmetic) {
    this.#work = work;
    this.#arithmetic = arithmetic;
    this.#rules = rulesFor(work.bounded.case, arithmetic);
    this.format = this.#rules.format;
    this.shape = outputShape(work.bounded.case);
    this.exact = work.bounded.exact;
    this.exactLow = work.exactLow;
    this.careful = this.#tolerances('careful');
  }

  isFor({ expUlps, logUlps, flushesSubnormals, halves, lossDtype }: AssumedArithmetic): boolean {
    const own = this.#arithmetic;
    return (
      own.expUlps === expUlps &&
      own.logUlps === logUlps &&
      own.flushesSubnormals === flushesSubnormals &&
      own.halves === halves &&
      own.lossDtype === lossDtype
    );
  }

  get uncertainty(): Float64Array {
    return (this.#uncertainty ??= tolerancesOf(this.#work.bounded, this.#work.oracle));
  }

  get naive(): Float64Array {
    return (this.#naive ??= this.#tolerances('naive'));
  }

  get mayOverflow(): Uint8Array {
    return (this.#mayOverflow ??= overflowsIn(this.#work.bounded, this.#rules.limits));
  }

  #tolerances(tolerance: ToleranceName): Float64Array {
    const { bounded, overflowed } = this.#work;
    const tolerances = tolerancesOf(bounded, this.#rules.allowance(tolerance));
    for (const i of overflowed) tolerances[i] = Infinity;
    this.#unjudged ??= unjudgedOf(bounded, this.#rules);
    for (const i of this.#unjudged) tolerances[i] = Infinity;
    return tolerances;
  }
}
