/** A finding in plain text, within a screen: for a terminal and for the message of a failed test. Pure. */
import { diagnosisSentences } from '../text/diagnosis-text.ts';
import { caseTablesOf, type CaseRow, type CaseTable, type RowLimits } from '../text/case-tables.ts';
import { confirmationText, failureText } from '../text/confirmation-text.ts';
import { whoIsAllowed } from '../text/deviation.ts';
import { elementText, roundedText } from '../text/number-text.ts';
import { flushRemark } from '../text/flush-remark.ts';
import { outsideTheFamily } from '../text/outside-the-family.ts';
import { plainText } from '../text/plain-text.ts';
import { assumedText } from '../case/arithmetic-text.ts';
import { caseFromJson } from '../case/case-json.ts';
import { outputShape } from '../case/case.ts';
import { blamedName, type Finding } from '../case/finding.ts';
import { fromJsonNumber } from '../case/json-number.ts';
import { toMultiIndex } from '../tensor/tensor.ts';

const screenLimits: RowLimits = { max: 8, head: 2, tail: 1, about: 2 };

/** Who is blamed of what, the case, the allowed error by its terms, and what everybody answered. */
export function explainFinding(finding: Finding, { verb = 'is' }: { verb?: 'is' | 'was' } = {}): string {
  return [
    headLines(finding, { verb }),
    ...caseTablesOf(finding, screenLimits).map(tableLines),
    toleranceLines(finding),
    answerLines(finding),
    diagnosisSentences(finding.diagnosis).map((sentence) => plainText(sentence, 600)),
  ]
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n');
}

/** The case and what everybody answered, blaming nobody. */
export function explainAnswers(finding: Finding): string {
  return [...caseTablesOf(finding, screenLimits).map(tableLines), answerLines(finding)]
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n');
}

/** Who is blamed of what, and by which oracle. */
export function headLines(finding: Finding, { verb }: { verb: 'is' | 'was' }): readonly string[] {
  return [headLine(finding, verb), ...whyLines(finding)];
}

function headLine(finding: Finding, verb: string): string {
  return `${plainText(blamedName(finding), 80)} ${verb} ${failureText(finding)}: ${plainText(finding.case, 160)}`;
}

function whyLines(finding: Finding): readonly string[] {
  const { sentence, oracle, alsoBy, law } = finding;
  const confirmation = confirmationText(finding);
  const remarks = [outsideTheFamily(finding), flushRemark(finding)];
  const also = alsoBy.length === 0 ? '' : `; also by ${alsoBy.join(', ')}`;
  return [
    plainText(sentence, 300),
    `found by the oracle ${oracle}${law === null ? '' : ` (${plainText(law, 120)})`}${also}`,
    ...(confirmation === null ? [] : [confirmation]),
    ...remarks.filter((remark) => remark !== null),
  ];
}

function tableLines({ header, rows }: CaseTable): readonly string[] {
  const marks: Readonly<Record<CaseRow['kind'], string>> = { plain: '', gap: '', guilty: ' ◁', worst: ' ◀' };
  const texts = rows.map(({ cells: [place, ...rest], kind }) => [`${place}${marks[kind]}`, ...rest]);
  return alignedLines([header, ...texts]);
}

/** The terms that were worth the most, each with its share. */
function toleranceLines({ allowed, terms, arithmetic, severity, format }: Finding): readonly string[] {
  if (allowed === null || terms.length === 0) return [];
  const total = fromJsonNumber(allowed);
  const share = (value: number): string =>
    total > 0 && Number.isFinite(total) ? `${Math.round((100 * value) / total)} %` : '';
  const who = whoIsAllowed(severity);
  const assumed = assumedText(arithmetic, format);
  const rows = terms
    .map(({ name, value }) => ({ name, value: fromJsonNumber(value) }))
    .filter(({ value }) => value !== 0)
    .sort((a, b) => b.value - a.value)
    .map(({ name, value }) => [`  ${name}`, roundedText(value), share(value)]);
  return [`allowed there: ${roundedText(total)}, to ${who} (${assumed}), for`, ...alignedLines(rows)];
}

function answerLines(finding: Finding): readonly string[] {
  const { answers, element, format } = finding;
  const at =
    element === null
      ? 'value'
      : `at [${toMultiIndex(element, outputShape(caseFromJson(finding.minimal))).join(', ')}]`;
  const rows = answers.map(({ name, version, verdict, value, reason }) => [
    plainText(`${name}@${version}`, 40),
    verdict,
    value === null ? '–' : elementText(fromJsonNumber(value), format),
    reason === null || reason === finding.sentence ? '' : plainText(reason, 70),
  ]);
  // The blamed one alone has said all it has to say above.
  return rows.length < 2 ? [] : alignedLines([['who', 'verdict', at, ''], ...rows]);
}

/** Columns two spaces apart, each as wide as its widest cell. */
function alignedLines(rows: readonly (readonly string[])[]): readonly string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}
