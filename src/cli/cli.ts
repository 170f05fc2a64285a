/** The verbs, and what becomes of an error: a sentence on stderr, or one JSON document with --json. */
import yargs, { type Argv, type CommandModule } from 'yargs';
import { plainText } from '../text/plain-text.ts';
import { UsageError } from '../contract/failure.ts';
import { packageVersion } from '../contract/package-version.ts';
import { benchCommand } from './bench-command.ts';
import { compareCommand } from './compare-command.ts';
import { completionCommand } from './completion-command.ts';
import { completeVerb, completionOf, completionText } from './completion.ts';
import { corpusActions, corpusCommand } from './corpus-command.ts';
import { doctorCommand } from './doctor-command.ts';
import { errorDocument } from './error-document.ts';
import { exitCodeOfError } from './exit-code.ts';
import { fuzzCommand } from './fuzz-command.ts';
import { gateCommand } from './gate-command.ts';
import { initCommand } from './init-command.ts';
import { mergeCommand } from './merge-command.ts';
import { nearestOf } from './nearest.ts';
import { stdoutPath } from './output-files.ts';
import { replayCommand } from './replay-command.ts';
import { reportCommand } from './report-command.ts';
import { scoreCommand } from './score-command.ts';
import { setupCommand } from './setup-command.ts';
import { statusCommand } from './status-command.ts';
import { withoutPasswords } from '../queue/address.ts';
import { terminal } from './terminal.ts';
import { workerCommand } from './worker-command.ts';

/** What a verb leaves behind for the process: its handler returns nothing in yargs, so it is written here. */
const commands: readonly CommandModule<object, never>[] = [
  fuzzCommand,
  gateCommand,
  replayCommand,
  reportCommand,
  compareCommand,
  corpusCommand,
  mergeCommand,
  statusCommand,
  doctorCommand,
  workerCommand,
  setupCommand,
  initCommand,
  benchCommand,
  scoreCommand,
  completionCommand,
] as unknown as readonly CommandModule<object, never>[];

const outputFlags: readonly string[] = ['--junit', '--sarif', '--baseline'];

/** A message may quote a file of somebody else's. */
const messageMax = 2_000;

/** Runs one command line to its end. @returns the exit code; throws only where logitfuzz itself is wrong. */
export async function runCli(args: readonly string[]): Promise<number> {
  process.exitCode = 0;
  if (args[0] === completeVerb) {
    terminal.print(completionText(completionOf(args.slice(1), { commands, actions: corpusActions })));
    return 0;
  }
  try {
    await parser().parseAsync(joinStdout(args));
    return Number(process.exitCode ?? 0);
  } catch (error) {
    const exitCode = exitCodeOfError(error);
    if (exitCode === null) throw error;
    const message = (error as Error).message;
    if (args.includes('--json')) {
      terminal.printJson(errorDocument(args, { exitCode, message }));
    } else {
      terminal.note(`logitfuzz: ${plainText(message, messageMax)}`);
    }
    return exitCode;
  }
}

/** `--junit -` as `--junit=-`: yargs would take the `-` for an argument of its own. */
function joinStdout(args: readonly string[]): string[] {
  const isValue = (i: number): boolean => args[i] === stdoutPath && outputFlags.includes(args[i - 1]!);
  return args.flatMap((arg, i) => (isValue(i) ? [] : [isValue(i + 1) ? `${arg}=${stdoutPath}` : arg]));
}

function parser(): Argv {
  const base: Argv = yargs()
    .scriptName('logitfuzz')
    .usage('$0 <command>\n\nA differential fuzzer for softmax and cross-entropy kernels.')
    .parserConfiguration({ 'duplicate-arguments-array': false, 'camel-case-expansion': true })
    .version(packageVersion)
    .alias('version', 'V')
    .help()
    .alias('help', 'h')
    .strict()
    .recommendCommands()
    .demandCommand(
      1,
      'name a command: fuzz, gate, replay, report, compare, merge, worker, status, corpus, doctor, setup, init, bench or score',
    )
    .wrap(Math.min(110, terminal.width))
    .exitProcess(false)
    .example('$0 fuzz ./my-kernels.ts', 'are my kernels wrong?')
    .example('$0 gate ./my-kernels.ts', 'has this change made them wrong?')
    .example('$0 completion bash >> ~/.bashrc', 'complete commands, flags and values from now on')
    .epilogue('logitfuzz <command> --help tells of a command, with examples')
    .fail((message, error) => {
      if (error) throw error;
      throw new UsageError(
        `${withoutPasswords(message.replaceAll('\n', ' '))}${hintFor(message, base)} (see logitfuzz --help)`,
      );
    });
  return commands.reduce<Argv>((all, command) => all.command(command), base);
}

/** `; did you mean --seed?`, where the first flag that yargs does not know is near to one that it does. */
function hintFor(message: string, argv: Argv): string {
  const unknown = /^Unknown arguments?: ([\w-]+)/.exec(message)?.[1];
  if (unknown === undefined) return '';
  // Public in yargs, but not in its types: every key that the command takes, in both spellings.
  const { key } = (
    argv as unknown as { getOptions(): { key: Readonly<Record<string, boolean>> } }
  ).getOptions();
  const inKebab = Object.keys(key).filter((name) => name.length > 1 && !/[A-Z]/.test(name));
  const meant = nearestOf(unknown, inKebab);
  return meant === null ? '' : `; did you mean --${meant}?`;
}
