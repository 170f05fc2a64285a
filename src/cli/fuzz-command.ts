/** `logitfuzz fuzz`: one campaign, its summary, its exit code. */
import type { CommandModule } from 'yargs';
import { UsageError } from '../contract/failure.ts';
import { campaignOptions, planFlags, planOf, type CampaignArguments } from './campaign-options.ts';
import { conductCampaign, resumeCampaign } from './conduct-campaign.ts';

interface FuzzArguments extends CampaignArguments {
  readonly resume?: string;
}

export const fuzzCommand: CommandModule<object, FuzzArguments> = {
  command: 'fuzz',
  describe: 'judge random cases for a while, and write what diverges to disk',
  builder: (argv) =>
    campaignOptions(argv)
      .option('resume', {
        type: 'string',
        describe: 'go on with this run, which was killed or interrupted, by its own plan: with --json only',
      })
      .example('$0 fuzz', 'the from-scratch kernels, 30 seconds, every reference there is')
      .example('$0 fuzz --subject ./my-kernels.ts --time 5m', 'your kernels')
      .example('$0 fuzz --subject textbook --runs 20000 --seed 42', 'the same 20,000 cases each time')
      .example('$0 fuzz --resume reports/runs/20240229T…', 'go on with a run that was killed') as never,
  async handler(args) {
    process.exitCode =
      args.resume === undefined
        ? await conductCampaign(planOf(args, 'fuzz'), args)
        : await resumeCampaign(resumable(args), args);
  },
};

/** A resumed run has its plan: any other flag would be silently void, so it is refused. */
function resumable(args: FuzzArguments): string {
  const given = planFlags.filter((flag) => args[flag] !== undefined && args[flag] !== false);
  if (given.length > 0) {
    const flags = given.map(
      (flag) => `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    );
    throw new UsageError(
      `--resume goes on by the run's own plan, so ${flags.join(', ')} can have no effect: leave it out`,
    );
  }
  return args.resume!;
}
