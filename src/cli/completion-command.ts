/** `logitfuzz completion [shell]`: the script that makes a shell complete what is typed. */
import { basename } from 'node:path';
import type { CommandModule } from 'yargs';
import { UsageError } from '../contract/failure.ts';
import { completionScripts } from './completion-script.ts';
import { shells, type Shell } from './completion-values.ts';
import { nearestOf } from './nearest.ts';
import { terminal } from './terminal.ts';
import { verbs } from './verbs.ts';

interface CompletionArguments {
  readonly shell?: string;
}

export const completionCommand: CommandModule<object, CompletionArguments> = {
  ...verbs.completion,
  builder: (argv) =>
    argv
      .positional('shell', { type: 'string', describe: `${shells.join(', ')} (default: by $SHELL)` })
      .example('$0 completion bash >> ~/.bashrc', 'for bash; zsh: >> ~/.zshrc')
      .example('$0 completion fish > ~/.config/fish/completions/logitfuzz.fish', 'for fish') as never,
  handler({ shell }) {
    terminal.print(completionScripts[shell === undefined ? ownShell() : shellNamed(shell)].trimEnd());
  },
};

/** The shell of whoever asks; bash where it is none that is completed. */
function ownShell(): Shell {
  const name = basename(process.env['SHELL'] ?? '');
  return shells.find((shell) => shell === name) ?? 'bash';
}

/** @throws UsageError for a shell that is not completed. */
function shellNamed(name: string): Shell {
  const found = shells.find((shell) => shell === name);
  if (found !== undefined) return found;
  const meant = nearestOf(name, shells);
  throw new UsageError(
    `${JSON.stringify(name)} is no shell that is completed; there are ${shells.join(', ')}${meant === null ? '' : `; did you mean ${meant}?`}`,
  );
}
