/**
 * What a campaign counted of each entry: committed, so
 * that the readable list is the same wherever it is made.
 */
import { z } from 'zod';

export interface LedgerCounts {
  /** Prints them again. */
  readonly command: string;
  readonly cases: number;
  /** Divergences that no entry explained. */
  readonly unexplained: number;
  /** What was counted of references that are asked in stacks; absent where none was. */
  readonly inStacks?: CountedInStacks;
  /** Entry → reference → cases. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface CountedInStacks {
  /** Prints them again. */
  readonly command: string;
  readonly references: readonly string[];
  readonly cases: number;
  /** Signatures that no entry explained. */
  readonly unexplained: number;
}

export const ledgerCountsSchema: z.ZodType<LedgerCounts> = z.strictObject({
  command: z.string(),
  cases: z.int().min(1),
  unexplained: z.int().min(0),
  inStacks: z.exactOptional(
    z.strictObject({
      command: z.string(),
      references: z.array(z.string()).min(1),
      cases: z.int().min(1),
      unexplained: z.int().min(0),
    }),
  ),
  counts: z.record(z.string(), z.record(z.string(), z.int().min(1))),
});
