/**
 * Divergences of values as an oracle would put them, for the near misses: made up, since nobody has seen
 * them.
 */
import type { Divergence, Severity, Symptom } from '../../src/case/verdict.ts';

/** A value outside its tolerance, by the exact oracle. */
export function valueDivergence(
  symptom: Symptom,
  {
    element = 0,
    got,
    exact,
    severity = 'wrong',
  }: { element?: number; got: number; exact: number; severity?: Severity },
): Divergence {
  return {
    oracle: 'exact',
    severity,
    symptom,
    detail: `got ${got}, exact ${exact}`,
    law: null,
    element,
    got,
    exact,
    ulps: null,
    allowed: 0,
    guilty: 1,
  };
}
