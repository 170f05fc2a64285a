/** What a law is: a relation that every correct implementation obeys, needing no reference, as data. */
import type { Case } from '../src/case/case.ts';
import type { Answer } from '../src/oracles/answer.ts';
import type { Violations } from '../src/oracles/violations.ts';
import type { Tensor } from '../src/tensor/tensor.ts';

/**
 * What one implementation answered to a case, with the tolerance of each element. Of the answer's values
 * only whether they are finite, and far from overflow, is read; by the law of rounding, what is next to them.
 */
export interface LawAnswer {
  readonly case: Case;
  readonly output: Tensor;
  readonly answer: Answer;
}

/**
 * Every comparison is judged by the summed tolerances of the values compared (see combination.ts), never bit
 * for bit: an implementation that the exact oracle accepts on all the cases cannot break a law.
 */
export interface Law {
  /** The name of the law, as in findings. */
  readonly name: string;
  /** The law in a sentence. */
  readonly statement: string;
  /**
   * What the law asks of this case; null where it says nothing of it. `draw`, an integer in [0, 2^32),
   * settles what is free: which lane, which permutation.
   */
  about(c: Case, draw: number): LawInstance | null;
}

export interface LawInstance {
  /** The cases to be answered beside the given one; [] for none. */
  readonly cases: readonly Case[];
  /** `given` is the lawAnswer to the case itself, `others` those to `cases`, in order. */
  check(given: LawAnswer, others: readonly LawAnswer[], violations: Violations): void;
}
