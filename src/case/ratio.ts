/** How bad a divergence is: how many times its worst element is outside what it is allowed. */
import { z } from 'zod';
import { errorRatio } from '../float/error-ratio.ts';
import type { Format } from '../float/format.ts';
import type { Divergence } from './verdict.ts';

/**
 * |got − due| ÷ what is allowed at its severity, of the worst element. 'Infinity', which JSON has no number
 * for, where a side is not finite. Null where there is nothing to divide: for a divergence of conduct.
 */
export type Ratio = number | 'Infinity' | null;

export const ratioSchema: z.ZodType<Ratio> = z.union([z.number().min(0), z.literal('Infinity'), z.null()]);

/** The ratio of a divergence on data of the format. */
export function ratioOf(
  { oracle, got, exact, allowed }: Pick<Divergence, 'oracle' | 'got' | 'exact' | 'allowed'>,
  format: Format,
): Ratio {
  if (oracle === 'conduct') return null;
  if (got === null || exact === null || allowed === null) return 'Infinity';
  return errorRatio(got, { exact, allowed, format }) ?? 'Infinity';
}

/** The larger one: associative and commutative. One that is not known, undefined, says nothing. */
export function largerRatio(a: Ratio | undefined, b: Ratio | undefined): Ratio | undefined {
  if (a === undefined || b === undefined) return a === undefined ? b : a;
  if (a === null || b === null) return b ?? a;
  return Number(a) >= Number(b) ? a : b;
}

/** Beyond this factor a known divergence has become another one. */
export const growthMin = 16;

/** Whether the ratio has grown by that factor. What is not known grows by nothing. */
export function hasGrown(before: Ratio, after: Ratio | undefined): boolean {
  if (before === null || after === null || after === undefined) return false;
  return Number(before) < Infinity && Number(after) >= growthMin * Number(before);
}
