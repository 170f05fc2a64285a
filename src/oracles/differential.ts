/**
 * Two implementations against each other: can both be within their own tolerances of one and the same answer?
 * If not, at least one of them is wrong, and this oracle does not say which: blame is the exact oracle's,
 * never a majority's.
 */
import { outputShape, type Case } from '../case/case.ts';
import type { Divergence } from '../case/verdict.ts';
import { formatFacts, type Format } from '../float/format.ts';
import { ulpSize } from '../float/ulp.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Answer } from './answer.ts';
import { addViolation, divergenceOf, noViolations } from './violations.ts';

export interface Answered {
  readonly tensor: Tensor;
  /**
   * The exact answer with the tolerances of this implementation's own arithmetic; its values are not read.
   */
  readonly answer: Answer;
}

/**
 * Fires where the values that `a` allows the answer to have, got ± its tolerance, and those that `b` allows
 * are disjoint: by the naive tolerances `wrong`, by the careful ones `inaccurate`. The divergence is told
 * from a's side, with b's value as what was expected; swapping them swaps only that.
 */
export function judgeDifferential(c: Case, a: Answered, b: Answered): Divergence | null {
  // Two losses of halves may be of different formats: what the coarser one cannot tell apart is no conflict.
  const format = coarser(a.answer.format, b.answer.format);
  const violations = noViolations();
  const elements = a.tensor.data.length;
  for (let at = 0; at < elements; at++) {
    const [got, other] = [a.tensor.data[at]!, b.tensor.data[at]!];
    if (got === other) continue; // −0 and +0 too
    const careful = a.answer.careful[at]! + b.answer.careful[at]!;
    if (Math.abs(got - other) <= careful) continue; // the common case, without the rounding to the format
    if (mayOverflow(a, at) || mayOverflow(b, at)) continue;
    if (isCompatible(got, other, careful, format)) continue;
    const naive = a.answer.naive[at]! + b.answer.naive[at]!;
    const isWrong = !isCompatible(got, other, naive, format);
    addViolation(violations, { element: at, got, expected: other, isWrong, careful, naive });
  }
  const sentence = 'not both can be right';
  return divergenceOf(violations, {
    oracle: 'differential',
    law: null,
    sentence,
    format,
    shape: outputShape(c),
  });
}

/** A non-finite answer is no answer where the specified formula may overflow on the way. */
function mayOverflow({ tensor, answer }: Answered, at: number): boolean {
  return answer.mayOverflow[at] !== 0 && !Number.isFinite(tensor.data[at]!);
}

/**
 * Each value may be its bound rounded to the format, half an ULP more; a whole one here, which also covers
 * the roundings of this comparison. An infinity stands for anything from the largest finite value, less that,
 * on.
 */
function isCompatible(x: number, y: number, tolerance: number, format: Format): boolean {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) && Number.isNaN(y);
  if (x === y) return true;
  const { largestFinite } = formatFacts(format);
  const [p, q] = [clamp(x, largestFinite), clamp(y, largestFinite)];
  const gap = Math.abs(p / 2 - q / 2); // halves: the difference itself may overflow
  return gap <= tolerance / 2 + ulpSize(p, format) / 2 + ulpSize(q, format) / 2;
}

function coarser(a: Format, b: Format): Format {
  return formatFacts(a).significandBits <= formatFacts(b).significandBits ? a : b;
}

function clamp(value: number, largest: number): number {
  return Math.max(-largest, Math.min(largest, value));
}
