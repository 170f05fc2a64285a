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
  /** The absolute error, or that it is not finite; '' where there is none. */
  readonly error: string;
  /** Error ÷ allowed; null where the error is no finite number. */
  readonly used: number | null;
}

/** The boundary as a picture: all places in its own units. */
export interface BoundaryView {
  /** What is varied. */
  readonly label: string;
  /** The same in words. */
  readonly text: string;
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    readonly isOff: boolean;
    readonly text: string;
  }[];
  /** Between the last that is right and the first that is off; null where none is right. */
  readonly edge: number | null;
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  /** Where an answer stands that is no number. */
  readonly rail: number;
  /** Upwards and across: where something is written, and what. */
  readonly levels: readonly TickView[];
  readonly ticks: readonly TickView[];
}

export interface TickView {
  readonly at: number;
  readonly text: string;
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

/** A row of the page: the findings of one cause, or of one entry of the ledger. */
export interface CauseView {
  /** The cause's id; the ledger entry's of what it knows. */
  readonly id: string;
  /** What the ledger calls it; '' where the first finding's story tells it. */
  readonly title: string;
  /** The kernels that show it, by their names in the contract. */
  readonly kernels: readonly string[];
  /** Places among the page's findings, that of the one that stands for the others first. */
  readonly places: readonly number[];
  /** Where it begins, in a sentence; '' where nobody asked. */
  readonly boundary: string;
}

/** What is shown of it once it is opened, and not read before. */
export interface DetailView {
  readonly why: readonly string[];
  /** Where the mistake begins and what is known of its step, a sentence each. */
  readonly diagnosis: readonly string[];
  /** Null where nobody asked, or what was asked makes no picture. */
  readonly boundary: BoundaryView | null;
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
  /** Its place among the sources of the page; null where the page has none of this kernel. */
  readonly source: number | null;
  readonly facts: readonly (readonly [string, string])[];
}

/** The source of a kernel, as text. */
export interface SourceView {
  /** `softmax, in kernels.ts from line 6 on`. */
  readonly title: string;
  readonly line: number;
  readonly text: string;
  readonly isCut: boolean;
}
