/** Whether a finding of the subject was seen again in a fresh process, and after which calls. */
import { z } from 'zod';
import { caseSchema, type CaseJson } from './case-json.ts';
import type { Alike } from './verdict.ts';
import { alikeSchema } from './verdict-schemas.ts';

/**
 * alone: the case diverged again as the first that a process was asked. after-history: alone it did not, and
 * after the cases of `history` it did. after-more: only after more cases than a finding keeps. never: not
 * after anything that was tried. not-asked: no fresh process was asked.
 */
export const confirmations = ['alone', 'after-history', 'after-more', 'never', 'not-asked'] as const;
/** How far a finding was confirmed in a fresh process. */
export type Confirmation = (typeof confirmations)[number];

/** The most cases that a finding keeps of those before it. */
export const historyMax = 64;

/** What a finding says of a fresh process. */
export interface Confirmable {
  /** Absent where a reference is blamed, and in what was written before anybody asked. */
  readonly confirmed?: Confirmation;
  /** What a process has to be asked, in this order, before the case diverges; absent where nothing. */
  readonly history?: readonly CaseJson[];
  /** How often the history is asked over; absent: once. */
  readonly rounds?: number;
  /** The signature as which it was seen, where it depends on earlier calls and so has another. */
  readonly seenAs?: string;
  /** How its case diverges after those calls; there beside `seenAs`, but in files of old. */
  readonly diverged?: Alike;
}

export const confirmableShape: {
  readonly [K in keyof Required<Confirmable>]: z.ZodExactOptional<z.ZodType<Required<Confirmable>[K]>>;
} = {
  confirmed: z.exactOptional(z.enum(confirmations)),
  history: z.exactOptional(z.array(caseSchema).max(historyMax)),
  rounds: z.exactOptional(z.int().min(1)),
  seenAs: z.exactOptional(z.string()),
  diverged: z.exactOptional(alikeSchema),
};
