/** What an implementation declares of its arithmetic, and what is assumed of it: schemas. */
import { z } from 'zod';
import { halfLevels, type Arithmetic, type AssumedArithmetic } from '../contract/subject.ts';

const ulps = z.number().min(0);
const ofHalves = {
  halves: z.exactOptional(z.enum(halfLevels)),
  lossDtype: z.exactOptional(z.literal('float32')),
};

/** What is declared; a key that is not known is refused. */
export const arithmeticSchema: z.ZodType<Arithmetic> = z.strictObject({
  expUlps: z.exactOptional(ulps),
  logUlps: z.exactOptional(ulps),
  flushesSubnormals: z.exactOptional(z.boolean()),
  ...ofHalves,
}) as z.ZodType<Arithmetic>;

/** What is assumed, as a finding records it: what is of halves is absent where nothing was declared. */
export const assumedSchema: z.ZodType<AssumedArithmetic> = z.strictObject({
  expUlps: z.number(),
  logUlps: z.number(),
  flushesSubnormals: z.boolean(),
  ...ofHalves,
}) as z.ZodType<AssumedArithmetic>;
