/** How far off a finding is, in a few words. */
import { caseFromJson } from '../case/case-json.ts';
import { outputShape } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import { fromJsonNumber } from '../case/json-number.ts';
import { tensorFromJson } from '../case/tensor-json.ts';
import { formatFacts } from '../float/format.ts';
import { ulpSize } from '../float/ulp.ts';
import { toMultiIndex } from '../tensor/tensor.ts';
import { numberText, roundedText } from './number-text.ts';
import { toleranceNameOf, type Severity } from '../case/verdict.ts';

/**
 * `412 ULPs > 31 at [2, 0]`; where ULPs say nothing the two values; where no element is to blame, or what is
 * due was not due by the exact answer, what was broken.
 */
export function deviationText(finding: Finding): string {
  const { element, ulps, exact, got, format, symptom, allowed } = finding;
  if (element === null || exact === null || got === null) return symptom;
  if (finding.oracle !== 'exact' && ulps === null) return `${objections[finding.oracle]} (${symptom})`;
  const at = `at [${toMultiIndex(element, outputShape(caseFromJson(finding.minimal))).join(', ')}]`;
  const due = tensorFromJson(exact, { name: 'exact' }).data[element]!;
  if (ulps === null || Math.abs(due) < formatFacts(format).smallestNormal) {
    const value = tensorFromJson(got, { name: 'got' }).data[element] ?? Number.NaN;
    const isBounded = allowed !== null && Number.isFinite(due) && Number.isFinite(value);
    const bound = isBounded ? ` ± ${roundedText(fromJsonNumber(allowed))}` : '';
    return `${numberText(value, got.format)} is not ${roundedText(due)}${bound} ${at}`;
  }
  const bound = allowed === null ? '' : ` > ${roundedText(fromJsonNumber(allowed) / ulpSize(due, format))}`;
  return `${roundedText(ulps)} ULPs${bound} ${at}`;
}

/** What each oracle has against an answer that need not differ from the exact one at the element it names. */
const objections: Readonly<Record<Finding['oracle'], string>> = {
  conduct: 'breaks the contract',
  exact: 'is off',
  gradient: 'is not the gradient of its forward',
  property: 'breaks a law',
  differential: 'disagrees with another',
};

/** The kind of algorithm whose tolerance a divergence of this severity is outside of. */
export function whoIsAllowed(severity: Severity): string {
  return { careful: 'a careful algorithm', naive: 'any sound algorithm' }[toleranceNameOf(severity)];
}
