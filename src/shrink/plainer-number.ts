/** Plainer stand-ins for one number: what shrinking tries in its place. Knows no case. */
import { roundTo, type Format } from '../float/format.ts';
import { exponentOf } from '../float/ulp.ts';
import { numberCost } from './simplicity.ts';

const keptBits: readonly number[] = [1, 2, 4, 8, 16];

/**
 * Plainest first, each plainer than the value, all of its format;
 * not finite only where the value is its equal.
 */
export function plainerNumbers(
  value: number,
  { format, favourite, isNegativeAllowed }: { format: Format; favourite: 0 | 1; isNegativeAllowed: boolean },
): readonly number[] {
  const cost = numberCost(value, favourite);
  const costOf = new Map<number, number>();
  for (const candidate of Number.isFinite(value) ? finiteCandidates(value, format) : [0, 1, -1]) {
    const candidateCost = numberCost(candidate, favourite);
    if (!(candidateCost < cost) || !Number.isFinite(candidate)) continue;
    if (candidate < 0 && !isNegativeAllowed) continue;
    costOf.set(candidate, candidateCost);
  }
  return [...costOf].sort(([, a], [, b]) => a - b).map(([candidate]) => candidate);
}

function finiteCandidates(value: number, format: Format): readonly number[] {
  if (value === 0) return [0, 1];
  const exponent = exponentOf(value);
  return [
    0,
    1,
    -1,
    ...(value < 0 ? [-value] : []),
    Math.round(value),
    ...keptBits.map((bits) => roundToBits(value, { bits, format })),
    ...smallerExponents(exponent).map((smaller) => scaled(value, smaller - exponent, format)),
  ];
}

/** Nearer to 0: half as far, three quarters as far, and one less; none where it is near already. */
export function smallerExponents(exponent: number): readonly number[] {
  if (Math.abs(exponent) < 4) return [];
  return [Math.trunc(exponent / 2), Math.trunc(0.75 * exponent), exponent - Math.sign(exponent)];
}

/** Rounds to the nearest number of the format with at most so many significant bits; may overflow to ±∞. */
export function roundToBits(value: number, { bits, format }: { bits: number; format: Format }): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  return roundToMultiple(value, { exponent: exponentOf(value) - bits + 1, format });
}

/** Rounds to the nearest multiple of 2^exponent, away from zero at a tie; may overflow to ±∞. */
export function roundToMultiple(
  value: number,
  { exponent, format }: { exponent: number; format: Format },
): number {
  const unit = 2 ** Math.max(exponent, -1074);
  const count = value / unit;
  return Number.isFinite(count)
    ? roundTo(format, Math.sign(value) * Math.round(Math.abs(count)) * unit)
    : value;
}

/** value · 2^power, rounded to the format; in two steps, since 2^power itself may overflow. */
export function scaled(value: number, power: number, format: Format): number {
  const half = Math.trunc(power / 2);
  return roundTo(format, value * 2 ** half * 2 ** (power - half));
}
