/** How many times an error is outside of what is allowed. Knows neither who allows it nor why. */
import { formatFacts, isHalf, type Format } from './format.ts';

/**
 * |got − exact| ÷ allowed, and no less than a step of the format is allowed: no answer can be nearer than the
 * numbers lie. Of halves what is allowed has half a step in it already. Finite; null where a side is not.
 */
export function errorRatio(
  got: number,
  { exact, allowed, format }: { readonly exact: number; readonly allowed: number; readonly format: Format },
): number | null {
  if (!Number.isFinite(got) || !Number.isFinite(exact)) return null;
  const step = formatFacts(format).smallestSubnormal;
  const least = Math.max(allowed, isHalf(format) ? step / 2 : step);
  // Halves only where the difference itself overflows: those of subnormal numbers are none of the format.
  const difference = Math.abs(got - exact);
  const ratio = difference < Infinity ? difference / least : Math.abs(got / 2 - exact / 2) / (least / 2);
  return Math.min(ratio, Number.MAX_VALUE);
}
