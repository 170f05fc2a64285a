/**
 * The exact answer to a case whose values are those of a format of 16 bits, with the tolerances of such
 * arithmetic. Not yet asked by any oracle: no case has such a format.
 */
import { outputShape, type Case } from '../case/case.ts';
import type { ToleranceName } from '../case/verdict.ts';
import type { HalfFormat } from '../float/format.ts';
import { zerosOf } from '../float/pool.ts';
import type { Answer } from './answer.ts';
import { exactInFloat64 } from './exact-float64.ts';
import { halfAllowance, levelOf, type HalfArithmetic, type HalfLevel } from './half-allowance.ts';
import { analyseLanes } from './lane-analysis.ts';
import { lossFactsOf } from './loss-facts.ts';
import { float64Oracle, tolerancesOf, type BoundedCase } from './tolerance.ts';

/** All that the tolerances of any level stand on: the case holds the values of the half in float64. */
export function boundedHalf(held: Case): BoundedCase {
  const analysis = analyseLanes(held);
  const facts = held.loss === undefined ? null : lossFactsOf(held);
  return { case: held, analysis, facts, exact: exactInFloat64(held, analysis, facts) };
}

export function halfTolerances(
  bounded: BoundedCase,
  tolerance: ToleranceName,
  level: HalfLevel,
  of: { readonly format: HalfFormat; readonly arithmetic: HalfArithmetic },
): Float64Array {
  return tolerancesOf(bounded, halfAllowance(tolerance, level, of));
}

/** Without what may overflow on the way. */
export function halfAnswerOf(
  held: Case,
  format: HalfFormat,
  arithmetic: HalfArithmetic,
): Omit<Answer, 'mayOverflow'> {
  const bounded = boundedHalf(held);
  const of = { format, arithmetic };
  return {
    shape: outputShape(held),
    exact: bounded.exact,
    exactLow: zerosOf(bounded.exact.length),
    uncertainty: tolerancesOf(bounded, float64Oracle),
    careful: halfTolerances(bounded, 'careful', levelOf('careful', arithmetic), of),
    naive: halfTolerances(bounded, 'naive', levelOf('naive', arithmetic), of),
  };
}
