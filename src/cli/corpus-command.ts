/** `logitfuzz corpus add | list | prune`: the committed cases that the gate judges first. */
import type { Argv, CommandModule } from 'yargs';
import { connectionOptions, type ConnectionArguments } from './connection-options.ts';
import { referenceNames } from '../../reference/index.ts';
import { addToCorpus, loadCorpus, removeFromCorpus } from '../archive/corpus.ts';
import { loadFinding } from '../archive/finding-file.ts';
import { plainText } from '../text/plain-text.ts';
import { caseFromJson } from '../case/case-json.ts';
import { caseSummary } from '../case/case-summary.ts';
import type { CampaignArguments } from './campaign-options.ts';
import { settleArguments } from './campaign-settings.ts';
import { pruneDecisions } from './prune-corpus.ts';
import { additionText } from './save-findings.ts';
import { textOf, type Settings } from './settings.ts';
import { terminal } from './terminal.ts';
import { verbs } from './verbs.ts';

interface CorpusArguments {
  readonly corpus?: string;
  readonly config?: string;
  readonly json: boolean;
}

interface AddArguments extends CorpusArguments {
  readonly findings: readonly string[];
}

interface PruneArguments extends CorpusArguments, ConnectionArguments {
  readonly subject?: string;
  readonly references?: string;
  readonly caseTimeout?: string;
  readonly apply: boolean;
}

const addCommand: CommandModule<object, AddArguments> = {
  command: 'add <findings..>',
  describe: 'add the smallest case of each finding, one for a signature',
  builder: (argv) =>
    corpusOptions(argv)
      // else the last finding would be the only one
      .parserConfiguration({ 'duplicate-arguments-array': true })
      .positional('findings', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'finding.json files, or the folders that hold them',
      }) as never,
  async handler(args) {
    const folder = textOf(await settingsOf(args), 'corpus')!;
    const findings = args.findings.map((path) => loadFinding(path)); // all are read before any is added
    const addition = addToCorpus(folder, findings);
    if (args.json) return printDocument('corpus add', { folder, ...addition });
    for (const path of addition.paths) terminal.print(path);
    terminal.note(additionText(folder, addition));
  },
};

const listCommand: CommandModule<object, CorpusArguments> = {
  command: 'list',
  describe: 'tell what is in it, and why',
  builder: (argv) => corpusOptions(argv) as never,
  async handler(args) {
    const folder = textOf(await settingsOf(args), 'corpus')!;
    const entries = loadCorpus(folder).map(({ name, why, origin, case: json }) => {
      return { name, origin, case: caseSummary(caseFromJson(json)), why };
    });
    if (args.json) return printDocument('corpus list', { folder, entries });
    for (const { name, origin, case: summary, why } of entries) {
      terminal.print(`${origin.kind.padEnd(7)}${name}\n       ${summary}\n       ${plainText(why)}`);
    }
  },
};

const pruneCommand: CommandModule<object, PruneArguments> = {
  command: 'prune',
  describe: 'tell which found cases show nothing that another, no larger, does not; with --apply remove them',
  builder: (argv) =>
    connectionOptions(corpusOptions(argv))
      .option('subject', { type: 'string', describe: 'module under test' })
      .option('references', { type: 'string', describe: `of ${referenceNames.join(', ')}; or none` })
      .option('case-timeout', { type: 'string', describe: 'kill a call that takes longer (default 10s)' })
      .option('apply', {
        type: 'boolean',
        default: false,
        describe: 'remove them; without it nothing is changed',
      }) as never,
  async handler(args) {
    const settings = await settingsOf(args);
    const folder = textOf(settings, 'corpus')!;
    const decisions = await pruneDecisions(loadCorpus(folder), settings);
    const pruned = decisions.filter(({ keptBecause }) => keptBecause === null);
    if (args.apply) for (const { name } of pruned) removeFromCorpus(folder, name);
    if (args.json) return printDocument('corpus prune', { folder, applied: args.apply, entries: decisions });
    for (const { name, keptBecause, coveredBy } of decisions) {
      terminal.print(
        keptBecause === null
          ? `prune  ${name}: ${coveredBy} shows it`
          : `keep   ${name}: ${plainText(keptBecause)}`,
      );
    }
    const verb = args.apply ? 'removed' : 'would remove';
    const hint = args.apply || pruned.length === 0 ? '' : ': --apply does it';
    terminal.note(`${verb} ${pruned.length} of ${decisions.length} cases${hint}`);
  },
};

/** What can be done with it. */
export const corpusActions: readonly CommandModule<object, never>[] = [
  addCommand,
  listCommand,
  pruneCommand,
] as unknown as readonly CommandModule<object, never>[];

export const corpusCommand: CommandModule<object, CorpusArguments> = {
  ...verbs.corpus,
  builder: (argv) =>
    argv
      .command(addCommand)
      .command(listCommand)
      .command(pruneCommand)
      .demandCommand(1, 'corpus needs an action: add, list or prune') as never,
  handler: () => undefined, // one of the three has run
};

function corpusOptions(argv: Argv): Argv<CorpusArguments> {
  return argv
    .option('corpus', { type: 'string', describe: 'its folder (default corpus)' })
    .option('config', { type: 'string', describe: 'configuration file' })
    .option('json', {
      type: 'boolean',
      default: false,
      describe: 'one JSON document on stdout',
    }) as unknown as Argv<CorpusArguments>;
}

/** The settings that the gate would have: its corpus, subject and references are those that count here. */
async function settingsOf(args: CorpusArguments | PruneArguments): Promise<Settings> {
  return (await settleArguments({ ...args, printConfig: false } as CampaignArguments, 'gate')).settings;
}

function printDocument(command: string, data: object): void {
  terminal.printJson({ schemaVersion: 1, command, exitCode: 0, ...data });
}
