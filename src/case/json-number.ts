/** Numbers that JSON has no notation for, as strings: NaN, ±∞ and −0. */
import { z } from 'zod';

export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity' | '-0';

export const jsonNumberSchema: z.ZodType<JsonNumber> = z.union([
  z.number(),
  z.enum(['NaN', 'Infinity', '-Infinity', '-0']),
]);

/**
 * Loses nothing but a NaN's payload: JSON.stringify writes the shortest digits that give the same float64.
 */
export function toJsonNumber(value: number): JsonNumber {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : (String(value) as 'NaN' | 'Infinity' | '-Infinity');
}

export function fromJsonNumber(value: JsonNumber): number {
  return Number(value);
}
