/**
 * A mistake of logitfuzz's own ends a command with exit code 70, and is never made a finding. A sentence, or
 * with --json the document, comes first; then, on stderr, what we need to mend it.
 */
import { plainText } from '../text/plain-text.ts';
import { packageVersion } from '../contract/package-version.ts';
import { errorDocument } from './error-document.ts';

/** EX_SOFTWARE of sysexits.h. */
export const crashExitCode = 70;

export interface CommandLine {
  readonly args: readonly string[];
  /** Whether stdout has had something already: a second document would make both unreadable. */
  hasPrinted(): boolean;
}

/** Ends the process where an error reaches nobody, as one that reaches `main.ts` does. */
export function watchForCrashes(commandLine: CommandLine): void {
  const end = (error: unknown): never => {
    reportCrash(error, commandLine);
    return process.exit(crashExitCode);
  };
  process.on('uncaughtException', end).on('unhandledRejection', end);
}

export function reportCrash(error: unknown, { args, hasPrinted }: CommandLine): void {
  const [title, stack] = titleAndStack(error);
  const message = `a mistake of logitfuzz itself, which says nothing about a kernel: ${title}`;
  if (!args.includes('--json')) process.stderr.write(`logitfuzz: ${message}\n`);
  else if (!hasPrinted())
    process.stdout.write(
      `${JSON.stringify(errorDocument(args, { exitCode: crashExitCode, message }), null, 2)}\n`,
    );
  process.stderr.write(`${whatToSend(args, stack)}\n`);
}

/** Whatever was thrown, the reading of which may throw again. */
function titleAndStack(error: unknown): readonly [title: string, stack: string] {
  try {
    if (!(error instanceof Error)) return [plainText(String(error)), 'no stack: what was thrown is no Error'];
    const title = error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
    return [plainText(title, 2_000), error.stack ?? 'no stack'];
  } catch {
    return ['something was thrown that cannot be read', 'no stack'];
  }
}

/** Each line is indented: at the start of one a job's runner would read a command in it. */
function whatToSend(args: readonly string[], stack: string): string {
  const lines = [
    `logitfuzz ${packageVersion}, Node ${process.version}, ${process.platform} ${process.arch}`,
    ['logitfuzz', ...args].join(' '),
    ...stack.split('\n'),
  ];
  return ['Please send us this:', ...lines.map((line) => `  ${plainText(line, 2_000)}`)].join('\n');
}
