/** The commands that show a finding again, to be pasted into a shell. */
import { blobOfCase } from '../case/case-blob.ts';
import type { Finding, SubjectRecord } from '../case/finding.ts';
import { kernelTable, type KernelName, type Operation, type Supports } from '../contract/subject.ts';
import type { Format } from '../float/format.ts';
import { shellQuoted } from './shell-quoted.ts';

/** Names the subject's module where the finding blames a subject other than the default. */
export function replayCommand(
  { blame, subject, references }: Pick<Finding, 'blame' | 'subject' | 'references'>,
  path: string,
): string {
  const named =
    blame === 'subject' && subject.module !== null
      ? ` ${subjectFlag(subject)}`
      : referenceFlag(blame, { references, subject });
  return `npx logitfuzz replay ${shellQuoted(path)}${named}`;
}

/** Names the file or command of a reference of the user's own. */
function referenceFlag(
  blame: string,
  { references, subject }: Pick<Finding, 'references' | 'subject'>,
): string {
  const own = references.find(({ name }) => name === blame)?.module;
  if (own === undefined) return '';
  const python = subject.connection?.python;
  return ` --references ${shellQuoted(own)}${python === undefined ? '' : ` --python ${shellQuoted(python)}`}`;
}

/** What says, beside seed and index, which case a campaign drew. */
export interface DrawnFrom {
  readonly operations: readonly Operation[];
  /** Absent: all of the operations. */
  readonly kernels?: readonly KernelName[] | undefined;
  readonly formats: readonly Format[];
  readonly supports?: Supports | undefined;
  readonly refuses?: boolean | undefined;
  /** Absent: the generator's default. */
  readonly maxElements?: number;
}

/** A command that is longer fills a log, and is cut in a message. */
const blobMax = 2_000;

/**
 * The command that shows the finding on another copy of the project, which has no file of the run: it holds
 * the smallest case, or where that is long, says how its original was drawn. Null where neither shows it: a
 * long case of no campaign, one that needs earlier calls, which only the finding keeps, and what the ledger
 * knows. `drawn` is null where an index alone says no case.
 */
export function portableCommand(finding: Finding, drawn: DrawnFrom | null): string | null {
  const { blame, subject, known, ledger, minimal } = finding;
  if (needsEarlierCalls(finding) || (known && ledger !== null)) return null;
  const blob = blobOfCase(minimal);
  const what = blob !== null && blob.length <= blobMax ? `--case ${blob}` : drawnText(finding, drawn);
  if (what === null) return null;
  const whom =
    blame === 'subject' ? subjectFlag(subject) : `--blame ${blame}${referenceFlag(blame, finding)}`;
  return `npx logitfuzz replay ${what} ${whom}`;
}

/** The command that judges a case of a file, or of a blob, with a run's subject. */
export function caseCommand(what: string, subject: SubjectRecord): string {
  return `npx logitfuzz replay --case ${shellQuoted(what)} ${subjectFlag(subject)}`;
}

/** Named even where it is the default, so that no configuration puts another in its place. */
export function subjectFlag({ module, name, connection = {} }: SubjectRecord): string {
  const beside = Object.entries(connection).map(
    ([flag, value]) => ` --${flag} ${shellQuoted(String(value))}`,
  );
  return `--subject ${shellQuoted(module ?? (name === 'from-scratch' ? name : 'MODULE'))}${beside.join('')}`;
}

/** Whether its case shows it only after other calls, which finding.json holds. */
export function needsEarlierCalls({ confirmed }: { readonly confirmed?: string }): boolean {
  return confirmed === 'after-history' || confirmed === 'after-more';
}

/** All of it is said, so that it is the same case where a configuration or the subject says otherwise. */
function drawnText({ seed, index, provenance }: Finding, drawn: DrawnFrom | null): string | null {
  if (drawn === null || index === null || index < 0) return null;
  const { operations, kernels, formats, supports = {}, refuses = false, maxElements } = drawn;
  const named =
    kernels ??
    kernelTable.filter(({ operation }) => operations.includes(operation)).map(({ kernel }) => kernel);
  return [
    `--seed ${seed} --index ${index} --generator ${provenance.generatorVersion}`,
    `--kernels ${named.join(',')} --formats ${formats.join(',')}`,
    `--supports ${shellQuoted(JSON.stringify(supports))} ${refuses ? '--refuses' : '--no-refuses'}`,
    ...(maxElements === undefined ? [] : [`--max-elements ${maxElements}`]),
  ].join(' ');
}
