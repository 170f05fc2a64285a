/** The README.md of a finding: for a stranger, who is to understand it and to see it again. */
import { assumedText } from '../case/arithmetic-text.ts';
import { callFormSentence } from '../case/call-form.ts';
import { caseFromJson } from '../case/case-json.ts';
import { outputShape } from '../case/case.ts';
import { blamedName, type AnswerRecord, type Finding } from '../case/finding.ts';
import { fromJsonNumber } from '../case/json-number.ts';
import { toMultiIndex } from '../tensor/tensor.ts';
import { diagnosisSentences } from './diagnosis-text.ts';
import { growthText } from './growth-text.ts';
import { caseCall, caseTables } from './case-tables.ts';
import { elementText, roundedText } from './number-text.ts';
import { confirmationText, failureText } from './confirmation-text.ts';
import { flushRemark } from './flush-remark.ts';
import { outsideTheFamily } from './outside-the-family.ts';
import { codeBlock, markdownTable, markdownText } from './plain-text.ts';
import { portableCommand, replayCommand } from './replay-command.ts';
import { severityText } from './severity-text.ts';
import { referenceText, subjectText } from './asked-text.ts';
import { worstText } from './worst-text.ts';

/**
 * `path` is where its finding.json is, for the command.
 * A finding whose case is invalid throws, as loadFinding does.
 */
export function findingReadme(finding: Finding, path: string): string {
  const anywhere = portableCommand(finding, null);
  const sections = [
    `# ${markdownText(blamedName(finding), 80)} is ${failureText(finding)}: ${markdownText(finding.case)}`,
    markdownText(finding.sentence, 1_000),
    ...worstSection(finding),
    codeBlock(replayCommand(finding, path), 'sh'),
    ...(anywhere === null
      ? []
      : [`Or where this folder is not, on another copy of the project:\n\n${codeBlock(anywhere, 'sh')}`]),
    `## Who is blamed, and why\n\n${whyBlamed(finding)}`,
    ...diagnosisSection(finding),
    `## The smallest case\n\n${smallestCase(finding)}`,
    ...(finding.answers.length === 0
      ? []
      : [`## What each implementation answered\n\n${answersTable(finding)}`]),
    `## Where it comes from\n\n${origin(finding)}`,
  ];
  return `${sections.join('\n\n')}\n`;
}

/** A smallest case may be a mild one: what was found, and the worst of it, stand beside it. */
function worstSection(finding: Finding): readonly string[] {
  const worst = worstText(finding);
  return worst === null ? [] : [`This is the smallest case of it; ${markdownText(worst, 1_000)}.`];
}

function diagnosisSection({ diagnosis }: Finding): readonly string[] {
  const sentences = diagnosisSentences(diagnosis).map((sentence) => `- ${markdownText(sentence, 600)}`);
  return sentences.length === 0 ? [] : [`## Where the mistake is\n\n${sentences.join('\n')}`];
}

/** What the oracle that fired has found out, as the second half of a sentence. */
const meanings: Readonly<Record<Finding['oracle'], string>> = {
  conduct: 'how it behaved breaks the contract, whatever its values are',
  exact: 'its answer is outside the tolerance that was derived for that very element, about an exact answer',
  gradient: 'its gradient is not the derivative, taken numerically, of the forward function',
  property: 'its answers break a law that every correct implementation obeys',
  differential: 'its answer and that of another implementation cannot both be right',
};

function whyBlamed(finding: Finding): string {
  const { oracle, alsoBy, law, severity, guilty, arithmetic } = finding;
  const also = alsoBy.length === 0 ? '' : ` Found as well by: ${alsoBy.join(', ')}.`;
  const confirmation = confirmationText(finding);
  const lines = [
    `**${markdownText(blamedName(finding), 80)}**, by the oracle *${oracle}*: ${meanings[oracle]}.${also}`,
    `Severity *${severity}*. ${severityText(finding)}`,
  ];
  if (confirmation !== null) lines.push(confirmation);
  for (const remark of [outsideTheFamily(finding), flushRemark(finding)])
    if (remark !== null) lines.push(markdownText(remark, 1_000));
  if (law !== null) lines.push(`What was broken: ${markdownText(law)}.`);
  if (guilty > 1)
    lines.push(`${guilty} elements of the output are outside their tolerance; the worst is marked below.`);
  const table = toleranceTable(finding);
  if (table !== null) {
    const assumed = assumedText(arithmetic, finding.format);
    lines.push(
      `The error that is allowed there, by the rounding that it is allowed for (assumed: ${assumed}):`,
      table,
    );
  }
  return lines.join('\n\n');
}

function toleranceTable({ terms, allowed }: Finding): string | null {
  if (allowed === null) return null;
  const rows = terms.map(({ name, value }) => [markdownText(name, 100), roundedText(fromJsonNumber(value))]);
  return markdownTable(
    ['term', 'absolute'],
    [...rows, ['**allowed**', `**${roundedText(fromJsonNumber(allowed))}**`]],
  );
}

function smallestCase(finding: Finding): string {
  const { case: summary, shrink, minimal, original } = finding;
  const call = caseCall(finding);
  return [
    `${markdownText(summary)}. ${shrinkSentence(shrink)}`,
    ...(minimal.logits.shape.length === 0 || original.logits.shape.join() === minimal.logits.shape.join()
      ? []
      : [`The case it was found on had logits of shape [${original.logits.shape.join(', ')}].`]),
    ...(minimal.call === undefined ? [] : [callFormSentence(minimal.call)]),
    caseTables(finding),
    ...(call === null ? [] : [codeBlock(call, 'js')]),
  ].join('\n\n');
}

function shrinkSentence({ evaluations, steps, stoppedBy, confirmed }: Finding['shrink']): string {
  if (stoppedBy === 'none') return 'It was not shrunk.';
  const end = {
    minimal: 'nothing plainer was left to try',
    evaluations: 'the bound on tries was reached',
    elements: 'the bound on elements looked at was reached',
    fuse: 'time ran out',
  };
  const sure = confirmed
    ? 'judged again in the same process, it diverges in the same way'
    : 'judged again in the same process, it did not diverge in the same way';
  return `Shrunk in ${steps} steps of ${evaluations} tries, until ${end[stoppedBy]}; ${sure}.`;
}

function answersTable(finding: Finding): string {
  const { element, answers, format } = finding;
  const at =
    element === null
      ? 'value'
      : `at [${toMultiIndex(element, outputShape(caseFromJson(finding.minimal))).join(', ')}]`;
  const row = ({ name, version, verdict, value, reason }: AnswerRecord): readonly string[] => [
    markdownText(`${name}@${version}`, 80),
    verdict,
    value === null ? '' : elementText(fromJsonNumber(value), format),
    reason === null ? '' : markdownText(reason, 200),
  ];
  return markdownTable(['implementation', 'verdict', at, 'why'], answers.map(row));
}

function origin(finding: Finding): string {
  const { index, seed, count, provenance, subject, references, known, ledger, signature } = finding;
  const rows = [
    ['signature', markdownText(signature)],
    [
      'seen in',
      `${count} ${count === 1 ? 'case' : 'cases'} of the run${known ? `; known, by ${ledger === null ? 'the baseline' : `the ledger: ${ledger}`}` : ''}${finding.growth === undefined ? '' : `; grown: ${growthText(finding)}`}`,
    ],
    ['drawn as', drawnAs(seed, index)],
    ['subject', markdownText(subjectText(subject))],
    ...references.map((reference) => [
      markdownText(reference.name, 40),
      markdownText(referenceText(reference)),
    ]),
    ['logitfuzz', markdownText(`${provenance.tool}, generator ${provenance.generatorVersion}`, 60)],
    ['machine', markdownText(`Node ${provenance.node}, ${provenance.platform}`, 100)],
  ];
  return markdownTable(['', ''], rows);
}

function drawnAs(seed: string, index: number | null): string {
  if (index === null) return 'no case of a campaign';
  if (index < 0) return `case ${-index} from the end of the corpus`;
  return `seed ${seed}, index ${index}, of the kernels and formats in run.json`;
}
