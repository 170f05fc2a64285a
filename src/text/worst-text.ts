/** What the smallest case of a finding does not show: how it was found, and how bad the worst case was. */
import { answerFormat } from '../case/answer-format.ts';
import { divergedAs, type Finding } from '../case/finding.ts';
import { fromJsonNumber } from '../case/json-number.ts';
import { ratioOf, type Ratio } from '../case/ratio.ts';
import { tensorFromJson } from '../case/tensor-json.ts';
import { isAlike } from '../case/verdict.ts';
import { roundedText } from './number-text.ts';

/** Ratios that differ by less are told by the same digits. */
const worseMin = 1.001;

/**
 * In a sentence without its end; null where the smallest case diverges as the original one did, and as badly
 * as any.
 */
export function worstText(finding: Finding): string | null {
  const { originally, ratio } = finding;
  const own = ratioOfMinimal(finding);
  const isOther =
    originally !== undefined && (!isAlike(originally, divergedAs(finding)) || isWorse(originally.ratio, own));
  const found = isOther ? [`found as: ${originally.sentence}`] : [];
  const told = isOther && isWorse(originally.ratio, own) ? originally.ratio : own;
  const worst = isWorse(ratio, told) ? [`the worst of its cases was ${timesText(ratio!)}`] : [];
  const parts = [...found, ...worst];
  return parts.length === 0 ? null : parts.join('; ');
}

/** The ratio of the element that the finding names. */
function ratioOfMinimal(finding: Finding): Ratio {
  const { oracle, element, got, exact, allowed } = finding;
  const at = (tensor: Finding['got'], name: string): number | null =>
    element === null || tensor === null ? null : (tensorFromJson(tensor, { name }).data[element] ?? null);
  const values = { got: at(got, 'got'), exact: at(exact, 'exact') };
  return ratioOf(
    { oracle, ...values, allowed: allowed === null ? null : fromJsonNumber(allowed) },
    answerFormat(finding, finding.arithmetic),
  );
}

function isWorse(a: Ratio | undefined, b: Ratio): boolean {
  if (a === undefined || a === null) return false;
  return b === null || Number(a) > worseMin * Number(b);
}

function timesText(ratio: NonNullable<Ratio>): string {
  return ratio === 'Infinity'
    ? 'off by what is not finite'
    : `off by ${roundedText(ratio)} times what is allowed`;
}
