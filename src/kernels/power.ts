/**
 * e^−a for what is rounded to float32 in the end: a table and a short polynomial, four times as fast as
 * Math.exp and not quite as exact. float64 data takes Math.exp. The error is derived in docs/numerics.md §18.
 * simd/lanes.ts takes the same steps.
 */

/** Steps to a factor of 2. */
const steps = 1024;
const stepMask = steps - 1;
const stepBits = 10;

/** 2^(−j/steps). */
export const fractions: Float64Array = Float64Array.from({ length: steps }, (_, j) => 2 ** (-j / steps));
/** 2^−i, exact. */
const powersOfTwo = Float64Array.from({ length: 1024 }, (_, i) => 2 ** -i);
/** Above it n / steps would leave the table. */
const exponentMax = 708;

const stepsPerUnit = steps / Math.LN2;
/** Added and taken away again, it rounds to an integer: its last bit is worth 1. */
const rounder = 1.5 * 2 ** 52;
/** e^(g·ln 2/steps) ≈ 1 + c1·g + c2·g² + c3·g³. c2 has what g⁴ is on average: |g| ≤ 1/2. */
const c1 = Math.LN2 / steps;
const c2 = (c1 * c1) / 2 + (c1 * c1 * c1 * c1) / 96;
const c3 = (c1 * c1 * c1) / 6;

/** e^−a for a ≥ 0, +∞ included; NaN for NaN. Relative error at most (5 + 2a)·2^−53, and 0 for a > 708. */
export function powerOfMinus(a: number): number {
  if (a > exponentMax) return 0;
  const position = a * stepsPerUnit;
  const nearest = position + rounder - rounder;
  const g = nearest - position;
  const n = nearest | 0;
  const power = fractions[n & stepMask]! * powersOfTwo[n >> stepBits]!;
  return power * (1 + g * (c1 + g * (c2 + g * c3)));
}
