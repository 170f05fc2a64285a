/** What one implementation did with one case, and what the oracles have said of it so far. */
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import type { Divergence } from '../case/verdict.ts';
import type { Answered } from '../oracles/differential.ts';
import type { CaseWork } from '../oracles/exact.ts';
import type { Implementation } from '../subjects/implementation.ts';

/** What a drawn check came to: done, or why not. */
export interface CheckResult {
  readonly check: 'repeat' | 'gradient' | 'own-gradient' | 'property';
  readonly skipped: string | null;
}

export interface Evaluation {
  readonly case: Case;
  /** Shared by all who are evaluated on the case. */
  readonly work: CaseWork;
  readonly implementation: Implementation;
  readonly outcome: Outcome;
  /** Its values, and the exact answer with its own tolerances; null where it gave no values to judge. */
  readonly values: Answered | null;
  /** Answered as a part of a stack of cases (src/examine/stack.ts), not alone. */
  readonly isStacked: boolean;
  /** Laws to be judged; undefined for the few that a case draws from its bytes. */
  readonly lawsPerCase: number | undefined;
  readonly checks: CheckResult[];
  readonly divergences: Divergence[];
  /** The divergences are of the form of the call: the plain call of the same case has none. */
  onlyByForm: boolean;
  /** Largest |got − exact| ÷ careful tolerance over the finite elements that agree, by the exact oracle. */
  worstRatio: number;
  /** Elements that the exact oracle could not decide on. */
  inconclusiveElements: number;
}

export function addIfAny({ divergences }: Evaluation, divergence: Divergence | null): void {
  if (divergence !== null) divergences.push(divergence);
}
