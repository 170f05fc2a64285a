/** Which call is about to be made, and for which case: noted before code that may never return. */

/**
 * What the worker is busy with: `idle` with nothing, or with work of our own that calls nobody; `load` with
 * loading an implementation; `judge` with the case itself, `shrink` with shrinking a finding of it, `stack`
 * with asking a reference for the stack that the case is in.
 */
export const stages = ['idle', 'load', 'judge', 'shrink', 'stack'] as const;
export type Stage = (typeof stages)[number];

export interface CallPlace {
  /** The case's index; negative for a case of the corpus. */
  readonly index: number;
  readonly stage: Stage;
  /** Place in [subject, ...references] of the implementation being called. */
  readonly place: number;
}

/** Where calls are noted: a worker's journal, or nowhere. */
export interface CallLog {
  write(place: CallPlace): void;
}
