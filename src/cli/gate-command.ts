/**
 * `logitfuzz gate`: the committed corpus, then a fixed number of cases with a fixed seed:
 * the check on each change.
 */
import { existsSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { loadCorpus } from '../archive/corpus.ts';
import type { CaseJson } from '../case/case-json.ts';
import type { Shard } from '../examine/range.ts';
import { UsageError } from '../contract/failure.ts';
import { campaignOptions, planOf, type CampaignArguments } from './campaign-options.ts';
import {
  gateShareMin,
  kernelsOf,
  printSettings,
  settleArguments,
  runSettingsOf,
  withSettings,
  withSubject,
} from './campaign-settings.ts';
import { conductCampaign } from './conduct-campaign.ts';
import { gateDefaults, textOf, type Settings } from './settings.ts';
import { verbs } from './verbs.ts';

interface GateArguments extends CampaignArguments {
  readonly corpus?: string;
  readonly updateBaseline: boolean;
}

export const gateCommand: CommandModule<object, GateArguments> = {
  ...verbs.gate,
  builder: (argv) =>
    campaignOptions(argv)
      .describe({
        time: 'stop after this long: 500ms, 30s, 2m, 1h (default: no limit)',
        runs: `stop after this many cases, all shards together (default ${gateDefaults.runs})`,
        seed: `integer in [0, 2^64), or 'commit' for one that the git commit gives (default ${gateDefaults.seed})`,
        'min-cases': `exit 4 if fewer cases were judged (default: ${gateShareMin * 100} % of them)`,
        strict: 'an inaccurate subject, a stale entry and a new divergence of a reference fail too',
      })
      .option('corpus', {
        type: 'string',
        describe: `folder of committed cases, judged first, by the first shard (default ${gateDefaults.corpus}, where it is there)`,
      })
      .option('update-baseline', {
        type: 'boolean',
        default: false,
        describe: 'write what is found to the baseline: look at the diff, and commit it',
      })
      .example(
        '$0 gate ./my-kernels.ts --strict',
        'fail on inaccuracies, stale entries and new divergences of references too',
      )
      .example('$0 gate --update-baseline', 'list what diverges today, so that only what is new fails')
      .example('$0 gate --seed commit', 'other cases for each commit') as never,
  async handler(given) {
    const args = withSubject(given);
    const settled = await settleArguments(args, 'gate');
    if (args.printConfig) return printSettings('gate', settled);
    const request = planOf(withSettings(args, settled), 'gate', kernelsOf(settled));
    if (args.updateBaseline) checkWhole(request.plan);
    const plan = { ...request.plan, corpus: corpusOf(settled.settings, request.plan.shard) };
    const runSettings = runSettingsOf(settled, { ...args, update: args.updateBaseline });
    process.exitCode = await conductCampaign({ ...request, plan }, runSettings);
  },
};

/** Entries that a part of the run would not find would be lost. */
function checkWhole({
  shard,
  timeMs,
  maxFindings,
}: {
  shard: { of: number };
  timeMs: number | null;
  maxFindings: number | null;
}): void {
  const flag =
    shard.of > 1 ? '--shard' : timeMs !== null ? '--time' : maxFindings !== null ? '--max-findings' : null;
  if (flag !== null)
    throw new UsageError(`--update-baseline needs the whole run, so ${flag} cannot go with it: leave it out`);
}

/**
 * None where the default folder is not there; one that was named has to be. Of the shards of one gate the
 * first judges the corpus, so that its cases count once.
 */
function corpusOf(settings: Settings, shard: Shard): readonly CaseJson[] {
  const folder = textOf(settings, 'corpus')!;
  if (settings.corpus?.from === 'default' && !existsSync(folder)) return [];
  const cases = loadCorpus(folder).map((entry) => entry.case);
  return shard.number === 1 ? cases : [];
}
