/** Linear combinations of answers with the sum of their tolerances, and the claims that laws make of them. */
import { formatFacts } from '../src/float/format.ts';
import { addViolation, type Violations } from '../src/oracles/violations.ts';
import type { LawAnswer } from './law.ts';

/**
 * Σ factor·value, by Neumaier's compensated sum in float64: its own error is below 4·u64 of the magnitude.
 */
export interface Combination {
  sum: number;
  compensation: number;
  magnitude: number;
  careful: number;
  naive: number;
  /**
   * False where a term has no finite specified value, or
   * may overflow on the way to it: no claim is made then.
   */
  isSettled: boolean;
}

const u64 = formatFacts('float64').unitRoundoff;

export function combination(constant = 0): Combination {
  const empty: Combination = { sum: 0, compensation: 0, magnitude: 0, careful: 0, naive: 0, isSettled: true };
  addNumber(empty, constant);
  return empty;
}

/** A number that is known, to 2 ULPs of float64 at least. */
export function addNumber(to: Combination, term: number): void {
  const next = to.sum + term;
  to.compensation += Math.abs(to.sum) >= Math.abs(term) ? to.sum - next + term : term - next + to.sum;
  to.sum = next;
  to.magnitude += Math.abs(term);
  if (!Number.isFinite(term)) to.isSettled = false;
}

/** One element of an answer, times a factor known to 2 ULPs of float64. */
export function addAnswer(
  to: Combination,
  { output, answer, case: { format } }: LawAnswer,
  at: number,
  factor = 1,
): void {
  const { largestFinite, unitRoundoff, smallestSubnormal } = formatFacts(format);
  const value = output.data[at]!;
  const exact = answer.exact[at]!;
  const size = Math.abs(factor);
  if (answer.mayOverflow[at] !== 0 || !(Math.abs(exact) + answer.naive[at]! < largestFinite))
    to.isSettled = false;
  // The exact oracle rounds its bounds to the format: half an ULP more, u·|value| or half a subnormal.
  let slack = smallestSubnormal;
  if (Number.isFinite(value)) {
    addNumber(to, factor * value);
    slack += unitRoundoff * Math.abs(value);
  } else {
    to.sum = Number.NaN; // where a finite value is expected: no combination of it is right
  }
  to.careful += size * (answer.careful[at]! + slack);
  to.naive += size * (answer.naive[at]! + slack);
}

export function oneAnswer(lawAnswer: LawAnswer, at: number, factor = 1): Combination {
  const one = combination();
  addAnswer(one, lawAnswer, at, factor);
  return one;
}

/** `left` = `right`; `element` is where in the given case's output, or null. */
export function claimEqual(
  violations: Violations,
  element: number | null,
  left: Combination,
  right: Combination,
): void {
  claim(violations, element, left, right, (difference) => Math.abs(difference));
}

/** `left` ≤ `right`. */
export function claimAtMost(
  violations: Violations,
  element: number | null,
  left: Combination,
  right: Combination,
): void {
  claim(violations, element, left, right, (difference) => difference);
}

function claim(
  violations: Violations,
  element: number | null,
  left: Combination,
  right: Combination,
  excessOf: (difference: number) => number,
): void {
  if (!left.isSettled || !right.isSettled) return;
  const magnitude = left.magnitude + right.magnitude;
  // a float64 overflow of ours
  if (!Number.isFinite(magnitude) || !Number.isFinite(left.naive + right.naive)) return;
  const got = left.sum + left.compensation;
  const expected = right.sum + right.compensation;
  const excess = excessOf(got - expected);
  const own = 8 * u64 * magnitude;
  const careful = left.careful + right.careful + own;
  if (excess <= careful) return;
  const naive = left.naive + right.naive + own;
  const isWrong = !(excess <= naive);
  addViolation(violations, { element, got, expected, isWrong, careful, naive });
}

/**
 * The common case, for who need not make combinations of it then: a difference of answers in float64 that is
 * within the sum of their careful tolerances. A claim allows more by half an ULP of each, which is no less
 * than what rounding takes of the difference of two or three of them; and what is not finite is no such case.
 */
export function isCareful(difference: number, careful: number): boolean {
  return Math.abs(difference) <= careful;
}

/** Two finite numbers that are one: whatever is allowed, no law is broken, and nobody need work that out. */
export function isSame(got: number, due: number): boolean {
  return got === due && Math.abs(got) < Infinity;
}

/** given[i] = factor·other[placeOf(i)] for every element. */
export function claimSame(
  violations: Violations,
  given: LawAnswer,
  other: LawAnswer,
  { placeOf = (i) => i, factor = 1 }: { placeOf?: (i: number) => number; factor?: number } = {},
): void {
  for (let i = 0; i < given.output.data.length; i++) {
    claimSameAt(violations, { given, at: i }, { other, place: placeOf(i), factor });
  }
}

/** given[at] = factor·other[place]. */
export function claimSameAt(
  violations: Violations,
  { given, at }: { given: LawAnswer; at: number },
  { other, place, factor = 1 }: { other: LawAnswer; place: number; factor?: number },
): void {
  const [got, due] = [given.output.data[at]!, factor * other.output.data[place]!];
  if (isSame(got, due)) return;
  const careful = given.answer.careful[at]! + Math.abs(factor) * other.answer.careful[place]!;
  if (isCareful(got - due, careful)) return;
  claimEqual(violations, at, oneAnswer(given, at), oneAnswer(other, place, factor));
}
