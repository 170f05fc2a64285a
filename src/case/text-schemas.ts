/** Texts in files that mean something: what is made of them later must not fail on what they hold. */
import { z } from 'zod';

/** A moment as `Date.toISOString` writes it: the least of several comes first, and every clock reads it. */
export const momentSchema: z.ZodType<string> = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, 'a moment as in 2024-02-29T13:45:01.123Z')
  .refine((text) => Number.isFinite(Date.parse(text)), 'a moment that there is');

/** Seconds that a run took: below three thousand years, so that its end is a moment, too. */
export const secondsSchema: z.ZodType<number> = z.number().min(0).max(1e11);

/** The subject, or the name of a reference. */
export const blameSchema: z.ZodType<string> = z
  .string()
  .regex(/^[a-z0-9-]{1,100}$/, 'who is blamed: small letters, digits and hyphens');

/** A path that an operating system can be asked for. */
export const pathSchema: z.ZodType<string> = z
  .string()
  .min(1)
  .refine((text) => !text.includes('\0'), 'a path, without a NUL');
