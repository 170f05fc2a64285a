/** Numbers for a person to read, and to type in again. */
import type { ElementFormat } from '../float/format.ts';

/**
 * The fewest digits that read back to the same number of the format;
 * −0, NaN and infinities as JavaScript has them.
 */
export function numberText(value: number, format: ElementFormat): string {
  if (Object.is(value, -0)) return '-0';
  if (format !== 'float32' || !Number.isFinite(value)) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === Math.fround(value)) return String(shorter);
  }
  return String(Number(value.toPrecision(9)));
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
