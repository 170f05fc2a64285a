/** The rule for a finding that no probe case shows: by what its own case needs to be wrong. */
import type { Case } from '../case/case.ts';
import { isOverNothing } from '../case/ingredients.ts';
import type { BoundaryFacts } from './boundary-text.ts';
import { conditions } from './boundary-text.ts';
import type { Guess } from './guess.ts';
import type { Answered } from './probe.ts';

export function stageOfConditions(c: Case, minimal: Answered, facts: BoundaryFacts | null): Guess | null {
  if (facts === null) return null;
  const { only, width } = facts;
  const needs = (words: string): boolean => only.some((one) => one.includes(words));
  const because = 'the smallest case is right without it';
  if (isZeroTimesInfinity(minimal))
    return { name: 'special values', because: 'a factor of 0 meets a logarithm of −∞, and makes NaN of it' };
  if (needs('label smoothing') && !needs('ignoreIndex')) return { name: 'smoothing', because };
  if (needs(conditions.thisIndex))
    return { name: 'ignoreIndex', because: 'the smallest case is right where another index is ignored' };
  if (isOverNothing(c)) return null;
  if (needs("reduction 'mean'") || needs("reduction 'sum'"))
    return needs(conditions.someTargets) && needs("reduction 'sum'")
      ? { name: 'target', because: 'a sum has no denominator, and other targets are right' }
      : { name: 'reduction', because: 'the same losses are right where they are not reduced' };
  if (needs('ignoreIndex')) return { name: 'ignoreIndex', because };
  if (needs('class weights')) return { name: 'weight', because };
  if (needs('axis that is not the last')) return null; // other lanes are right in that place
  if (needs(conditions.someTargets) || needs(conditions.notOneHot))
    return { name: 'target', because: 'the smallest case is right for other targets' };
  if (
    width !== null &&
    (width.modulus !== null || (width.record.wrongAllAbove && width.record.wrongFrom > 4)) &&
    c.logits.data.every(Number.isFinite)
  )
    return { name: 'tail', because: 'it goes by the width' };
  if (needs('where a logit is') && facts.number === null) return { name: 'special values', because };
  return null;
}

/** NaN for a gradient of 0 that is a product with a logarithm of a share of 0. */
function isZeroTimesInfinity({ case: c, got, exact }: Answered): boolean {
  if (c.direction !== 'targetBackward' || got === null || exact === null) return false;
  const isOff = (g: number, k: number): boolean => !Object.is(g, exact[k]) && !(g === 0 && exact[k] === 0);
  const off = Array.from(got.keys()).filter((k) => isOff(got[k]!, k));
  return off.some((k) => Number.isNaN(got[k]) && exact[k] === 0);
}
