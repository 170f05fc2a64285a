/**
 * Whether a float lies within a tolerance of an exact value,
 * once that interval is rounded to the float's format.
 */
import { roundTo, type Format } from './format.ts';

interface Interval {
  readonly exact: number;
  readonly exactLow?: number;
  readonly tolerance: number;
  readonly format: Format;
}

/**
 * RN(exact − tolerance) ≤ got ≤ RN(exact + tolerance), rounded to the format with overflow to ±∞; NaN for
 * NaN. −0 is 0. Never a subtraction of the two: logSoftmax([3e38, −3e38]) = [0, −∞] is right in float32.
 */
export function isAccepted(got: number, { exact, exactLow = 0, tolerance, format }: Interval): boolean {
  if (Number.isNaN(exact)) return Number.isNaN(got);
  if (!Number.isFinite(exact)) return got === exact;
  return (
    got >= roundTo(format, exact + (exactLow - tolerance)) &&
    got <= roundTo(format, exact + (exactLow + tolerance))
  );
}
