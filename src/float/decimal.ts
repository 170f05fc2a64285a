/** The shortest decimal of a number of a format: what a person reads, and types in again. */
import { formatFacts, isHalf, type ElementFormat } from './format.ts';

/**
 * The fewest digits that read back to the same number of the format; of a half that is an integer below 2^17
 * all of them: 65504, where 65500 would read back too. −0, NaN and infinities as JavaScript has them.
 */
export function numberText(value: number, format: ElementFormat): string {
  if (Object.is(value, -0)) return '-0';
  if (format === 'float64' || format === 'int32' || !Number.isFinite(value)) return String(value); // the shortest of a float64 already
  if (isHalf(format) && Number.isInteger(value) && Math.abs(value) < 2 ** 17) return String(value);
  const { decimalDigits, round } = formatFacts(format);
  for (let digits = 1; digits < decimalDigits; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (round(shorter) === round(value)) return String(shorter);
  }
  return String(Number(value.toPrecision(decimalDigits)));
}

/**
 * As `numberText` for a number of the format. Of any other, a sum of several say, all digits of the float64
 * that it is.
 */
export function measuredText(value: number, format: ElementFormat): string {
  const isOfFormat = format !== 'int32' && Object.is(formatFacts(format).round(value), value);
  return numberText(value, isOfFormat ? format : 'float64');
}
