/** What a law is: a relation that every correct implementation obeys, needing no reference, as data. */
import type { Case } from '../src/case/case.ts';
import type { Answer } from '../src/oracles/answer.ts';
import type { Guilt } from '../src/oracles/guilt.ts';
import type { Tensor } from '../src/tensor/tensor.ts';

/**
 * What one implementation answered to a case, with the tolerance of each element. Of the answer's values only whether they
 * are finite, and far from overflow, is read.
 */
export interface Reply {
  readonly case: Case;
  readonly output: Tensor;
  readonly answer: Answer;
}

/**
 * Every comparison is judged by the summed tolerances of the values compared (see combination.ts), never bit for bit: an
 * implementation that the exact oracle accepts on all the cases cannot break a law.
 */
export interface Law {
  /** As findings name it. */
  readonly name: string;
  /** The law in a sentence. */
  readonly statement: string;
  /**
   * What the law asks of this case; null where it says nothing of it. `draw`, an integer in [0, 2^32), settles what is
   * free: which lane, which permutation.
   */
  about(c: Case, draw: number): Trial | null;
}

export interface Trial {
  /** To be answered beside the given one; [] for none. */
  readonly cases: readonly Case[];
  /** `given` is the reply to the case itself, `others` those to `cases`, in order. */
  check(given: Reply, others: readonly Reply[], guilt: Guilt): void;
}
