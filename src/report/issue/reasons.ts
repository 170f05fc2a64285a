/** Why a finding is right about who is wrong, in sentences for somebody who does not know logitfuzz. */
import type { LedgerEntry } from '../../../reference/ledger/entry.ts';
import type { Case } from '../../case/case.ts';
import type { AnswerRecord, Finding } from '../../case/finding.ts';
import { functionsText, levelText } from '../../case/arithmetic-text.ts';
import { isHalf, type Format } from '../../float/format.ts';
import { fromJsonNumber } from '../../case/json-number.ts';
import { listed } from '../story.ts';
import { numberText, roundedText } from '../../text/number-text.ts';
import { formulaText } from '../../text/formula-text.ts';
import { markdownText } from '../../text/plain-text.ts';
import { demandOf } from './demands.ts';
import type { Due, ShownElement } from './shown-elements.ts';

/** What is shown to be due may be no number: then nothing was rounded. */
export function howComputed({ case: c }: Due, shown: readonly ShownElement[]): string {
  const formula = `\`${formulaText(c)}\``;
  const limits = isFinite(c) ? '' : ' exp(−∞) is 0 and log 0 is −∞ in it.';
  if (!shown.some(({ exact }) => Number.isFinite(exact)))
    return `What is due follows from the formula, ${formula}; nothing is rounded in it.${limits}`;
  return (
    `The exact value is the formula itself, ${formula}, evaluated on these very ${c.format} inputs in ` +
    'double-double arithmetic (each number is a sum of two doubles, about 32 decimal digits), and rounded once, to ' +
    `the digits shown.${limits} Any arithmetic of many digits gives the same.`
  );
}

function isFinite({ logits }: Case): boolean {
  return logits.data.every((x) => Number.isFinite(x));
}

export function whyThisOne(finding: Finding, entry: LedgerEntry | null): string {
  if (finding.oracle === 'conduct' && entry === null) return demandOf(finding.symptom);
  const start =
    'Nobody votes on who is wrong: each answer is held against the exact value, which no library computed.';
  return `${start} ${entry === null ? othersText(finding) : sharedText(entry, finding.blame)}`.trimEnd();
}

function othersText({ answers, blame, format }: Finding): string {
  const others = answers.filter(({ name, role }) => (role === 'subject' ? 'subject' : name) !== blame);
  const told = (one: AnswerRecord): string => {
    const reason = one.verdict === 'diverge' ? one.reason : null;
    const said = one.value === null ? reason : numberText(fromJsonNumber(one.value), format);
    return markdownText(`${one.name} ${one.version}${said === null ? '' : ` (${said})`}`, 160);
  };
  const named = (verdict: AnswerRecord['verdict']): readonly string[] =>
    others.filter((one) => one.verdict === verdict).map(told);
  const [right, off] = [named('agree'), named('diverge')];
  return [
    ...(right.length === 0 ? [] : [`On the same input within their own allowed error: ${right.join(', ')}.`]),
    ...(off.length === 0 ? [] : [`Outside of it as well: ${off.join(', ')}.`]),
  ].join(' ');
}

/** Which of the others that are affected give the very same. */
function sharedText({ given }: LedgerEntry, blame: string): string {
  const same = Object.keys(given).filter(
    (name) => name !== blame && JSON.stringify(given[name]) === JSON.stringify(given[blame]),
  );
  if (same.length === 0) return '';
  return `${listed(same)} ${same.length === 1 ? 'gives' : 'give'} the same, so that comparing them with each other shows nothing.`;
}

/** One sentence: what error is allowed there, and to whom. */
/** The case of a known divergence is its entry’s, and may have another format than the finding. */
export function allowedText(
  finding: Finding,
  { case: { format } }: Due,
  shown: ShownElement | undefined,
): string {
  if (shown === undefined) return 'No value is in question, and no error is allowed for it.';
  const { got, exact, exactText, allowed } = shown;
  const place = shown.place === null ? '' : ` at ${shown.place}`;
  if (!Number.isFinite(exact)) return `${exactText} is due${place}, and no other answer is allowed.`;
  const who =
    finding.severity === 'wrong'
      ? 'any sound algorithm, also one that adds one by one'
      : 'a careful algorithm, one that does not add one by one';
  const times =
    got !== null && Number.isFinite(got) && allowed > 0
      ? `; this error is ${roundedText(Math.abs(got - exact) / allowed)} times that`
      : `; ${got === null ? 'this' : String(got)} is no such answer`;
  return (
    `The error that is allowed${place} is ${roundedText(allowed)}, the most that ${roundingText(finding, format)} can ` +
    `cost ${who} (${functionsText(finding.arithmetic)})${times}.`
  );
}

/** What is stored on the way decides what is allowed of halves. */
function roundingText({ arithmetic, severity }: Finding, format: Format): string {
  return isHalf(format)
    ? `arithmetic with ${levelText(arithmetic, severity)}`
    : `rounding to ${format} at every step`;
}
