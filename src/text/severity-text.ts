/** What a severity says, as one sentence. Conduct is not judged by what an algorithm could do. */
import type { Severity } from '../case/verdict.ts';

export function severityText(severity: Severity, { isConduct }: { readonly isConduct: boolean }): string {
  if (isConduct) return 'The contract forbids it, whatever the algorithm.';
  return severity === 'wrong'
    ? 'No sound algorithm in this format explains it.'
    : 'A careful algorithm would be closer; a naive one is allowed this.';
}
