/** What of a verdict stands in files, as schemas. Apart from the types, which the report's page bundles. */
import { z } from 'zod';
import { oracleNames, type Alike, type Symptom } from './verdict.ts';

export const symptoms: readonly Symptom[] = [
  ...(['nan', 'inf', 'sign', 'zero', 'ulps'] as const),
  ...(['input-written', 'outside-written', 'output-aliased', 'output-overwritten'] as const),
  ...(['not-a-tensor', 'shape', 'format', 'printed', 'accepted', 'intrinsic-changed'] as const),
  ...(['threw', 'timed-out', 'crashed', 'out-of-memory', 'not-repeatable'] as const),
  'depends-on-earlier-calls',
];

export const alikeShape: {
  readonly [K in keyof Alike]: z.ZodType<Alike[K]>;
} = {
  oracle: z.enum(oracleNames),
  severity: z.enum(['wrong', 'inaccurate']),
  symptom: z.enum(symptoms),
};

export const alikeSchema: z.ZodType<Alike> = z.strictObject(alikeShape);
