/** The command that resumes a run, to be pasted into a shell. */
import { shellQuoted } from './shell-quoted.ts';

/** `run` is the run's folder; `baseline` the file that it was compared with, where that has to be named. */
export function resumeCommand({
  run,
  baseline = null,
}: {
  readonly run: string;
  readonly baseline?: string | null;
}): string {
  const listed = baseline === null ? '' : ` --baseline ${shellQuoted(baseline)}`;
  return `npx logitfuzz fuzz --resume ${shellQuoted(run)}${listed}`;
}
