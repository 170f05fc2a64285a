/**
 * What a subject says that it supports: its schema and its words. Whether a case is within it:
 * why-unsupported.ts.
 */
import { z } from 'zod';
import {
  reductions,
  type CrossEntropySupports,
  type Supports,
  type TargetSupport,
} from '../contract/subject.ts';
import { formats } from '../float/format.ts';
import { largestTensor } from './tensor-json.ts';

/** The largest rank that is drawn. */
export const largestRank = 6;

const targetSupports: readonly TargetSupport[] = ['indices', 'probabilities'];

const rank = z.int().min(0).max(largestRank);
const crossEntropySchema: z.ZodType<CrossEntropySupports> = z.strictObject({
  target: z.exactOptional(z.array(z.enum(targetSupports)).min(1)),
  reduction: z.exactOptional(z.array(z.enum(reductions)).min(1)),
  labelSmoothing: z.exactOptional(z.boolean()),
  weight: z.exactOptional(z.boolean()),
  ignoreIndex: z.exactOptional(z.boolean()),
});

/** A key that is not known is refused: a misspelt one would restrict nothing. */
export const supportsSchema: z.ZodType<Supports> = z.strictObject({
  formats: z.exactOptional(z.array(z.enum(formats)).min(1)),
  rank: z.exactOptional(
    z.tuple([rank, rank]).refine(([min, max]) => min <= max, '[min, max] with min ≤ max'),
  ),
  axis: z.exactOptional(z.enum(['any', 'last'])),
  empty: z.exactOptional(z.enum(['none', 'lanes', 'classes', 'any'])),
  crossEntropy: z.exactOptional(crossEntropySchema),
  maxElements: z.exactOptional(z.int().min(1).max(largestTensor.elements)),
}) as z.ZodType<Supports>;

/** `rank 1 to 3, axis last`: what is restricted, in the order of the contract; '' where nothing is. */
export function supportsText(supports: Supports): string {
  const { formats: known, rank: ranks, axis, empty, crossEntropy = {}, maxElements } = supports;
  const { target, reduction } = crossEntropy;
  const without = (['labelSmoothing', 'weight', 'ignoreIndex'] as const).filter(
    (option) => crossEntropy[option] === false,
  );
  return [
    ...(known === undefined ? [] : [listed(known)]),
    ...(ranks === undefined
      ? []
      : [ranks[0] === ranks[1] ? `rank ${ranks[0]}` : `rank ${ranks[0]} to ${ranks[1]}`]),
    ...(axis === 'last' ? ['axis last'] : []),
    ...(empty === undefined || empty === 'any' ? [] : [`empty ${empty}`]),
    ...(target === undefined ? [] : [`target ${target.join(' and ')}`]),
    ...(reduction === undefined ? [] : [`reduction ${reduction.join(' and ')}`]),
    ...without.map((option) => `no ${option}`),
    ...(maxElements === undefined ? [] : [`up to ${maxElements} elements`]),
  ].join(', ');
}

/** `float32, float16 and bfloat16` */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
