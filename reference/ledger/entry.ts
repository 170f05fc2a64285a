/**
 * What an entry of the ledger is: something that a reference
 * gets wrong, known well enough to say when, how and why.
 */
import type { CaseJson } from '../../src/case/case-json.ts';
import type { Case } from '../../src/case/case.ts';
import type { JsonNumber } from '../../src/case/json-number.ts';
import type { StageName } from '../../src/case/stage.ts';
import type { Divergence, OracleName, Severity, Symptom } from '../../src/case/verdict.ts';
import type { Direction, Operation } from '../../src/contract/subject.ts';
import type { Format } from '../../src/float/format.ts';

/** What is held against an implementation on one case. `blame` is 'subject' for the subject. */
export interface BlamedDivergence {
  readonly case: Case;
  readonly blame: string;
  readonly version: string;
  readonly divergence: Divergence;
  /** Asked as rows of a stack (src/examine/stack.ts), and not in its own shape, which is the default. */
  readonly isStacked?: boolean;
  /** The plain call of the case does not diverge; default false. */
  readonly onlyByForm?: boolean;
}

/** Which fields of a signature an entry covers. */
export interface Coverage {
  readonly kernels: readonly `${Operation}/${Direction}`[];
  /** Default float32 alone. */
  readonly formats?: readonly Format[];
  readonly oracles: readonly OracleName[];
  readonly severities: readonly Severity[];
  readonly symptoms: readonly Symptom[];
  /** Where something is thrown or printed: what it has to say. */
  readonly message?: RegExp;
}

/** What a known cause makes of an element, and how far rounding may take it from there. */
export interface KnownAnswer {
  readonly value: number;
  readonly slack: number;
}

/** What is held against an element, beside the case. */
export interface BlamedElement {
  readonly exact: number;
  readonly blame: string;
  readonly isStacked: boolean;
}

/** A program without logitfuzz: what a maintainer pastes, behind the lines that load the package. */
export interface Snippet {
  /** The reference on which it prints what `prints` says; the others that are affected show it as well. */
  readonly on: string;
  /**
   * Asks by what the reference's package loads, prints the answer, and ends with the exit code: 1 where it is
   * the wrong one.
   */
  readonly code: string;
  /** What it prints, without the banners: the wrong answer. */
  readonly prints: string;
}

export type Answered =
  | { readonly kind: 'value'; readonly value: JsonNumber }
  | { readonly kind: 'throws'; readonly message: string }
  /** What was in memory: another answer each time. */
  | { readonly kind: 'unwritten' };

/** Looks like the entry, and is not: it has to be reported as new. */
export interface NearMiss {
  readonly case: CaseJson;
  readonly blame: string;
  readonly version: string;
  readonly divergence: Divergence;
  /** Ends the sentence "It is new, because …". */
  readonly because: string;
}

/** One thing that references are known to get wrong, with its cause and a program that shows it. */
export interface LedgerEntry {
  /** Stands in findings and signatures: small letters, digits and hyphens. */
  readonly id: string;
  /** The step of the calculation in which it goes wrong. Said before anything guessed it. */
  readonly stage: StageName;
  readonly title: string;
  /** The versions of each reference, as it reports them; another version is another implementation. */
  readonly affects: Readonly<Record<string, readonly string[]>>;
  readonly covers: Coverage;
  /** Whether the cause is at work at this element of the output (null: at none in particular) of the case. */
  readonly concerns: (c: Case, element: number | null) => boolean;
  /** `concerns` in words. */
  readonly when: string;
  /**
   * What the cause makes of the element. Where it is there, an answer elsewhere is something else, and new.
   */
  readonly gives?: (c: Case, element: number, about: BlamedElement) => KnownAnswer;
  /** A wide one is written only where it is asked for, by a getter: every worker loads the ledger. */
  readonly smallest: CaseJson;
  /** Flat position in its output, and what is due there; null where there is no element. */
  readonly shown: { readonly element: number; readonly exact: JsonNumber } | null;
  /**
   * What each reference gives there, or the beginning of what
   * it throws, or both where two calls give two answers.
   */
  readonly given: Readonly<Record<string, Answered>>;
  /** Markdown: file and function, and what is wrong there. */
  readonly cause: string;
  /** Markdown: for its users, today. */
  readonly workaround: string;
  readonly snippet: Snippet;
  readonly nearMiss: NearMiss;
}
