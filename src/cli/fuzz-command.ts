/** `logitfuzz fuzz`: one campaign, its summary, its exit code. */
import type { CommandModule } from 'yargs';
import { UsageError } from '../contract/failure.ts';
import { campaignOptions, planFlags, planOf, type CampaignArguments } from './campaign-options.ts';
import {
  kernelsOf,
  printSettings,
  settleArguments,
  runSettingsOf,
  withSettings,
  withSubject,
  type Settled,
} from './campaign-settings.ts';
import { conductCampaign, resumeCampaign } from './conduct-campaign.ts';
import { flagOf, gateDefaults } from './settings.ts';

interface FuzzArguments extends CampaignArguments {
  readonly resume?: string;
  readonly inProcess: boolean;
  readonly saveCorpus?: string;
}

export const fuzzCommand: CommandModule<object, FuzzArguments> = {
  command: 'fuzz [module]',
  describe: 'judge random cases for a while, and write what diverges to disk',
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
      .option('maximize', {
        type: 'string',
        describe:
          "error: climb to the subject's largest error ÷ tolerance; asks only references that are named",
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
      .example(
        'node --inspect-brk node_modules/.bin/logitfuzz fuzz --in-process --subject ./my-kernels.ts',
        'stop at breakpoints in your kernels',
      )
      .example('$0 fuzz --resume reports/runs/20240229T…', 'resume a run that was killed') as never,
  async handler(given) {
    const args = withSubject(given);
    if (args.inProcess) checkInProcess(args);
    const settled = await settleArguments(args, 'fuzz');
    if (args.printConfig) return printSettings('fuzz', settled);
    const runSettings = runSettingsOf(settled, { ...args, update: false });
    process.exitCode =
      args.resume === undefined
        ? await conductCampaign(
            planOf(flagsOf(args, settled), 'fuzz', kernelsOf(settled)),
            runSettings,
            args.inProcess,
          )
        : await resumeCampaign(resumable(args), runSettings, args);
  },
};

/** A search is after the subject's worst: references would only slow it down. */
function flagsOf(args: FuzzArguments, settled: Settled): CampaignArguments {
  const all = withSettings(args, settled);
  const flags = args.inProcess ? { ...all, workers: '1' } : all; // what a file says of workers is for those
  const isUnnamed = settled.settings.references?.from === 'default';
  return args.maximize !== undefined && isUnnamed ? { ...flags, references: 'none' } : flags;
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
