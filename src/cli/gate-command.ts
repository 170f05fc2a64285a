/** `logitfuzz gate`: the committed corpus, then a fixed number of cases with a fixed seed: the check on each change. */
import { existsSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { loadCorpus } from '../archive/corpus.ts';
import { campaignOptions, planOf, type CampaignArguments } from './campaign-options.ts';
import { conductCampaign } from './conduct-campaign.ts';

/** The same in every run, so that a gate that turns red was turned by the change. */
const gateSeed = '20240229';
const gateRuns = '20000';

const defaultCorpus = 'corpus';

interface GateArguments extends CampaignArguments {
  readonly corpus?: string;
}

export const gateCommand: CommandModule<object, GateArguments> = {
  command: 'gate',
  describe: 'the corpus, then the same cases each time: exit 1 if the subject diverges',
  builder: (argv) =>
    campaignOptions(argv)
      .option('corpus', {
        type: 'string',
        describe: `folder of committed cases, judged first, by the first shard (default ${defaultCorpus}, where it is there)`,
      })
      .example('$0 gate --subject ./my-kernels.ts --strict', 'fail on inaccuracies too') as never,
  async handler(args) {
    const runs = args.runs ?? (args.time === undefined ? gateRuns : undefined);
    const fixed = { ...args, seed: args.seed ?? gateSeed, ...(runs === undefined ? {} : { runs }) };
    const request = planOf(fixed, 'gate');
    const entries =
      args.corpus === undefined && !existsSync(defaultCorpus) ? [] : loadCorpus(args.corpus ?? defaultCorpus);
    // Of the shards of one gate the first judges the corpus, so that its cases count once.
    const corpus = request.plan.shard.number === 1 ? entries.map((entry) => entry.case) : [];
    const plan = { ...request.plan, corpus };
    process.exitCode = await conductCampaign({ ...request, plan }, args);
  },
};
