/** How far off a finding is, in a few words. */
import { answerFormat } from '../case/answer-format.ts';
import { readCase } from '../case/case-json.ts';
import { outputShape } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import { fromJsonNumber } from '../case/json-number.ts';
import { tensorFromJson } from '../case/tensor-json.ts';
import { toMultiIndex } from '../tensor/tensor.ts';
import { howFarText, isToldInUlps } from './far-off.ts';
import { numberText, toldApartText } from './number-text.ts';
import { toleranceNameOf, type Severity } from '../case/verdict.ts';

/**
 * `412 ULPs > 31 at [2, 0]`; the two values and error ÷ allowed of an answer that is far off; where no$
 * element is to blame, or what is due was not due by the exact answer, what was broken.
 */
export function deviationText(finding: Finding): string {
  const { element, ulps, exact, got, symptom, oracle } = finding;
  const format = answerFormat(finding, finding.arithmetic);
  if (element === null || exact === null || got === null) return symptom;
  if (oracle !== 'exact' && ulps === null) return `${objections[oracle]} (${symptom})`;
  const at = `at [${toMultiIndex(element, outputShape(readCase(finding.minimal))).join(', ')}]`;
  const due = tensorFromJson(exact, { name: 'exact' }).data[element]!;
  const value = tensorFromJson(got, { name: 'got' }).data[element] ?? Number.NaN;
  const allowed = finding.allowed === null ? null : fromJsonNumber(finding.allowed);
  const howFar = howFarText(ulps, { got: value, exact: due, allowed, format });
  if (isToldInUlps(ulps, { exact: due, format })) return `${howFar} ${at}`;
  const isNot = `${numberText(value, got.format)} is not ${toldApartText(due, Math.abs(value - due))}`;
  return `${isNot}${howFar === null ? '' : `: ${howFar}`} ${at}`;
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
