/**
 * Central differences at h, h/2 and h/4 put together so
 * that the errors in h² and h⁴ cancel, and what is left.
 */

/**
 * The weights of D(h), D(h/2), D(h/4), where D(h) = (f(h) − f(−h)) / 2h:
 * Neville's scheme in h², Σ weights = 1.
 */
const weights = [1 / 45, -20 / 45, 64 / 45] as const;
export const levels: number = weights.length;

/** `differences[l]` is D(h/2^l). */
export function extrapolate(differences: ArrayLike<number>): number {
  let sum = 0;
  for (let level = levels - 1; level >= 0; level--) sum += weights[level]! * differences[level]!;
  return sum;
}

/**
 * An error of at most δ in each value of f makes one of at most δ·6.6/h in the result: D(h/2^l) has 2^l·δ/h,
 * and (1 + 20·2 + 64·4)/45 = 6.6.
 */
export function roundingBound(valueError: number, h: number): number {
  return (6.6 * valueError) / h;
}

/**
 * D(h) = f' + h²f'''/6 + h⁴f⁽⁵⁾/120 + h⁶·f⁽⁷⁾(ξ)/5040 (Lagrange), the first two errors cancel, and the third
 * is at most Σ|weight_l|·2^(−6l) = (1 + 20/64 + 64/4096)/45 < 0.0296 of it: h⁶·0.0296·max|f⁽⁷⁾|/5040.
 */
export function truncationBound(seventhDerivative: number, h: number): number {
  return ((0.0296 * h ** 6) / 5040) * seventhDerivative;
}

/**
 * The same where f is analytic with |f| ≤ M on the unit disc: its coefficients are at most M (Cauchy), that
 * of h⁶ is weighted by 1/64 and the later ones by at most 1/45: M·(h⁶/64 + h⁸/45/(1 − h²)) ≤ M·h⁶/60 for h ≤
 * 1/32.
 */
export function analyticTruncationBound(maximumOnUnitDisc: number, h: number): number {
  return (maximumOnUnitDisc * h ** 6) / 60;
}
