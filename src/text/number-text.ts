/** Numbers for a person to read. */
import { numberText } from '../float/decimal.ts';
import { halfFacts, isHalf, type ElementFormat } from '../float/format.ts';

export { numberText };

/** As `numberText`; of halves the bits, and enough digits to see how two differ: `0x3c01 = 1.00098`. */
export function elementText(value: number, format: ElementFormat): string {
  if (!isHalf(format)) return numberText(value, format);
  const told =
    Number.isFinite(value) && value !== 0 ? String(Number(value.toPrecision(6))) : numberText(value, format);
  return `${bitsText(halfFacts(format).encode(value))} = ${told}`;
}

/** The 16 bits of a half: `0x3c01`. */
export function bitsText(bits: number): string {
  return `0x${bits.toString(16).padStart(4, '0')}`;
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

/** As `roundedText`, with as many digits more as tell the value from one that is so far off, and how far. */
export function toldApartText(value: number, error: number): string {
  const digits = Math.ceil(Math.log10(Math.abs(value) / error)) + 2;
  if (!(digits > 4)) return roundedText(value);
  return String(Number(value.toPrecision(Math.min(digits, 17))));
}
