/**
 * How far off an answer is, in a few words: in ULPs as far as those say something, beyond that by how many
 * times it is off by what is allowed. The one bound that every channel has.
 */
import { errorRatio } from '../float/error-ratio.ts';
import { formatFacts, type Format } from '../float/format.ts';
import { ulpSize } from '../float/ulp.ts';
import { roundedText } from './number-text.ts';

/** An error of one element; nothing of it need be finite. */
export interface Deviation {
  readonly got: number;
  readonly exact: number;
  /** The absolute error that is allowed there; null for none. */
  readonly allowed: number | null;
  readonly format: Format;
}

/**
 * From so many ULPs on an answer is far off: half of the bits of the format's significand are wrong. A ULP
 * measures what rounding does to the last bits; of an answer that has lost the first ones as well the count
 * says no more than the two values do, whose first digits differ, and grows to 8.5e+44 where no bit is right.
 */
export function ulpsMax(format: Format): number {
  return 2 ** Math.floor(formatFacts(format).significandBits / 2);
}

/**
 * Whether such an error is told in ULPs: not where a side is not finite, which is null, nor where what is due
 * is below the format's normal numbers, where a ULP says nothing of how much of the value is right.
 */
export function isToldInUlps(
  ulps: number | null,
  { exact, format }: Pick<Deviation, 'exact' | 'format'>,
): ulps is number {
  const { smallestNormal } = formatFacts(format);
  return ulps !== null && Math.abs(exact) >= smallestNormal && ulps < ulpsMax(format);
}

/** `12` in a table, beside the values; `> 4096` of what is far off; nothing where ULPs say nothing. */
export function ulpsText(ulps: number | null, due: Pick<Deviation, 'exact' | 'format'>): string {
  if (isToldInUlps(ulps, due)) return roundedText(ulps);
  return ulps === null || Math.abs(due.exact) < formatFacts(due.format).smallestNormal
    ? ''
    : `> ${ulpsMax(due.format)}`;
}

/** `12 ULPs > 4`, or `1048576 times the allowed error`; null where a side is not finite. */
export function howFarText(ulps: number | null, deviation: Deviation): string | null {
  const { exact, allowed, format } = deviation;
  if (!isToldInUlps(ulps, deviation)) return timesText(deviation);
  const bound = allowed === null ? '' : ` > ${roundedText(allowed / ulpSize(exact, format))}`;
  return `${roundedText(ulps)} ULPs${bound}`;
}

/** Error ÷ allowed; no less than a step of the format is allowed. Null where there is nothing to divide. */
export function timesText({ got, exact, allowed, format }: Deviation): string | null {
  if (allowed === null || !Number.isFinite(allowed)) return null;
  const times = errorRatio(got, { exact, allowed, format });
  return times !== null ? `${roundedText(times)} times the allowed error` : null;
}
