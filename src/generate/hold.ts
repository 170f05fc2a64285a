/** What is drawn as float64, made a half's. */
import { formatFacts, isHalf, roundTo, type FloatArray, type Format } from '../float/format.ts';

/**
 * Rounds the values of a half where they stand: what is finite stays so. Arrays of native formats have
 * rounded theirs themselves.
 */
export function holdIn(format: Format, data: FloatArray): void {
  if (!isHalf(format)) return;
  const { largestFinite } = formatFacts(format);
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    data[i] =
      Math.abs(value) < Infinity
        ? roundTo(format, Math.max(-largestFinite, Math.min(largestFinite, value)))
        : value;
  }
}
