/**
 * Whether a float lies within a tolerance of an exact value,
 * once that interval is rounded to the float's format.
 */
import { isHalf, roundTo, type Format } from './format.ts';
import { ulpSize } from './ulp.ts';

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

/**
 * The largest error that an answer on the side of `got` may have, as it is told to people: the tolerance, and
 * for halves what rounding its end can add, half an ULP there. In the native formats tolerances are of
 * several ULPs, and are told as they are.
 */
export function acceptedError(got: number, { exact, tolerance, format }: Interval): number {
  const end = got < exact ? exact - tolerance : exact + tolerance;
  return isHalf(format) && Number.isFinite(end) ? tolerance + ulpSize(end, format) / 2 : tolerance;
}
