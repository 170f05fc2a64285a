/** What a severity says, as one sentence. Conduct is not judged by what an algorithm could do. */
import { levelText } from '../case/arithmetic-text.ts';
import type { Finding } from '../case/finding.ts';
import type { Severity } from '../case/verdict.ts';
import type { AssumedArithmetic } from '../contract/subject.ts';
import { isHalf } from '../float/format.ts';

export function severityText({
  severity,
  oracle,
  format,
  arithmetic,
}: Pick<Finding, 'severity' | 'oracle' | 'format' | 'arithmetic'>): string {
  if (oracle === 'conduct') return ofConduct;
  return isHalf(format) ? textOfHalves(severity, arithmetic) : texts[severity];
}

/** The same of a class of findings, some of which may be of halves. */
export function severityClassText(
  severity: Severity,
  { isConduct, hasHalves }: { readonly isConduct: boolean; readonly hasHalves: boolean },
): string {
  if (isConduct) return ofConduct;
  const ofHalves = hasHalves
    ? ` In float16 and bfloat16, unless declared: ${textOfHalves(severity, {})}`
    : '';
  return `${texts[severity]}${ofHalves}`;
}

const ofConduct = 'The contract forbids it, whatever the algorithm.';
const texts: Readonly<Record<Severity, string>> = {
  wrong: 'No sound algorithm in this format explains it.',
  inaccurate: 'A careful algorithm would be closer; a naive one is allowed this.',
};

/** What is sound depends on what intermediate results are stored in. */
function textOfHalves(severity: Severity, arithmetic: Pick<AssumedArithmetic, 'halves'>): string {
  const { halves } = arithmetic;
  if (severity === 'wrong')
    return halves === undefined
      ? 'No sound algorithm with sums in float32 explains it.'
      : `No sound algorithm explains it: ${levelText(arithmetic, severity)}.`;
  return halves === undefined || halves === 'fused'
    ? 'float32 inside and one rounding would have been nearer.'
    : `A careful algorithm would be closer, with ${levelText(arithmetic, severity)}; a naive one is allowed this.`;
}
