/** `logitfuzz fuzz`: one campaign, its summary, its exit code. */
import type { CommandModule } from 'yargs';
import { campaignOptions, planOf, type CampaignArguments } from './campaign-options.ts';
import { conductCampaign } from './conduct-campaign.ts';

export const fuzzCommand: CommandModule<object, CampaignArguments> = {
  command: 'fuzz',
  describe: 'judge random cases for a while, and write what diverges to disk',
  builder: (argv) =>
    campaignOptions(argv)
      .example('$0 fuzz', 'the from-scratch kernels, 30 seconds, every reference there is')
      .example('$0 fuzz --subject ./my-kernels.ts --time 5m', 'your kernels')
      .example('$0 fuzz --subject textbook --runs 20000 --seed 42', 'the same 20,000 cases each time'),
  async handler(args) {
    process.exitCode = await conductCampaign(planOf(args, 'fuzz'), args);
  },
};
