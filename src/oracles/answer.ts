/** What the exact oracle knows of a case: the answer and its tolerance, element by element. Types only. */
import type { ToleranceTerm } from '../case/verdict.ts';
import type { Format } from '../float/format.ts';

/** What the exact oracle knows of a case. All arrays are flat over the output, in its row-major order. */
export interface Answer {
  readonly shape: readonly number[];
  /** What answers are in, and the ends of their tolerances are rounded to. */
  readonly format: Format;
  /** The specified answer, as float64: NaN and ±∞ where the contract says so. */
  readonly exact: Float64Array;
  /**
   * What `exact` leaves out: the true value is exact + exactLow ± uncertainty. All 0 where float64 decided.
   */
  readonly exactLow: Float64Array;
  /** Bound on the oracle's own error. */
  readonly uncertainty: Float64Array;
  /**
   * Absolute error allowed to a careful algorithm: beyond it is `inaccurate`. Infinity where the bound or the
   * answer itself overflowed: nobody can be judged there.
   */
  readonly careful: Float64Array;
  /** Absolute error allowed to any sound algorithm: beyond it is `wrong`. At least `careful`. */
  readonly naive: Float64Array;
  /**
   * 1 where the specified formula may overflow on the way to a finite result:
   * a non-finite answer is inconclusive.
   */
  readonly mayOverflow: Uint8Array;
}

/**
 * The terms of one element's tolerances: they sum to the array's value, and of halves to the last rounding
 * more.
 */
export interface ToleranceExplanation {
  readonly careful: readonly ToleranceTerm[];
  readonly naive: readonly ToleranceTerm[];
}
