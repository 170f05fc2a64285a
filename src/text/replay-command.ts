/** The command that shows a finding again, to be pasted into a shell. */
import type { Finding } from '../case/finding.ts';
import { shellQuoted } from './shell-quoted.ts';

/** Names the subject's module where the finding blames a subject other than the default. */
export function replayCommand({ blame, subject }: Pick<Finding, 'blame' | 'subject'>, path: string): string {
  const module =
    blame === 'subject' && subject.module !== null ? ` --subject ${shellQuoted(subject.module)}` : '';
  return `npx logitfuzz replay ${shellQuoted(path)}${module}`;
}
