/**
 * Derivatives by complex step: f(z + i·h·e_j) evaluated in complex arithmetic, its imaginary part divided by
 * h. No difference is taken, so nothing cancels, and the truncation, h²·f'''/6 ≈ 1e-300, is nothing. Divided
 * by h first and contracted with the cotangent then: 1e-200·1e-150 would be 0.
 */
import { formatFacts } from '../../float/format.ts';
import type { Contraction } from './contraction.ts';
import { u64, type ShiftedLane } from './shifted-lane.ts';

/** A numerical derivative and a bound on its error. Written into, one for many elements. */
export interface Estimate {
  value: number;
  bound: number;
}

/** About 1e-150, and a power of two: dividing by it rounds nothing. */
const h = 2 ** -498;
const sinH: number = Math.sin(h);
/**
 * What one underflow of an imaginary part, at most half a smallest subnormal, is worth after dividing by h.
 */
const smallestSubnormal = formatFacts('float64').smallestSubnormal;
const underflow = smallestSubnormal / h;

/** dφ/dx_j of one lane, j in [0, length). */
export function complexStep(
  lane: ShiftedLane,
  contraction: Contraction,
  j: number,
  estimate: Estimate,
): void {
  switch (contraction.form) {
    case 'softmax':
      return softmaxStep(lane, contraction, j, estimate);
    case 'logSoftmax':
      return logSoftmaxStep(lane, contraction, j, estimate);
    case 'logSumExp':
      return logSumExpStep(lane, contraction, j, estimate);
  }
}

/**
 * Im((a + ib) / (c + id)), where c ≥ 1 and b, d are of the order of h:
 * c² + d² cannot overflow below n = 1e150.
 */
function imaginaryOfQuotient(a: number, b: number, c: number, d: number): number {
  return (b * c - a * d) / (c * c + d * d);
}

/**
 * y_i = e_i/S: with e_j → e_j·(cos h + i·sin h), S → S + i·e_j·sin h (cos h is 1). In units of u64, relative
 * to s_i·s_j off the diagonal: e_i and e_j 8, S² 14, five operations: 27 ≤ 28; on it, of s_j·(1 + s_j) since
 * b·c − a·d cancels there. Products with q and their compensated sum: 3 of Σ|q_i·J_ij|.
 */
function softmaxStep(
  { length, e, sum }: ShiftedLane,
  { q, qError }: Contraction,
  j: number,
  estimate: Estimate,
): void {
  const sumImaginary = e[j]! * sinH;
  const shareOfJ = e[j]! / sum;
  let total = 0;
  let compensation = 0;
  let magnitude = 0;
  let cotangents = 0;
  let fromCotangent = 0;
  for (let i = 0; i < length; i++) {
    const derivative = imaginaryOfQuotient(e[i]!, i === j ? sumImaginary : 0, sum, sumImaginary) / h;
    const term = q[i]! * derivative;
    const next = total + term;
    compensation += Math.abs(total) >= Math.abs(term) ? total - next + term : term - next + total;
    total = next;
    const size = i === j ? shareOfJ * (1 + shareOfJ) : Math.abs(derivative);
    magnitude += Math.abs(q[i]!) * size;
    cotangents += Math.abs(q[i]!);
    fromCotangent += qError[i]! * size;
  }
  estimate.value = total + compensation;
  estimate.bound =
    31 * u64 * magnitude + fromCotangent + 4 * underflow * cotangents + length * smallestSubnormal;
}

/**
 * log y_i = z_i − log S: the imaginary part of log S is atan2(Im S, Re S) ≈ h·s_j, relative to s_j within, in
 * units of u64: e_j 4, S 7, the product, atan2 and the quotient 4: 15. δ_ij − s_j rounds once more.
 */
function logSoftmaxStep(
  { length, e, sum }: ShiftedLane,
  { q, qError }: Contraction,
  j: number,
  estimate: Estimate,
): void {
  const angle = Math.atan2(e[j]! * sinH, sum);
  const shareOfJ = angle / h;
  let total = 0;
  let compensation = 0;
  let magnitude = 0;
  let cotangents = 0;
  let fromCotangent = 0;
  for (let i = 0; i < length; i++) {
    const derivative = ((i === j ? h : 0) - angle) / h;
    const term = q[i]! * derivative;
    const next = total + term;
    compensation += Math.abs(total) >= Math.abs(term) ? total - next + term : term - next + total;
    total = next;
    magnitude += Math.abs(term);
    cotangents += Math.abs(q[i]!);
    fromCotangent += qError[i]! * (Math.abs(derivative) + (i === j ? u64 : 0)); // −s_j alone is relative
  }
  estimate.value = total + compensation;
  estimate.bound =
    u64 * (15 * shareOfJ * cotangents + 3 * magnitude + Math.abs(q[j]!)) +
    fromCotangent +
    4 * underflow * cotangents +
    length * smallestSubnormal;
}

/** Im log S / h, contracted with one cotangent: 15 as above, and the product. */
function logSumExpStep({ e, sum }: ShiftedLane, { q }: Contraction, j: number, estimate: Estimate): void {
  const derivative = Math.atan2(e[j]! * sinH, sum) / h;
  estimate.value = q[0]! * derivative;
  estimate.bound = 16 * u64 * Math.abs(estimate.value) + 4 * underflow * Math.abs(q[0]!) + smallestSubnormal;
}

/**
 * dφ/dt_j of the loss, which is linear in the targets: only t_j is complex, so that the loss −k·Σ
 * w_c·((1−ε)·t_c + ε/C)·log p_c has the imaginary part −k·w_j·(1−ε)·h·log p_j, and a class of weight 0 adds
 * 0. In units of u64: k 3, 1−ε 1, four products 4, log p_j = z_j − log S 2: 10 of the value; and, absolute in
 * log p_j, 9·log S.
 */
export function complexStepOfTarget(
  { z, zLow, logSum }: ShiftedLane,
  { factor, weight, labelSmoothing }: { factor: number; weight: number; labelSmoothing: number },
  j: number,
  estimate: Estimate,
): void {
  const logProbability = z[j]! - logSum + zLow[j]!;
  const targetImaginary = (1 - labelSmoothing) * h;
  const lossImaginary = weight * targetImaginary === 0 ? 0 : -(weight * targetImaginary * logProbability);
  const scale = Math.abs(factor) * weight * (1 - labelSmoothing);
  estimate.value = factor * (lossImaginary / h);
  estimate.bound =
    10 * u64 * Math.abs(estimate.value) +
    9 * u64 * scale * logSum +
    Math.abs(factor) * 4 * underflow * (1 + Math.abs(logProbability)) +
    smallestSubnormal * (1 + weight * Math.abs(logProbability));
}
