/** `logitfuzz replay`: judges again what a finding, a blob, or a seed and an index say. */
import type { Argv, CommandModule } from 'yargs';
import { loadFinding } from '../archive/finding-file.ts';
import { UsageError } from '../contract/failure.ts';
import { audienceNames } from '../report/issue/audience.ts';
import { connectionOptions, type ConnectionArguments } from './connection-options.ts';
import { loadConfig } from './config.ts';
import { findingOfWord, isWord } from './named-finding.ts';
import { replayCase, subjectIn, type CaseArguments } from './replay-case.ts';
import { replayFinding, type FindingArguments } from './replay-finding.ts';
import { flagOf, settle, textOf, type Settings } from './settings.ts';
import { terminal } from './terminal.ts';
import { verbs } from './verbs.ts';

interface ReplayArguments extends CaseArguments, FindingArguments, ConnectionArguments {
  readonly finding?: string;
  readonly operations?: string;
  readonly formats?: string;
  readonly maxElements?: string;
  readonly out?: string;
  readonly config?: string;
  readonly json: boolean;
  readonly subject?: string;
  readonly references?: string;
  readonly caseTimeout?: string;
}

export const replayCommand: CommandModule<object, ReplayArguments> = {
  ...verbs.replay,
  builder: (argv) =>
    connectionOptions(drawOptions(argv))
      .positional('finding', {
        type: 'string',
        describe: "a finding.json, 'last', or the first four or more digits of a finding's hash",
      })
      .option('case', {
        type: 'string',
        describe: 'the case itself, as lf1.… or a file of it (.json): needs no finding',
      })
      .option('blame', {
        type: 'string',
        describe: 'whom a case without a finding is asked about: subject (default), or a reference',
      })
      .option('subject', { type: 'string', describe: 'the module that the finding blames' })
      .option('references', {
        type: 'string',
        describe: 'who else is asked, as fuzz has it: names, files of your own, none, all-there',
      })
      .option('original', {
        type: 'boolean',
        default: false,
        describe: 'the case as it was before shrinking',
      })
      .option('case-timeout', { type: 'string', describe: 'kill a call that takes longer (default 10s)' })
      .option('script', {
        type: 'boolean',
        default: false,
        describe: 'print a program that shows it without logitfuzz; judges nothing',
      })
      .option('issue', {
        type: 'boolean',
        default: false,
        describe: 'print an issue for whoever maintains what is blamed, in Markdown; judges nothing',
      })
      .option('for', {
        type: 'string',
        describe: `whose form --issue has: ${audienceNames.join(' or ')} (default: by who is blamed)`,
      })
      .option('out', {
        type: 'string',
        describe: "the reports root, for 'last' and hashes (default reports)",
      })
      .option('config', {
        type: 'string',
        describe: 'configuration file; of it, the subject, the reports root and what is drawn count here',
      })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON document on stdout' })
      .example('$0 replay reports/…/finding.json --subject ./my-kernels.ts', 'does it still diverge?')
      .example('$0 replay last --subject ./my-kernels.ts', 'what the newest run tells first')
      .example(
        '$0 replay --case lf1.… --subject ./my-kernels.ts',
        "a case of somebody else's, or of a CI job",
      )
      .example('$0 replay reports/…/finding.json --script > show.mjs', 'a program that shows it')
      .example('$0 replay reports/…/finding.json --issue > issue.md', 'a report upstream') as never,
  async handler(args) {
    const { finding: named } = args;
    if (named === undefined) {
      checkCase(args);
      process.exitCode = await replayCase(args, await settingsOf(args));
      return;
    }
    checkFinding(args);
    if (!isWord(named)) {
      process.exitCode = await replayFinding(loadFinding(named), args);
      return;
    }
    const settings = await settingsOf(args);
    const { finding, path } = findingOfWord(named, textOf(settings, 'out')!);
    terminal.note(path);
    process.exitCode = await replayFinding(finding, { ...args, ...subjectIn(settings) });
  },
};

/** All that says which case an index is, beside the subject. */
const drawFlags = ['seed', 'index', 'generator', 'kernels', 'operations', 'formats'] as const;
const otherDrawFlags = ['maxElements', 'supports', 'refuses'] as const;

function drawOptions(argv: Argv): Argv {
  return argv
    .option('seed', { type: 'string', describe: 'of the campaign that drew the case: with --index' })
    .option('index', { type: 'string', describe: 'of the case in the campaign of --seed' })
    .option('generator', { type: 'string', describe: 'version that drew it: exit 2 if this is another' })
    .option('kernels', { type: 'string', describe: 'that the campaign drew (default: as fuzz has them)' })
    .option('operations', { type: 'string', describe: 'instead of --kernels' })
    .option('formats', { type: 'string', describe: 'that the campaign drew (default: as fuzz has them)' })
    .option('max-elements', { type: 'string', describe: 'as the campaign was given it' })
    .option('supports', {
      type: 'string',
      describe: 'JSON of what the subject said then that it supports (default: what it says today)',
    })
    .option('refuses', {
      type: 'boolean',
      describe: 'whether it said then that it refuses invalid arguments',
    });
}

async function settingsOf(args: ReplayArguments): Promise<Settings> {
  const { subject, python, engine, manifest, operations, kernels, formats, maxElements, out, config } = args;
  const given = Object.entries({
    subject,
    python,
    engine,
    manifest,
    operations,
    kernels,
    formats,
    maxElements,
    out,
  });
  const flags = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  return settle('fuzz', { flags, environment: process.env, file: await loadConfig(config) });
}

/** @throws UsageError where no case is named, or two are. */
function checkCase(args: ReplayArguments): void {
  const isDrawn = args.seed !== undefined || args.index !== undefined;
  if (args.case === undefined && !isDrawn)
    throw new UsageError(
      "name what is replayed: a finding.json, 'last', the beginning of a hash, --case, or --seed and --index",
    );
  if (args.case !== undefined) refuse(args, [...drawFlags, ...otherDrawFlags], '--case is the case itself');
  const ofFinding = (['script', 'issue', 'original'] as const).find((flag) => args[flag]);
  if (ofFinding !== undefined || args.for !== undefined)
    throw new UsageError(`--${ofFinding ?? 'for'} is of a finding: name its finding.json`);
}

function checkFinding(args: ReplayArguments): void {
  refuse(args, ['case', 'blame', ...drawFlags, ...otherDrawFlags], 'a finding holds its case');
}

function refuse(args: ReplayArguments, keys: readonly (keyof ReplayArguments)[], why: string): void {
  const key = keys.find((name) => args[name] !== undefined);
  if (key !== undefined) throw new UsageError(`${why}, so ${flagOf(key)} cannot go with it: leave it out`);
}
