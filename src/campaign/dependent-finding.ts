/** A finding that did not come again alone, told as what it is: data only. */
import { caseFromJson } from '../case/case-json.ts';
import { historyMax, type Confirmable } from '../case/confirmation.ts';
import type { Finding } from '../case/finding.ts';
import { signatureOf, signatureText } from '../case/signature.ts';
import type { ConductSymptom, OracleName } from '../case/verdict.ts';
import { deathSymptoms } from './breaker.ts';

/** It diverges only after other calls. */
export function dependentFinding(
  finding: Finding,
  how: Required<Pick<Confirmable, 'confirmed'>> & Pick<Confirmable, 'history' | 'rounds'>,
): Finding {
  const many = how.confirmed === 'after-more' ? `more than ${historyMax} ` : '';
  const sentence = `only after ${many}earlier calls: ${finding.sentence}`;
  return { ...ofConduct(finding, 'depends-on-earlier-calls'), ...how, sentence };
}

/** Nothing that was tried has brought it back. `tried`: what, beside asking it alone. */
export function onceFinding(finding: Finding, tried: string): Finding {
  const sentence = `seen once, and not again in a fresh process, neither alone nor ${tried}: ${finding.sentence}`;
  return { ...ofConduct(finding, 'not-repeatable'), confirmed: 'never', sentence };
}

/**
 * An answer that another call decides breaks the contract, whatever the values are. A process that has ended
 * stays what it is.
 */
function ofConduct(finding: Finding, symptom: ConductSymptom): Finding {
  if (deathSymptoms.includes(finding.symptom)) return finding;
  const { signature: seenAs, oracle, alsoBy, severity, symptom: symptomBefore } = finding;
  const divergence = { oracle: 'conduct', severity: 'wrong', symptom } as const;
  const others = new Set<OracleName>([oracle, ...alsoBy]);
  others.delete('conduct');
  return {
    ...finding,
    ...divergence,
    signature: signatureText(
      signatureOf(caseFromJson(finding.minimal), { blame: 'subject', divergence }, { anyFormat: true }),
    ),
    seenAs,
    diverged: { oracle, severity, symptom: symptomBefore },
    alsoBy: [...others],
    known: false,
    ratio: null,
    ledger: null,
    // The error that was allowed is that of the severity before.
    ...(severity === 'wrong' ? {} : { allowed: null, terms: [] }),
  };
}
