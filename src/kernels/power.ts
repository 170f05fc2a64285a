/**
 * e^−a for what is rounded to float32 in the end: a table and a short polynomial, four times as fast as
 * Math.exp and not quite as exact. float64 data takes Math.exp. The error is derived in docs/numerics.md §18.
 * simd/lanes.ts takes the same steps.
 */

/** Steps to a factor of 2. */
const steps = 1024;
const stepMask = steps - 1;
const stepBits = 10;

/** 2^−i, exact. */
const powersOfTwo = Float64Array.from({ length: 1024 }, (_, i) => 2 ** -i);
/** Above it a power is 0: times what `fractions` leaves out, a smaller one would be no normal number. */
const exponentMax = 680;

const stepsPerUnit = steps / Math.LN2;
/** Added and taken away again, it rounds to an integer: its last bit is worth 1. */
const rounder = 1.5 * 2 ** 52;
/** e^(g·ln 2/steps) ≈ 1 + c1·g + c2·g² + c3·g³. c2 has what g⁴ is on average: |g| ≤ 1/2. */
const c1 = Math.LN2 / steps;
const c2 = (c1 * c1) / 2 + (c1 * c1 * c1 * c1) / 96;
/**
 * The same as scale·(y³ + linear·y + constant) with y = g + middle, which has no y²: two steps less. It has
 * an integer for the middle, 1477.3, and so a c3 that is off by 2^−12; the linear term has what that is on
 * average.
 */
const middle = 1477;
const scale = c2 / (3 * middle);
const linear = (c1 - (scale - (c1 * c1 * c1) / 6) * (3 / 16)) / scale - 3 * middle * middle;
/** Less a last bit, of which the sum for y = middle is one that times its reciprocal is 1. */
const constant = 1 / scale - (middle * middle + linear) * middle - 2 ** -19;
const rounderBelow = rounder - middle;

/** scale·2^(−j/steps): of j = 0 such that e^0 is 1. */
export const fractions: Float64Array = Float64Array.from(
  { length: steps },
  (_, j) => 2 ** (-j / steps) / ((middle * middle + linear) * middle + constant),
);

/** e^−a for a ≥ 0, +∞ included; NaN for NaN. Relative error at most (11 + 2a)·2^−53, and 0 for a > 680. */
export function powerOfMinus(a: number): number {
  if (a > exponentMax) return 0;
  const position = a * stepsPerUnit;
  const nearest = position + rounder - rounderBelow;
  const y = nearest - position;
  const n = (nearest | 0) - middle;
  const power = fractions[n & stepMask]! * powersOfTwo[n >> stepBits]!;
  return power * ((y * y + linear) * y + constant);
}
