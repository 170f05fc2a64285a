/** `logitfuzz gate`: the committed corpus, then a fixed number of cases with a fixed seed: the check on each change. */
import type { CommandModule } from 'yargs';
import { loadCorpus } from '../archive/corpus.ts';
import { campaignOptions, planOf, type CampaignArguments } from './campaign-options.ts';
import { conductCampaign } from './conduct-campaign.ts';

/** The same in every run, so that a gate that turns red was turned by the change. */
const gateSeed = '20240229';
const gateRuns = '20000';

interface GateArguments extends CampaignArguments {
  readonly corpus: string;
}

export const gateCommand: CommandModule<object, GateArguments> = {
  command: 'gate',
  describe: 'the corpus, then the same cases each time: exit 1 if the subject diverges',
  builder: (argv) =>
    campaignOptions(argv)
      .option('corpus', {
        type: 'string',
        default: 'corpus',
        describe: 'folder of committed cases, judged first',
      })
      .example('$0 gate --subject ./my-kernels.ts --strict', 'fail on inaccuracies too') as never,
  async handler(args) {
    const request = planOf(
      {
        ...args,
        seed: args.seed ?? gateSeed,
        runs: args.runs ?? (args.time ? undefined : gateRuns),
      } as GateArguments,
      'gate',
    );
    const corpus = loadCorpus(args.corpus);
    const plan = { ...request.plan, corpus: corpus.map((entry) => entry.case) };
    const judgedAtLeast = args.minCases === undefined ? Math.ceil(corpus.length / 2) : request.minCases;
    process.exitCode = await conductCampaign(
      { ...request, plan, minCases: Math.max(1, judgedAtLeast) },
      args,
    );
  },
};
