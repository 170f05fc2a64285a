/** The verbs, and what becomes of an error: a sentence on stderr, or one JSON document with --json. */
import yargs, { type Argv, type CommandModule } from 'yargs';
import { plainText } from '../text/plain-text.ts';
import { UsageError } from '../contract/failure.ts';
import { packageVersion } from '../contract/package-version.ts';
import { completeVerb, completionOf, completionText } from './completion.ts';
import { errorDocument } from './error-document.ts';
import { exitCodeOfError } from './exit-code.ts';
import { nearestOf } from './nearest.ts';
import { stdoutPath } from './output-files.ts';
import { withoutPasswords } from '../queue/address.ts';
import { terminal } from './terminal.ts';
import { verbs, type VerbName } from './verbs.ts';

type Command = CommandModule<object, never>;

/** What each verb does, loaded where it is named: hundreds of modules are behind some. */
const loads: Readonly<Record<VerbName, () => Promise<unknown>>> = {
  fuzz: async () => (await import('./fuzz-command.ts')).fuzzCommand,
  gate: async () => (await import('./gate-command.ts')).gateCommand,
  replay: async () => (await import('./replay-command.ts')).replayCommand,
  report: async () => (await import('./report-command.ts')).reportCommand,
  compare: async () => (await import('./compare-command.ts')).compareCommand,
  corpus: async () => (await import('./corpus-command.ts')).corpusCommand,
  merge: async () => (await import('./merge-command.ts')).mergeCommand,
  status: async () => (await import('./status-command.ts')).statusCommand,
  doctor: async () => (await import('./doctor-command.ts')).doctorCommand,
  worker: async () => (await import('./worker-command.ts')).workerCommand,
  setup: async () => (await import('./setup-command.ts')).setupCommand,
  init: async () => (await import('./init-command.ts')).initCommand,
  bench: async () => (await import('./bench-command.ts')).benchCommand,
  score: async () => (await import('./score-command.ts')).scoreCommand,
  completion: async () => (await import('./completion-command.ts')).completionCommand,
};

const outputFlags: readonly string[] = ['--junit', '--sarif', '--baseline'];

/** A message may quote a file of somebody else's. */
const messageMax = 2_000;

/** Runs one command line to its end. @returns the exit code; throws only where logitfuzz itself is wrong. */
export async function runCli(args: readonly string[]): Promise<number> {
  process.exitCode = 0;
  if (args[0] === completeVerb) {
    const actions = args.includes('corpus') ? (await import('./corpus-command.ts')).corpusActions : [];
    terminal.print(
      completionText(completionOf(args.slice(1), { commands: await commandsOf(args), actions })),
    );
    return 0;
  }
  try {
    await parser(await commandsOf(args)).parseAsync(joinStdout(args));
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

/**
 * All verbs. What one leaves behind for the process, its exit code, is written there: its handler returns
 * nothing in yargs. One that is not among the words can only be listed.
 */
async function commandsOf(args: readonly string[]): Promise<readonly Command[]> {
  const names = Object.keys(verbs) as VerbName[];
  return Promise.all(
    names.map(async (name) =>
      args.includes(name) ? ((await loads[name]()) as Command) : { ...verbs[name], handler: notLoaded },
    ),
  );
}

function notLoaded(): never {
  throw new Error('a verb was asked that is not among the words of the command line');
}

function parser(commands: readonly Command[]): Argv {
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
    .detectLocale(false) // all else that it says is English
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
  renderNoHelpUnasked(base);
  return commands.reduce<Argv>((all, command) => all.command(command), base);
}

/**
 * yargs lays out the help of each command that it runs, for a handler that fails, and measures the width of
 * each word for that: longer than it takes to start a worker. No failure here prints it.
 */
function renderNoHelpUnasked(argv: Argv): void {
  // Public in yargs, but not in its types.
  const { getInternalMethods } = argv as unknown as {
    getInternalMethods(): { getUsageInstance(): { cacheHelpMessage(): void } };
  };
  getInternalMethods.call(argv).getUsageInstance().cacheHelpMessage = () => undefined;
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
