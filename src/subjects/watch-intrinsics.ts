/**
 * Sees to it that the judges compute with what the language gives them, also where a subject has put
 * something else there: after each call it is put back, before anything is read of the result, and told.
 */
import type { ConductViolation, Outcome } from '../case/outcome.ts';
import type { Implementation } from './implementation.ts';
import { changeSentence, type Change, type Intrinsics } from './intrinsics.ts';

export interface IntrinsicsWatch {
  /** To be called at once when a call has returned, thrown or kept its promise. */
  afterCall(): void;
  /** The implementation, with a violation where a call changed something. */
  over(implementation: Implementation): Implementation;
  /** To be called between two calls: what is changed then was left behind by some call before. */
  between(): Change | null;
}

/** `onLost` ends the process, or the campaign, where something cannot be put back. */
export function watchIntrinsics(intrinsics: Intrinsics, onLost: (change: Change) => never): IntrinsicsWatch {
  let change: Change | null = null;
  const afterCall = (): void => {
    if (intrinsics.isIntact()) return;
    const found = intrinsics.restore();
    if (found?.isRestored === false) onLost(found);
    change ??= found;
  };
  const told = (outcome: Outcome): Outcome => {
    afterCall(); // reading the result may have run code of the subject's, too
    if (change === null) return outcome;
    const violation: ConductViolation = { kind: 'intrinsic-changed', detail: changeSentence(change) };
    change = null;
    return outcome.kind === 'values'
      ? { ...outcome, violations: [violation, ...outcome.violations] }
      : { kind: 'values', tensor: null, violations: [violation] };
  };
  return {
    afterCall,
    over(implementation) {
      return {
        ...implementation,
        run(c) {
          const outcome = implementation.run(c); // throws for nothing that the implementation does
          return outcome instanceof Promise ? outcome.then(told) : told(outcome);
        },
      };
    },
    between() {
      const found = intrinsics.restore();
      if (found?.isRestored === false) onLost(found);
      return found;
    },
  };
}
