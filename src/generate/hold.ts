/** The last step of whoever fills a tensor: what is drawn as float64, made the format's. */
import { formatFacts, isHalf, type FloatArray, type Format } from '../float/format.ts';

/**
 * Rounds the values of a half where they stand; what is finite stays so. Arrays of native formats have
 * rounded theirs themselves.
 */
export function holdIn(format: Format, data: FloatArray): void {
  if (!isHalf(format)) return;
  const { largestFinite, round } = formatFacts(format);
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    const nearest = round(value);
    data[i] =
      Math.abs(nearest) === Infinity && nearest !== value ? Math.sign(value) * largestFinite : nearest;
  }
}
