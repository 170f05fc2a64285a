/**
 * Whole powers of two from 2^-1074 to 2^1023, made by exact doubling:
 * `**` is not promised to be exact, and takes longer.
 */
const powersOfTwo: Float64Array = (() => {
  const powers = new Float64Array(1074 + 1024);
  powers[0] = Number.MIN_VALUE;
  for (let i = 1; i < powers.length; i++) powers[i] = powers[i - 1]! * 2;
  return powers;
})();

/** 2^exponent for an integer exponent in [−1074, 1023]. */
export function powerOfTwo(exponent: number): number {
  return powersOfTwo[exponent + 1074]!;
}
