/**
 * The law of halves alone: what is rounded is rounded to nearest. A kernel that cuts bits off (`>> 16`) is
 * off toward zero everywhere, by less than a step, which a tolerance of more than a step never shows. It
 * stands apart from the other laws, two of which have their turn in a case: it asks nothing more, and is
 * always judged.
 */
import type { Case } from '../../src/case/case.ts';
import { formatFacts, isHalf, roundTo } from '../../src/float/format.ts';
import { ulpSize } from '../../src/float/ulp.ts';
import { addViolation, type Violation, type Violations } from '../../src/oracles/violations.ts';
import type { Law, LawAnswer } from '../law.ts';
import { caseLanes, placesOf } from '../transform-case.ts';

/**
 * So many sums that round apart from each other: a sound kernel that stores its sums in the half has each
 * of them too small or too large with the same chance, and is taken for one that truncates in 2^-64 of such
 * cases at most: 5e-11 in a campaign of 10^9.
 */
const sumsMin = 64;
/** Farther from either neighbour than float32 inside is off: a share of the step between them. */
const margin = 1 / 16;
/** A sum of more terms, one after the other in float32, may be off by more. */
const lengthMax = 256;

export const truncation: Law = {
  name: 'halves are rounded to nearest',
  statement: 'what lies nearer to the number farther from zero is not rounded toward zero every time',
  about(c) {
    if (!isHalf(c.format) || c.direction !== 'forward' || c.operation === 'crossEntropy') return null;
    const { length, count } = caseLanes(c);
    if (count < sumsMin || length < 2 || length > lengthMax) return null;
    return { cases: [], check: (given, _, violations) => checkRounding(given, violations) };
  },
};

/** Nothing is held against an answer of which any telling element is not the neighbour toward zero. */
function checkRounding(given: LawAnswer, violations: Violations): void {
  const { case: c, output, answer } = given;
  const lanes = caseLanes(c);
  const held = new Map<number, Violation>();
  for (let lane = 0; lane < lanes.count; lane++) {
    const places = c.operation === 'logSumExp' ? [lane] : placesOf(lanes, lane);
    for (const at of places) {
      const exact = answer.exact[at]!;
      const telling = tellingOf(exact, c, lane);
      if (telling === null) continue;
      if (output.data[at] !== telling.towardZero) return;
      if (!telling.isNearerFarther) continue;
      const sum = roundTo(c.format, sumBehind(c, given, lane));
      const half = ulpSize(exact, c.format) / 2;
      const fields = { element: at, got: telling.towardZero, expected: exact, careful: half, naive: half };
      if (!held.has(sum)) held.set(sum, { ...fields, isWrong: false });
    }
  }
  if (held.size >= sumsMin) for (const violation of held.values()) addViolation(violations, violation);
}

interface Telling {
  readonly towardZero: number;
  /** Whether the neighbour farther from zero is the nearer one. */
  readonly isNearerFarther: boolean;
}

/**
 * Null where the exact answer is so near to a number of the format, or to the end of its range, or so much
 * smaller than what it is the difference of, that another cause than rounding may decide.
 */
function tellingOf(exact: number, c: Case, lane: number): Telling | null {
  const { smallestNormal, largestFinite } = formatFacts(c.format);
  const size = Math.abs(exact);
  if (!(size >= 2 * smallestNormal && size <= largestFinite / 2)) return null;
  if (c.operation === 'logSumExp' && size < Math.abs(largestOf(c, lane)) / 8) return null;
  const step = ulpSize(exact, c.format);
  const steps = size / step;
  const above = steps - Math.floor(steps);
  if (above < margin || above > 1 - margin || Math.abs(above - 0.5) < margin) return null;
  return { towardZero: Math.sign(exact) * Math.floor(steps) * step, isNearerFarther: above > 0.5 };
}

/** The sum of a lane, or its logarithm, that each of its answers depends on, out of the exact answers. */
function sumBehind(c: Case, { answer: { exact } }: LawAnswer, lane: number): number {
  if (c.operation === 'logSumExp') return exact[lane]! - largestOf(c, lane);
  const largest = placesOf(caseLanes(c), lane).reduce((max, at) => Math.max(max, exact[at]!), -Infinity);
  return c.operation === 'softmax' ? 1 / largest : -largest;
}

function largestOf(c: Case, lane: number): number {
  const places = placesOf(caseLanes(c), lane);
  return places.reduce((max, at) => Math.max(max, c.logits.data[at]!), -Infinity);
}

/** Coarser functions than these may be off by more than the margin. */
export const ulpsJudged = 64;
