/**
 * The order in which findings are told: the subject's first,
 * wrong before inaccurate, new and grown before known, often first.
 */
import type { Finding } from '../case/finding.ts';

type Ranked = Pick<Finding, 'blame' | 'severity' | 'known' | 'growth' | 'count' | 'signature'>;

export function byWeight(a: Ranked, b: Ranked): number {
  return (
    rank(a) - rank(b) ||
    b.count - a.count ||
    (a.signature < b.signature ? -1 : Number(a.signature > b.signature))
  );
}

function rank({ blame, severity, known, growth }: Ranked): number {
  return (
    (blame === 'subject' ? 0 : 4) + (severity === 'wrong' ? 0 : 2) + (known && growth === undefined ? 1 : 0)
  );
}
