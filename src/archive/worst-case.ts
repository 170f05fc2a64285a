/**
 * The case in which a subject came nearest to its tolerance, or furthest beyond it:
 * what a search for the worst is after.
 */
import { z } from 'zod';
import { caseSchema, type CaseJson } from '../case/case-json.ts';

export interface WorstCase {
  /** Largest error ÷ careful tolerance over the elements; 1 is the bound of a careful algorithm. */
  readonly ratio: number;
  /** The index of the case, or of the chain that it stands in; negative for a case of the corpus. */
  readonly index: number;
  readonly case: CaseJson;
}

export const worstCaseSchema: z.ZodType<WorstCase> = z.strictObject({
  ratio: z.number().min(0),
  index: z.int(),
  case: caseSchema,
});

/** A total order, so that whatever the order of the work the same case is the worst. */
export function isWorse(a: WorstCase, b: WorstCase): boolean {
  if (a.ratio !== b.ratio) return a.ratio > b.ratio;
  if (a.index !== b.index) return a.index < b.index;
  return JSON.stringify(a.case) < JSON.stringify(b.case);
}
