/** How a finding stands to the baseline, and how much worse it is than what that lists, in a few words. */
import type { Finding } from '../case/finding.ts';
import type { Ratio } from '../case/ratio.ts';
import type { Severity } from '../case/verdict.ts';
import { roundedText } from './number-text.ts';

type Standing = Pick<Finding, 'known' | 'growth' | 'severity'>;

/** grown: listed in the baseline as less bad; known: listed as it is; else its severity. */
export function standingOf({ known, growth, severity }: Standing): 'grown' | 'known' | Severity {
  if (growth !== undefined) return 'grown';
  return known ? 'known' : severity;
}

/** `3 times what is allowed when it was listed, 2000 times now`; '' where it has not grown. */
export function growthText({
  growth,
  severity,
  ratio,
}: Pick<Finding, 'growth' | 'severity' | 'ratio'>): string {
  if (growth === undefined) return '';
  const where = growth.sameCases ? '' : ', in other cases';
  return growth.severity === severity
    ? `${timesText(growth.ratio)} when it was listed, ${timesText(ratio ?? null)} now${where}`
    : `${growth.severity} when it was listed, ${severity} now${where}`;
}

function timesText(ratio: Ratio): string {
  if (ratio === null) return 'unknown';
  return ratio === 'Infinity' ? 'not finite' : `${roundedText(ratio)} times what is allowed`;
}
