/**
 * Derivatives by central differences with Richardson extrapolation: a second opinion beside the complex step,
 * in real arithmetic only. Coarser by far where a class is nearly impossible: its bound is absolute.
 */
import { formatFacts } from '../../float/format.ts';
import type { Estimate } from './complex-step.ts';
import type { Contraction } from './contraction.ts';
import { extrapolate, levels, roundingBound, truncationBound } from './richardson.ts';
import { u64, type ShiftedLane } from './shifted-lane.ts';

/**
 * Balances truncation, 5.5e-15 of the seventh derivative, against rounding, 211 times the error of a value.
 */
export const centralStep: number = 2 ** -5;

/**
 * With σ the share of class j as a function of z_j alone (a logistic function), |σ⁽⁶⁾| ≤ 1.82·σ(1−σ) and
 * |σ⁽⁷⁾| ≤ 4.25·σ(1−σ), the extrema over σ in (0, 1) of the polynomials Σ (−1)^k·k!·S(n+1, k+1)·σ^(k+1) ÷
 * σ(1−σ); and σ(1−σ) grows by at most e^(2h) within the steps.
 */
const growth = Math.exp(2 * centralStep);
const sixthDerivativeMax = 1.82 * growth;
const seventhDerivativeMax = 4.25 * growth;

/** What of a lane's φ is the same for every class: one pass. */
export interface Contracted {
  /** Softmax: Σ q_i·e_i; the others: Σ q_i. */
  readonly total: number;
  /** Σ|q_i|·e_i, or Σ|q_i|. */
  readonly magnitude: number;
  readonly totalError: number;
}

/**
 * `totalError` in units of u64: e_i 4, the product 1, the compensated sum 2, of the magnitude; and those of q
 * and of e_i below the normal range.
 */
export function contract({ e }: ShiftedLane, { form, q, qError }: Contraction): Contracted {
  let total = 0;
  let compensation = 0;
  let magnitude = 0;
  let fromCotangent = 0;
  for (let i = 0; i < q.length; i++) {
    const factor = form === 'softmax' ? e[i]! : 1;
    const term = q[i]! * factor;
    const next = total + term;
    compensation += Math.abs(total) >= Math.abs(term) ? total - next + term : term - next + total;
    total = next;
    magnitude += Math.abs(term);
    fromCotangent += qError[i]! * factor + smallestSubnormal * Math.abs(q[i]!);
  }
  return { total: total + compensation, magnitude, totalError: 7 * u64 * magnitude + fromCotangent };
}

const { smallestSubnormal } = formatFacts('float64');
const differences = new Float64Array(levels);

/** dφ/dx_j of one lane, j in [0, length). */
export function centralDifference(
  lane: ShiftedLane,
  contraction: Contraction,
  contracted: Contracted,
  j: number,
  estimate: Estimate,
): void {
  for (let level = 0; level < levels; level++) {
    const step = centralStep / 2 ** level;
    const above = valueAt(lane, contraction, contracted, j, step);
    const below = valueAt(lane, contraction, contracted, j, -step);
    differences[level] = (above - below) / (2 * step);
  }
  estimate.value = extrapolate(differences);
  estimate.bound = boundAt(lane, contraction, contracted, j) + 4 * u64 * Math.abs(estimate.value);
}

/**
 * φ with x_j moved by `step`, up to a constant:
 * Σ q_i·z_i of logSoftmax is left out, but for what the step adds.
 */
function valueAt(
  { z, zLow, e, sum }: ShiftedLane,
  { form, q }: Contraction,
  { total }: Contracted,
  j: number,
  step: number,
): number {
  const moved = movedPower(z[j]!, zLow[j]!, step);
  const movedSum = sum + (moved - e[j]!);
  switch (form) {
    case 'softmax':
      return (total + q[j]! * (moved - e[j]!)) / movedSum;
    case 'logSoftmax':
      return q[j]! * step - total * Math.log(movedSum);
    case 'logSumExp':
      return q[0]! * Math.log(movedSum);
  }
}

/** e^(z + zLow + step), the sum of the first and the last carried exactly. */
function movedPower(z: number, zLow: number, step: number): number {
  if (!Number.isFinite(z)) return 0;
  const high = z + step;
  const virtual = high - z;
  const low = z - (high - virtual) + (step - virtual) + zLow;
  const power = Math.exp(high);
  return power + power * low;
}

/**
 * The error of one value, in units of u64: the moved sum within 20 (S 7, e_j 4, the moved term 5·e^h, two
 * roundings, all over e^−h); softmax's numerator within 7 of Σ|q_i|·e_i and 13 of |q_j|·e_j, so 36 of both
 * after the division; log S within 20 + 2·log S, the total's own error beside it, and q_j·step once.
 */
function boundAt(
  { e, sum, logSum }: ShiftedLane,
  { form, q, qError }: Contraction,
  { total, magnitude, totalError }: Contracted,
  j: number,
): number {
  const share = e[j]! / sum;
  const cotangent = form === 'logSumExp' ? 0 : Math.abs(q[j]!);
  if (form === 'softmax') {
    const value = (growth * (magnitude + cotangent * e[j]!)) / sum;
    const others = Math.max(0, magnitude / sum - cotangent * share);
    const seventh = seventhDerivativeMax * share * (cotangent * (1 - share) + others);
    const fromTotal = (growth * totalError) / sum;
    return roundingBound(36 * u64 * value + fromTotal, centralStep) + truncationBound(seventh, centralStep);
  }
  const logError = u64 * (20 + 2 * (logSum + centralStep));
  const valueError =
    Math.abs(total) * logError +
    totalError * (logSum + centralStep) +
    3 * u64 * (cotangent * centralStep + Math.abs(total) * (logSum + centralStep)) +
    (form === 'logSoftmax' ? qError[j]! * centralStep : 0);
  const sixth = sixthDerivativeMax * share * Math.abs(total);
  return roundingBound(valueError, centralStep) + truncationBound(sixth, centralStep);
}
