/** What the oracles conclude of one implementation on one case. */
import type { ConductViolation, OutcomeKind } from './outcome.ts';

/** The oracles in the order in which they count: a divergence's oracle is the first that fired. */
export const oracleNames = ['conduct', 'exact', 'gradient', 'property', 'differential'] as const;
/** The name of an oracle. */
export type OracleName = (typeof oracleNames)[number];

/**
 * wrong: no sound algorithm in this format explains it. inaccurate: outside the bound of a careful algorithm,
 * inside that of a naive one.
 */
export type Severity = 'wrong' | 'inaccurate';

/** An element has two tolerances: that of a careful algorithm, and that of any sound one, however naive. */
export type ToleranceName = 'careful' | 'naive';

/** The tolerance that a divergence of this severity is outside of. */
export function toleranceNameOf(severity: Severity): ToleranceName {
  return severity === 'wrong' ? 'naive' : 'careful';
}

export type ConductSymptom =
  | ConductViolation['kind']
  | Exclude<OutcomeKind, 'values' | 'unsupported'>
  | 'not-repeatable'
  | 'depends-on-earlier-calls';
/** nan, inf: got it where it is not due, or the reverse; sign: the wrong sign; zero: 0 where it is not. */
export type Symptom = 'nan' | 'inf' | 'sign' | 'zero' | 'ulps' | ConductSymptom;

/** One term of a tolerance, named for the rounding that it allows; absolute. */
export interface ToleranceTerm {
  readonly name: string;
  readonly value: number;
}

/** What one oracle has against an answer. */
export interface Divergence {
  readonly oracle: OracleName;
  readonly severity: Severity;
  readonly symptom: Symptom;
  /** One sentence, with the numbers. */
  readonly detail: string;
  /** The law that was broken, where the oracle is property; the kind of difference, where it is gradient. */
  readonly law: string | null;
  /** Flat position in the output of the worst element; null where no element is to blame. */
  readonly element: number | null;
  readonly got: number | null;
  readonly exact: number | null;
  /** Null where a side is not finite, and where what is due is below the normal numbers. */
  readonly ulps: number | null;
  /** The absolute error allowed at this severity; of halves with half an ULP, for the last rounding. */
  readonly allowed: number | null;
  /** How many elements are outside their tolerance. */
  readonly guilty: number;
}

/** What is the same of two divergences that are alike, whatever the case and the element. */
export type Alike = Pick<Divergence, 'oracle' | 'severity' | 'symptom'>;

/** Whether two divergences are held against an implementation in the same way. */
export function isAlike(a: Alike, b: Alike): boolean {
  return a.oracle === b.oracle && a.severity === b.severity && a.symptom === b.symptom;
}

/** What the conduct oracle has against a call: no element is to blame, and every violation is `wrong`. */
export function conductDivergence(symptom: ConductSymptom, detail: string): Divergence {
  return {
    oracle: 'conduct',
    severity: 'wrong',
    symptom,
    detail,
    law: null,
    element: null,
    got: null,
    exact: null,
    ulps: null,
    allowed: null,
    guilty: 0,
  };
}

/** What was concluded of one implementation on one case. */
export type Verdict =
  | {
      readonly kind: 'agree';
      /** Largest |got − exact| ÷ careful tolerance over the finite elements; 0 where there are none. */
      readonly worstRatio: number;
      /** Elements on which no oracle could decide; the others agree. */
      readonly inconclusiveElements: number;
    }
  /** Sorted: first oracle first, wrong before inaccurate; the first is the one that names the finding. */
  | { readonly kind: 'diverge'; readonly divergences: readonly [Divergence, ...Divergence[]] }
  | { readonly kind: 'inconclusive'; readonly reason: string; readonly inconclusiveElements: number }
  | { readonly kind: 'skip'; readonly reason: string };

/** What was concluded of one implementation. Blame is the name where the verdict is diverge. */
export interface Judged {
  readonly implementation: string;
  readonly role: 'subject' | 'reference';
  readonly verdict: Verdict;
}

/** Why it is no agreement, in a sentence; null where it is one. */
export function reasonOf(verdict: Verdict): string | null {
  switch (verdict.kind) {
    case 'agree':
      return null;
    case 'diverge':
      return verdict.divergences[0].detail;
    case 'inconclusive':
    case 'skip':
      return verdict.reason;
  }
}
