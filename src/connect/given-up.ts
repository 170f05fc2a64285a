/** When a subject beyond the process is not asked any more, and what its cases are answered then. */
import type { Outcome } from '../case/outcome.ts';

/** So often it may end with no answer between before the rest is given up. */
export const endsMax = 5;

/** What a case is answered that is not asked any more: the campaign ends soon (src/campaign/breaker.ts). */
export const givenUp: Extract<Outcome, { kind: 'unsupported' }> = {
  kind: 'unsupported',
  reason: `not asked: its process had ended ${endsMax} times with no answer between`,
};
