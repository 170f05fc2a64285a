/** The exact oracle's answer to a case: values, its own error, and the tolerance of every element. */
import type { Case } from '../case/case.ts';
import type { ToleranceName, ToleranceTerm } from '../case/verdict.ts';
import type { AssumedArithmetic } from '../contract/subject.ts';
import { acceptedError } from '../float/acceptance.ts';
import { isHalf } from '../float/format.ts';
import type { Answer, ToleranceExplanation } from './answer.ts';
import { ExactWork } from './exact-work.ts';
import { rulesFor } from './rules.ts';
import { termsOf } from './tolerance.ts';

/**
 * What all who are judged on one case share, each part worked out when it is first asked for: that of a
 * column of one. Made by whoever judges the case, handed down to whatever needs it, and gone with them:
 * nothing is kept beyond.
 */
export class CaseWork {
  readonly case: Case;
  readonly #exact: ExactWork;

  constructor(c: Case) {
    this.case = c;
    this.#exact = new ExactWork([c]);
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
    return this.#exact.specified.answer(arithmetic);
  }

  /**
   * In float64 whatever the format: for float64 data the tolerances are as good, to first order, and the
   * values only within their uncertainty, which is of the tolerances' own size. For who needs the tolerances
   * alone.
   */
  rough(arithmetic: AssumedArithmetic): Answer {
    return this.#exact.rough.answer(arithmetic);
  }

  /**
   * The answer in double-double whatever the format:
   * for where the float64 answer's own error could turn a verdict.
   */
  refined(arithmetic: AssumedArithmetic): Answer {
    return this.#exact.refined.answer(arithmetic);
  }

  /**
   * The terms of one output element's two tolerances; of halves with the last rounding, as it is of an answer
   * on the side of `got`.
   */
  explain(arithmetic: AssumedArithmetic, element: number, got: number | null = null): ToleranceExplanation {
    const { bounded } = this.#exact.specified;
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
