/** Numbers for a person to read. */

export { numberText } from '../float/decimal.ts';

/**
 * Four digits, all before the point where there are more:
 * for a bound or an error, where more would say nothing.
 */
export function roundedText(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1_000 && magnitude < 1e12) return String(Math.round(value));
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}

/** As `roundedText`, with as many digits more as tell the value from one that is so far off, and how far. */
export function toldApartText(value: number, error: number): string {
  const digits = Math.ceil(Math.log10(Math.abs(value) / error)) + 2;
  if (!(digits > 4)) return roundedText(value);
  return String(Number(value.toPrecision(Math.min(digits, 17))));
}
