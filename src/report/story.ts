/** A finding in a sentence or two: who is off, by how much, on what, and who is right there. Pure. */
import { confirmationRemark } from '../text/confirmation-text.ts';
import { plainText } from '../text/plain-text.ts';
import { isToldInUlps, timesText } from '../text/far-off.ts';
import { numberText, roundedText, toldApartText } from '../text/number-text.ts';
import { answerFormat } from '../case/answer-format.ts';
import { readCase } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import { blamedName, type AnswerRecord, type Finding } from '../case/finding.ts';
import { fromJsonNumber } from '../case/json-number.ts';
import { tensorFromJson } from '../case/tensor-json.ts';
import type { Symptom } from '../case/verdict.ts';
import { ulpSize } from '../float/ulp.ts';
import { lanesOf } from '../tensor/lanes.ts';

export function storyOf(finding: Finding): string {
  const who = plainText(blamedName(finding), 60);
  const c = readCase(finding.minimal);
  const remark = confirmationRemark(finding).trim();
  const when = remark === '' ? '' : ` ${remark}`;
  return `${who} ${whatItDid(finding)}${onWhat(c)}${when}.${whoIsRight(finding)}`;
}

/** The same without who it is and who is right: `answers NaN where 1 is due, on one logit`. */
export function doneText(finding: Finding): string {
  return `${whatItDid(finding)}${onWhat(readCase(finding.minimal))}`;
}

const conduct: Partial<Record<Symptom, string>> = {
  'input-written': 'writes to its input',
  'outside-written': 'writes outside of its input',
  'output-aliased': 'gives back memory of its input',
  'output-overwritten': 'overwrites in a later call what it gave back',
  'not-a-tensor': 'gives back no tensor',
  shape: 'gives back the wrong shape',
  format: 'gives back the wrong format',
  printed: 'prints',
  'intrinsic-changed': 'changes what all code of the process shares',
  threw: 'throws at a valid case',
  'timed-out': 'does not come back in time',
  crashed: 'takes its process down',
  'out-of-memory': 'runs out of memory',
  accepted: 'answers',
  'not-repeatable': 'answers the same call with other bits',
  'depends-on-earlier-calls': 'is right alone, and not after other calls',
};

function whatItDid(finding: Finding): string {
  const done = conduct[finding.symptom];
  if (done !== undefined) return done;
  if (finding.oracle === 'property' && finding.law !== null) {
    return `breaks a law, “${plainText(finding.law, 160)}”`;
  }
  const values = valuesAt(finding);
  if (values === null) return `is ${finding.severity} (${finding.symptom})`;
  const { got, due } = values;
  const { ulps } = finding;
  const format = answerFormat(finding, finding.arithmetic);
  const allowed = finding.allowed === null ? null : fromJsonNumber(finding.allowed);
  if (allowed === null || !isToldInUlps(ulps, { exact: due, format })) {
    const times = timesText({ got, exact: due, allowed, format });
    const answer = `answers ${numberText(got, format)} where ${grouped(toldApartText(due, Math.abs(got - due)))} is due`;
    return times === null ? answer : `${answer}, off by ${times.replace(/^\d+/, grouped)}`;
  }
  const most = roundedText(allowed / ulpSize(due, format));
  return `is ${grouped(roundedText(ulps))} ULPs off where ${grouped(most)} are allowed`;
}

function valuesAt({ element, got, exact }: Finding): { readonly got: number; readonly due: number } | null {
  if (element === null || got === null || exact === null) return null;
  const value = tensorFromJson(got, { name: 'got' }).data[element];
  const due = tensorFromJson(exact, { name: 'exact' }).data[element];
  return value === undefined || due === undefined ? null : { got: value, due };
}

function onWhat({ logits, axis }: Case): string {
  const { length, count } = lanesOf(logits.shape, axis);
  if (length * count === 0) return ', on an empty tensor';
  if (length === 1) return count === 1 ? ', on one logit' : ', on lanes of one logit';
  const size = grouped(String(length));
  if (count > 1) return `, on lanes of ${size} logits`;
  const finite = Array.from(logits.data.slice(0, apartMax)).filter(Number.isFinite);
  const spread = finite.reduce(larger, -Infinity) - finite.reduce(smaller, Infinity);
  const isTold = finite.length === length && Number.isFinite(spread);
  if (isTold && spread === 0) return `, on ${size} equal logits`;
  return `, on ${size} logits${isTold ? ` ${grouped(roundedText(spread))} apart` : ''}`;
}

/** A longer lane's spread is not looked for. */
const apartMax = 2 ** 16;
const larger = (a: number, b: number): number => Math.max(a, b);
const smaller = (a: number, b: number): number => Math.min(a, b);

function whoIsRight({ answers, blame }: Finding): string {
  const others = answers.filter(({ name, role }) => (role === 'subject' ? 'subject' : name) !== blame);
  const named = (verdict: AnswerRecord['verdict']): readonly string[] =>
    others.filter((answer) => answer.verdict === verdict).map(({ name }) => plainText(name, 40));
  const [right, off] = [named('agree'), named('diverge')];
  const parts = [
    ...(right.length === 0 ? [] : [`${listed(right)} ${right.length === 1 ? 'is' : 'are'} right there`]),
    ...(off.length === 0 ? [] : [`${listed(off)} ${off.length === 1 ? 'is' : 'are'} off as well`]),
  ];
  if (parts.length === 0) return '';
  const text = parts.join('; ');
  return ` ${text}.`;
}

export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Thousands apart, where it is plain digits. */
function grouped(digits: string): string {
  return /^\d{4,15}$/.test(digits) ? Number(digits).toLocaleString('en-US') : digits;
}
