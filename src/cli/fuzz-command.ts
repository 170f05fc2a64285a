/** `logitfuzz fuzz`: one campaign, its summary, its exit code. */
import type { CommandModule } from 'yargs';
import { UsageError } from '../contract/failure.ts';
import { jobSecondsMax, type QueueChoices } from '../campaign/plan-file.ts';
import { queueIn } from './queue-options.ts';
import {
  campaignOptions,
  findingsExitOption,
  planFlags,
  planOf,
  type CampaignArguments,
  type CampaignRequest,
} from './campaign-options.ts';
import {
  kernelsOf,
  printSettings,
  settleArguments,
  runSettingsOf,
  withSettings,
  withSubject,
  type Settled,
} from './campaign-settings.ts';
import { randomBytes } from 'node:crypto';
import { conductCampaign, resumeCampaign, type Way } from './conduct-campaign.ts';
import { parseCount } from './option-values.ts';
import { checkExhaustive, exhaustiveSettings } from './exhaustive-options.ts';
import { exhaustiveLanes } from '../generate/exhaustive.ts';
import { connectionIn, flagOf, gateDefaults, textOf } from './settings.ts';
import { verbs } from './verbs.ts';

interface FuzzArguments extends CampaignArguments {
  readonly resume?: string;
  readonly inProcess: boolean;
  readonly saveCorpus?: string;
}

export const fuzzCommand: CommandModule<object, FuzzArguments> = {
  ...verbs.fuzz,
  builder: (argv) =>
    campaignOptions(argv)
      .option('resume', {
        type: 'string',
        describe:
          'resume this run, which was killed or interrupted, by its plan.json, whose subject is loaded: with --json only',
      })
      .option('in-process', {
        type: 'boolean',
        default: false,
        describe:
          'for a debugger: judge in this very process, without workers, a limit for a call or one for memory',
      })
      .option('one-by-one', {
        type: 'boolean',
        describe: 'judge each case by itself and none in a column: slower, and the same to the last count',
      })
      .option('queue', {
        type: 'string',
        describe:
          'hand the cases to workers through this server of Redis or Valkey: redis://… (docs/queue.md)',
      })
      .option('campaign', { type: 'string', describe: "the campaign's name on the queue (default main)" })
      .option('job-seconds', {
        type: 'string',
        describe: 'what a worker takes from the queue at once, at most 120 (default 60)',
      })
      .option('mixed-machines', {
        type: 'boolean',
        describe: 'workers may differ in Node, operating system and processor',
      })
      .option('findings-exit', findingsExitOption)
      .option('maximize', {
        type: 'string',
        describe:
          "error: climb to the subject's largest error ÷ tolerance; asks only references that are named",
      })
      .option('exhaustive', {
        type: 'boolean',
        describe: `judge ${exhaustiveLanes} of float16 and bfloat16, and draw nothing; asks only references that are named`,
      })
      .option('save-corpus', {
        type: 'string',
        coerce: (folder: string) => (folder === '' ? gateDefaults.corpus : folder),
        describe: "add the smallest case of each of the subject's findings to this corpus (default corpus)",
      })
      .example('$0 fuzz', 'the from-scratch kernels, 30 seconds, every reference there is')
      .example('$0 fuzz ./my-kernels.ts --time 5m', 'your kernels')
      .example('$0 fuzz --subject textbook --runs 20000 --seed 42', 'the same 20,000 cases each time')
      .example('$0 fuzz --maximize error --runs 50000', 'search for the worst case of each kernel')
      .example('$0 fuzz ./my-kernels.ts --exhaustive', 'every pattern of 16 bits, in seconds')
      .example(
        'node --inspect-brk node_modules/.bin/logitfuzz fuzz --in-process --subject ./my-kernels.ts',
        'stop at breakpoints in your kernels',
      )
      .example('$0 fuzz --resume reports/runs/20240229T…', 'resume a run that was killed') as never,
  async handler(given) {
    const args = withSubject(given);
    if (args.inProcess) checkInProcess(args);
    if (args.exhaustive === true) checkExhaustive(args);
    const asked = await settleArguments(args, 'fuzz');
    const settled =
      args.exhaustive === true ? { ...asked, settings: exhaustiveSettings(asked.settings) } : asked;
    if (args.printConfig) return printSettings('fuzz', settled);
    const runSettings = runSettingsOf(settled, { ...args, update: false });
    process.exitCode =
      args.resume === undefined
        ? await conductCampaign(requestOf(args, settled), runSettings, wayOf(args, settled))
        : await resumeCampaign(resumable(args), runSettings, { ...args, queue: queueOf(settled) });
  },
};

function requestOf(args: FuzzArguments, settled: Settled): CampaignRequest {
  const request = planOf(flagsOf(args, settled), 'fuzz', kernelsOf(settled));
  if (queueOf(settled) === undefined) return request;
  checkQueued(args);
  // What judges is the workers' to say.
  const { connection: _, ...plan } = { ...request.plan, subject: null };
  return { ...request, plan, queue: queueChoices(args, settled) };
}

/** Where it is, and how the settings name the subject: what the command line says of that is the workers'. */
function queueOf({ settings }: Settled): Omit<Extract<Way, { kind: 'queue' }>, 'kind'> | undefined {
  const queue = queueIn(settings, process.env);
  if (queue === null) return undefined;
  const isNamed = settings.subject?.from !== 'default';
  const subject = isNamed ? (textOf(settings, 'subject') ?? null) : null;
  return { address: queue.address, named: { subject, ...connectionIn(settings) } };
}

function wayOf({ inProcess }: FuzzArguments, settled: Settled): Way {
  const queue = queueOf(settled);
  if (queue !== undefined && !inProcess) return { kind: 'queue', ...queue };
  return { kind: inProcess ? 'in-process' : 'workers' };
}

function queueChoices({ jobSeconds, mixedMachines }: FuzzArguments, { settings }: Settled): QueueChoices {
  return {
    campaign: queueIn(settings, process.env)!.campaign,
    run: randomBytes(8).toString('hex'),
    jobSeconds:
      jobSeconds === undefined
        ? jobSecondsDefault
        : parseCount('job-seconds', jobSeconds, { min: 1, max: jobSecondsMax }),
    mixedMachines: mixedMachines === true,
  };
}

/** What one job takes where nobody says: long enough that its way costs nothing. */
const jobSecondsDefault = 60;

/** The flags of whoever judges would be silently void, so they are refused. */
const voidWithQueue = [
  'subject',
  'module',
  'python',
  'engine',
  'manifest',
  'workers',
  'shard',
  'maximize',
  'inProcess',
  'oneByOne',
] as const;

function checkQueued(args: FuzzArguments): void {
  const given = voidWithQueue.filter((key) => args[key] !== undefined && args[key] !== false);
  if (given.length === 0) return;
  const names = [...new Set(given.map((key) => flagOf(key === 'module' ? 'subject' : key)))];
  throw new UsageError(
    `with --queue the workers judge, so ${names.join(', ')} can have no effect here: give it to logitfuzz worker, or leave it out`,
  );
}

/** Who searches for the worst, or asks all, is after the subject: references would only slow it down. */
function flagsOf(args: FuzzArguments, settled: Settled): CampaignArguments {
  const all = withSettings(args, settled);
  const flags = args.inProcess ? { ...all, workers: '1' } : all; // what a file says of workers is for those
  const isUnnamed = settled.settings.references?.from === 'default';
  const isAlone = args.maximize !== undefined || args.exhaustive === true;
  return isAlone && isUnnamed ? { ...flags, references: 'none' } : flags;
}

/**
 * The flags of worker processes would be silently void, so they are refused;
 * what a file or the environment says of them is void.
 */
function checkInProcess({ workers, caseTimeout, rssLimitMb, resume }: FuzzArguments): void {
  if (resume !== undefined)
    throw new UsageError('--resume needs worker processes, and --in-process has none: leave one out');
  const given = Object.entries({ workers, caseTimeout, rssLimitMb })
    .filter(([key, value]) => value !== undefined && !(key === 'workers' && value === '1'))
    .map(([key]) => flagOf(key));
  if (given.length > 0)
    throw new UsageError(
      `--in-process has no worker processes, so ${given.join(', ')} can have no effect: leave it out`,
    );
}

/** What may be named again of a resumed run, since it starts a program. */
const namedAgain: readonly string[] = ['subject', 'python', 'engine', 'manifest', 'references'];

/** A resumed run has its plan: any other flag would be silently void, so it is refused. */
function resumable(args: FuzzArguments): string {
  const given = planFlags.filter(
    (flag) => !namedAgain.includes(flag) && args[flag] !== undefined && args[flag] !== false,
  );
  if (given.length > 0) {
    throw new UsageError(
      `--resume goes on by the run's own plan, so ${given.map(flagOf).join(', ')} can have no effect: leave it out`,
    );
  }
  return args.resume!;
}
