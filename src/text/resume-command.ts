/** The command that resumes a run, to be pasted into a shell. */
import type { ReferenceRecord, SubjectRecord } from '../case/finding.ts';
import { connectorOf } from '../connect/connect.ts';
import { subjectFlag } from './replay-command.ts';
import { shellQuoted } from './shell-quoted.ts';

interface Resumed {
  /** The run's folder. */
  readonly run: string;
  /** The file that it was compared with, where that has to be named. */
  readonly baseline?: string | null;
  readonly subject: SubjectRecord;
  readonly references: readonly ReferenceRecord[];
  /** True where machines took their share from a queue: they name what they load, and no file its URL. */
  readonly isQueued?: boolean;
}

/** What starts a program is named again: none is started because a file names it. */
export function resumeCommand({
  run,
  baseline = null,
  subject,
  references,
  isQueued = false,
}: Resumed): string {
  if (isQueued) return `npx logitfuzz fuzz --resume ${shellQuoted(run)} --queue URL`;
  const { module, connection } = subject;
  const startsProgram = module !== null && (connectorOf(module).startsProgram || connection !== undefined);
  const own = references.some((reference) => reference.module !== undefined);
  return [
    `npx logitfuzz fuzz --resume ${shellQuoted(run)}`,
    ...(baseline === null ? [] : [`--baseline ${shellQuoted(baseline)}`]),
    ...(startsProgram ? [subjectFlag(subject)] : []),
    ...(own
      ? [`--references ${shellQuoted(references.map(({ name, module: file }) => file ?? name).join(','))}`]
      : []),
  ].join(' ');
}
