/** What `replay` prints of a finding without judging it again: a program, or an issue with one. */
import { referenceNamed } from '../../reference/index.ts';
import { ledgerEntryNamed } from '../../reference/ledger/ledger.ts';
import type { LedgerEntry } from '../../reference/ledger/entry.ts';
import { caseFromJson, type CaseJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import { tensorFromJson } from '../case/tensor-json.ts';
import { toleranceNameOf } from '../case/verdict.ts';
import { UsageError } from '../contract/failure.ts';
import { connectorOf } from '../connect/connect.ts';
import { CaseWork } from '../oracles/exact.ts';
import { findingScript } from '../report/finding-script.ts';
import { audienceFor } from '../report/issue/audience.ts';
import { issueText } from '../report/issue/issue.ts';
import type { Due } from '../report/issue/shown-elements.ts';
import { whyNotInPython } from '../report/script-of-python-subject.ts';
import { knownComment } from '../report/known-divergence.ts';
import { ledgerProgram } from '../report/ledger-program.ts';

/** In which form a finding is printed, and of which case. */
export interface FormArguments {
  readonly subject?: string;
  readonly original: boolean;
  readonly json: boolean;
  readonly script: boolean;
  readonly issue: boolean;
  readonly for?: string;
}

/** @throws UsageError where two forms are asked for at once. */
export function checkForms({ json, script, issue, original, for: audience }: FormArguments): void {
  const flags = Object.entries({ json, script, issue }).flatMap(([name, isAsked]) =>
    isAsked ? [`--${name}`] : [],
  );
  if (flags.length > 1)
    throw new UsageError(`${flags.join(' and ')} print different things: leave all but one of them out`);
  if (issue && original)
    throw new UsageError(
      '--issue is about the smallest case, and --original about another: leave one of them out',
    );
  if (audience !== undefined && !issue) throw new UsageError('--for is of an issue: add --issue');
}

/** The program of the case, or of the ledger's entry. A module that only the finding names is in none. */
export function scriptOf(finding: Finding, args: FormArguments): string {
  const known = args.original ? null : knownProgram(finding);
  if (known !== null) return `${commentMark(finding)} ${knownComment(finding)}\n${known}`;
  checkModule(finding, args);
  const { subject = null, original } = args;
  const json = original ? finding.original : finding.minimal;
  const why = whyNoProgram(finding, { json, subject });
  if (why !== null) throw new UsageError(`${why}; replay without --script judges it`);
  return scriptFor(finding, { json, subject });
}

/** Why no program without logitfuzz asks the subject; null where one does. */
function whyNoProgram(
  finding: Finding,
  { json, subject }: { readonly json: CaseJson; readonly subject: string | null },
): string | null {
  if (finding.blame !== 'subject' || subject === null) return null;
  const { kind } = connectorOf(subject);
  if (kind === 'module') return null;
  if (kind !== 'python')
    return `a program can import a subject in JavaScript, TypeScript or Python, and ${JSON.stringify(subject)} is none of them`;
  const why = whyNotInPython(finding, caseFromJson(json));
  return why === null ? null : `no program in Python shows ${why}`;
}

function commentMark({ blame }: Finding): string {
  return referenceNamed(blame)?.package.language === 'python' ? '#' : '//';
}

export function issueOf(finding: Finding, args: FormArguments): string {
  const audience = audienceFor(finding, args.for);
  const known = entryOf(finding);
  const due = dueOf(finding, caseFromJson(known === null ? finding.minimal : known.smallest));
  let program = knownProgram(finding);
  if (program === null) {
    checkModule(finding, args);
    const { subject = null } = args;
    const json = finding.minimal;
    if (whyNoProgram(finding, { json, subject }) === null)
      program = scriptFor(finding, { json, subject, isBare: true });
  }
  return issueText(finding, { due, program, audience });
}

/** The program that shows a known divergence on who is blamed of it; null where nothing is known of it. */
export function knownProgram(finding: Finding): string | null {
  const entry = entryOf(finding);
  if (entry === null) return null;
  // Another API than the entry's own code asks by: its smallest case, as the reference is asked.
  return ledgerProgram(entry, finding.blame) ?? scriptFor(finding, { json: entry.smallest, isBare: true });
}

function entryOf({ ledger }: Finding): LedgerEntry | null {
  return ledgerEntryNamed(ledger)?.entry ?? null;
}

function scriptFor(
  finding: Finding,
  { json, subject = null, isBare = false }: { json: CaseJson; subject?: string | null; isBare?: boolean },
): string {
  const c = caseFromJson(json);
  const { exact, allowed } = dueOf(finding, c);
  const isOwn = json === finding.minimal && finding.got !== null;
  const got = isOwn ? tensorFromJson(finding.got!, { name: 'got' }).data : null;
  return findingScript(finding, { case: c, exact, allowed, module: subject, got }, { isBare });
}

/** So many logits are worked out in double-double, which is slow. */
const refinedMax = 2 ** 16;

function dueOf({ arithmetic, severity }: Finding, c: Case): Due {
  const work = new CaseWork(c);
  const answer = c.logits.data.length <= refinedMax ? work.refined(arithmetic) : work.answer(arithmetic);
  const allowed = work.answer(arithmetic)[toleranceNameOf(severity)];
  return { case: c, format: answer.format, exact: answer.exact, exactLow: answer.exactLow, allowed };
}

function checkModule({ blame, subject: { name, module } }: Finding, { subject }: FormArguments): void {
  const isDefault = module === null && name === 'from-scratch';
  if (blame === 'subject' && subject === undefined && !isDefault) {
    throw new UsageError(
      `the finding blames the subject ${JSON.stringify(name)}: name the module that the program is to import, which ` +
        `was ${JSON.stringify(module ?? name)}, with --subject`,
    );
  }
}
