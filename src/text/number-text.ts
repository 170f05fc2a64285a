/** Numbers for a person to read, and to type in again. */
import { formatFacts, type ElementFormat } from '../float/format.ts';

/**
 * The fewest digits that read back to the same number of the format;
 * −0, NaN and infinities as JavaScript has them.
 */
export function numberText(value: number, format: ElementFormat): string {
  if (Object.is(value, -0)) return '-0';
  if (format === 'int32' || !Number.isFinite(value)) return String(value);
  const { decimalDigits, round } = formatFacts(format);
  for (let digits = 1; digits < decimalDigits; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (round(shorter) === round(value)) return String(shorter);
  }
  return String(Number(value.toPrecision(decimalDigits)));
}

/**
 * Four digits, all before the point where there are more:
 * for a bound or an error, where more would say nothing.
 */
export function roundedText(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1_000 && magnitude < 1e12) return String(Math.round(value));
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}
