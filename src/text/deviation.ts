/** How far off a finding is, in a few words. */
import { caseFromJson } from '../case/case-json.ts';
import { outputShape } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import { fromJsonNumber } from '../case/json-number.ts';
import { tensorFromJson } from '../case/tensor-json.ts';
import { ulpSize } from '../float/ulp.ts';
import { toMultiIndex } from '../tensor/tensor.ts';
import { numberText, roundedText } from './number-text.ts';
import { toleranceNameOf, type Severity } from '../case/verdict.ts';

/**
 * `412 ULPs > 31 at [2, 0]`; where a side is not finite the two values;
 * where no element is to blame the symptom.
 */
export function deviationText(finding: Finding): string {
  const { element, ulps, exact, got, format, symptom, allowed } = finding;
  if (element === null || exact === null || got === null) return symptom;
  const at = `at [${toMultiIndex(element, outputShape(caseFromJson(finding.minimal))).join(', ')}]`;
  const due = tensorFromJson(exact, { name: 'exact' }).data[element]!;
  if (ulps === null) {
    const value = tensorFromJson(got, { name: 'got' }).data[element] ?? Number.NaN;
    return `${numberText(value, got.format)} is not ${roundedText(due)} ${at}`;
  }
  const bound = allowed === null ? '' : ` > ${roundedText(fromJsonNumber(allowed) / ulpSize(due, format))}`;
  return `${roundedText(ulps)} ULPs${bound} ${at}`;
}

/** The kind of algorithm whose tolerance a divergence of this severity is outside of. */
export function whoIsAllowed(severity: Severity): string {
  return { careful: 'a careful algorithm', naive: 'any sound algorithm' }[toleranceNameOf(severity)];
}
