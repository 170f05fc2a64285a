/**
 * What the page knows of a finding: text that is ready to
 * be shown, worked out in Node. Plain JSON; types only.
 */

export interface RowView {
  readonly cells: readonly string[];
  /**
   * worst: the element that the finding names; guilty: another one outside its tolerance;
   * gap: rows are left out here.
   */
  readonly kind: 'plain' | 'guilty' | 'worst' | 'gap';
}

export interface TableView {
  readonly header: readonly string[];
  readonly rows: readonly RowView[];
}

export interface AnswerView {
  readonly name: string;
  readonly isSubject: boolean;
  readonly verdict: 'agree' | 'diverge' | 'inconclusive' | 'skip';
  readonly kind: 'agree' | 'wrong' | 'inaccurate' | 'inconclusive' | 'skip';
  readonly value: string;
  readonly reason: string;
}

export interface TermView {
  readonly name: string;
  readonly value: string;
  /** The term's share of what is allowed, in [0, 1]. */
  readonly share: number;
}

/** What one element is allowed, term by term, and what of it is used. */
export interface BudgetView {
  readonly terms: readonly TermView[];
  /** The absolute error allowed; '' where there is none. */
  readonly allowed: string;
  /** The absolute error; '' where an answer is not finite or there is none. */
  readonly error: string;
  /** Error ÷ allowed; null where `error` is ''. */
  readonly used: number | null;
}

export interface FindingView {
  /** The id of its element in the page; a link to it is `#` and this. */
  readonly id: string;
  /** 'subject', or the reference's name. */
  readonly blame: string;
  readonly implementation: string;
  readonly severity: 'wrong' | 'inaccurate';
  readonly isKnown: boolean;
  /** Id of the ledger's entry; '' where there is none. */
  readonly ledger: string;
  readonly operation: string;
  readonly direction: string;
  readonly format: string;
  readonly symptom: string;
  readonly count: number;
  readonly case: string;
  readonly deviation: string;
  readonly story: string;
  readonly signature: string;
}

/** What is shown of it once it is opened, and not read before. */
export interface DetailView {
  readonly why: readonly string[];
  readonly tables: readonly TableView[];
  /** Where the answers' values are of, as in `at [0, 2]`. */
  readonly at: string;
  readonly answers: readonly AnswerView[];
  readonly budget: BudgetView;
  /** What the tolerance assumes of the implementation. */
  readonly assumed: string;
  readonly call: string;
  /** The address of "try it" with its lane filled in; '' where it is no plain lane. */
  readonly trial: string;
  readonly replay: string;
  readonly facts: readonly (readonly [string, string])[];
}
