/**
 * What a campaign counted of each entry: committed, so
 * that the readable list is the same wherever it is made.
 */
import { z } from 'zod';

export interface LedgerCounts extends CountedCases {
  /** What was counted of references that are asked in stacks; absent where none was. */
  readonly inStacks?: CountedInStacks;
  /** What was counted in float16 and bfloat16; absent where nothing was. */
  readonly halves?: CountedCases;
}

export interface CountedCases {
  /** Prints them again. */
  readonly command: string;
  readonly cases: number;
  /** Divergences that no entry explained. */
  readonly unexplained: number;
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

const countedCases = {
  command: z.string(),
  cases: z.int().min(1),
  unexplained: z.int().min(0),
  counts: z.record(z.string(), z.record(z.string(), z.int().min(1))),
};

export const ledgerCountsSchema: z.ZodType<LedgerCounts> = z.strictObject({
  ...countedCases,
  inStacks: z.exactOptional(
    z.strictObject({
      command: z.string(),
      references: z.array(z.string()).min(1),
      cases: z.int().min(1),
      unexplained: z.int().min(0),
    }),
  ),
  halves: z.exactOptional(z.strictObject(countedCases)),
});
