/**
 * A finding as an issue for whoever maintains what is blamed: versions, a program without logitfuzz, what it
 * gives and what is due, and why. Pure text.
 */
import { ledgerEntryNamed } from '../../../reference/ledger/ledger.ts';
import type { LedgerEntry } from '../../../reference/ledger/entry.ts';
import { referenceNamed } from '../../../reference/index.ts';
import { callFormSentence } from '../../case/call-form.ts';
import { caseFromJson } from '../../case/case-json.ts';
import type { Case } from '../../case/case.ts';
import type { Finding } from '../../case/finding.ts';
import { tensorFromJson } from '../../case/tensor-json.ts';
import { kernelNameOf } from '../../contract/subject.ts';
import { diagnosisSentences } from '../../text/diagnosis-text.ts';
import { inputsOf } from '../../text/inputs-text.ts';
import { codeBlock, markdownTable, markdownText, plainText } from '../../text/plain-text.ts';
import { roundedText } from '../../text/number-text.ts';
import { portableCommand } from '../../text/replay-command.ts';
import { isInPython } from '../finding-script.ts';
import { doneText } from '../story.ts';
import type { Audience } from './audience.ts';
import { allowedText, howComputed, whyThisOne } from './reasons.ts';
import { languageOf } from '../render-ledger.ts';
import { shownOfEntry, shownOfFinding, type Due, type ShownElement } from './shown-elements.ts';
import { versionLines } from './versions.ts';

/** What an issue is made of beside the finding. */
export interface IssueMatter {
  /** What is due of the finding's smallest case; of a known divergence, of its entry's. */
  readonly due: Due;
  /** The program that shows it, whole; null where none without logitfuzz can ask who is blamed. */
  readonly program: string | null;
  readonly audience: Audience;
}

export function issueText(finding: Finding, { due, program, audience }: IssueMatter): string {
  const entry = ledgerEntryNamed(finding.ledger)?.entry ?? null;
  const shown =
    entry === null
      ? shownOfFinding({ ...finding, got: gotOf(finding) }, due)
      : shownOfEntry(entry, finding.blame, due);
  const { headings } = audience;
  const told = { finding, entry, due, shown };
  const parts = [
    `# ${titleOf(finding, entry)}`,
    headings.versions,
    versionLines(finding, audience).join('\n'),
    headings.got,
    ...gotParts(told),
    headings.due,
    ...dueParts(told),
    headings.program,
    ...(program === null
      ? againParts(finding)
      : [codeBlock(program, languageIn(finding)), ...printsParts(finding, entry)]),
    headings.more,
    ...moreParts(finding, entry, program !== null),
  ];
  return parts.join('\n\n');
}

function languageIn({ blame, subject }: Finding): 'js' | 'python' {
  return blame === 'subject' && isInPython(subject.module) ? 'python' : languageOf(blame);
}

/** How whoever has logitfuzz judges it again. */
function againParts(finding: Finding): readonly string[] {
  const command = portableCommand(finding, null);
  return command === null
    ? ['No program without logitfuzz asks it.']
    : [
        'No program without logitfuzz asks it. With logitfuzz this does, and exits with 1:',
        codeBlock(command, 'sh'),
      ];
}

interface Told {
  readonly finding: Finding;
  readonly entry: LedgerEntry | null;
  readonly due: Due;
  readonly shown: readonly ShownElement[];
}

function titleOf(finding: Finding, entry: LedgerEntry | null): string {
  if (entry !== null) return entry.title;
  const whose = finding.blame === 'subject' ? finding.subject.name : finding.blame;
  const kernel = kernelNameIn(finding, caseFromJson(finding.minimal));
  return `${capitalised(kernel)} ${markdownText(doneText(finding), 200)} (${markdownText(whose, 60)})`;
}

function kernelNameIn({ blame }: Finding, c: Case): string {
  return referenceNamed(blame)?.kernelName(c) ?? `\`${kernelNameOf(c.operation, c.direction)}\``;
}

function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function gotParts({ finding, entry, due, shown }: Told): readonly string[] {
  const { case: c } = due;
  const first = shown[0];
  const kernel = capitalised(kernelNameIn(finding, c));
  const asked = `${c.format} ${shapeText(c)}, axis ${c.axis}, ${inputsOf(c)}`;
  if (entry !== null) {
    const gives = first === undefined ? 'is wrong' : `gives ${first.gotText}, and ${first.exactText} is due`;
    return [`${kernel} (${asked}) ${gives}. In general: ${entry.when}`];
  }
  return [
    `${kernel} (${asked}) ${markdownText(doneText(finding), 300)}.`,
    ...(finding.oracle === 'exact' ? [] : [`${capitalised(markdownText(finding.sentence, 500))}.`]),
    ...(c.call === undefined ? [] : [callFormSentence(c.call)]),
    ...(finding.history === undefined
      ? []
      : ['It is right alone; the calls that have to come before it are in the program.']),
  ];
}

function shapeText({ logits }: Case): string {
  return `[${logits.shape.join(', ')}]`;
}

function dueParts({ finding, entry, due, shown }: Told): readonly string[] {
  const rows = shown.map(({ place, got, gotText, exact, exactText, allowed }) => [
    place ?? 'the value',
    gotText,
    exactText,
    got !== null && Number.isFinite(got - exact) ? roundedText(Math.abs(got - exact)) : '',
    Number.isFinite(exact) ? roundedText(allowed) : 'none',
  ]);
  return [
    ...(rows.length === 0
      ? []
      : [markdownTable(['at', 'got', 'exact, to 17 digits', 'error', 'allowed error'], rows)]),
    ...(rows.length === 0 ? [] : [howComputed(due, shown)]),
    whyThisOne(finding, entry),
    allowedText(finding, due, shown[0]),
  ];
}

function printsParts({ blame }: Finding, entry: LedgerEntry | null): readonly string[] {
  if (entry === null || entry.snippet.on !== blame) return ['It prints what is wrong, and exits with 1.'];
  const { prints } = entry.snippet;
  return prints.includes('\n')
    ? ['It prints this, and exits with 1:', codeBlock(prints)]
    : [`It prints \`${prints}\`, and exits with 1.`];
}

function moreParts(finding: Finding, entry: LedgerEntry | null, hasProgram: boolean): readonly string[] {
  const { tool } = finding.provenance;
  const told = diagnosisSentences(finding.diagnosis).map((sentence) => `- ${markdownText(sentence, 600)}`);
  return [
    ...(told.length === 0 ? [] : ['What asking it more has shown:', told.join('\n')]),
    ...(entry === null ? [] : [`Cause: ${entry.cause}`, `Workaround: ${entry.workaround}`]),
    `Found by logitfuzz ${plainText(tool, 40)}, which compares softmax and cross-entropy kernels with exact answers on random cases.${hasProgram ? ' The program needs nothing of it.' : ''}`,
  ];
}

function gotOf({ got }: Finding): ArrayLike<number> | null {
  return got === null ? null : tensorFromJson(got, { name: 'got' }).data;
}
