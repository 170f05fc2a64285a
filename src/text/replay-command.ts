/** The command that shows a finding again, to be pasted into a shell. */
import type { Finding } from '../case/finding.ts';

/** Names the subject's module where the finding blames a subject other than the default. */
export function replayCommand({ blame, subject }: Pick<Finding, 'blame' | 'subject'>, path: string): string {
  const module =
    blame === 'subject' && subject.module !== null ? ` --subject ${shellQuoted(subject.module)}` : '';
  return `npx logitfuzz replay ${shellQuoted(path)}${module}`;
}

/** The text as it is where a shell reads it so; else the text in single quotes, on one line. */
function shellQuoted(text: string): string {
  if (/^[\w./@:+=-]+$/.test(text) && !text.startsWith('-')) return text;
  return `'${text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').replaceAll("'", String.raw`'\''`)}'`;
}
