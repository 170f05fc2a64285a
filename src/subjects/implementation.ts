/** What the harness asks of anything it runs, the subject and each reference alike. */
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import type { AssumedArithmetic } from '../contract/subject.ts';
import type { Stacking } from './stacking.ts';

/** A subject or a reference, ready to be asked. */
export interface Implementation {
  readonly name: string;
  readonly version: string;
  /** What computes below it, e.g. 'TensorFlow 2.15.1'. */
  readonly engine?: string;
  /** Where it follows other conventions than the contract's, in words: what is not asked of it. */
  readonly conventions?: string;
  readonly role: 'subject' | 'reference';
  /** Filled in: 1 ULP each and no flushing where nothing is declared. */
  readonly arithmetic: AssumedArithmetic;
  /** How small cases are asked as one; absent where each is asked alone, as a subject always is. */
  readonly stacking?: Stacking;
  /** Why this case is not for it, or null. Answers without running anything. */
  declines(c: Case): string | null;
  /**
   * Never throws for what the implementation does: that is in the Outcome. A promise only where it must wait.
   */
  run(c: Case): Outcome | Promise<Outcome>;
  /**
   * Answers many cases at once, in their order; absent where that gains nothing. None of them is one that it
   * declines.
   */
  runMany?(cases: readonly Case[]): Promise<readonly Outcome[]>;
  /** Frees what it holds. */
  dispose?(): void;
}

/** The name of a subject that was given as an object and exports none. */
export const anonymousSubject = 'anonymous';

export const defaultArithmetic: AssumedArithmetic = { expUlps: 1, logUlps: 1, flushesSubnormals: false };
