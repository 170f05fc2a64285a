/** The plan of a campaign that a series runs without the command line. */
import type { CampaignPlan } from '../src/campaign/plan.ts';
import { operations } from '../src/contract/subject.ts';
import { nativeFormats } from '../src/float/format.ts';

/** One worker, no limit of time, all that there is to draw. */
export function campaignPlan(
  own: Pick<CampaignPlan, 'subject' | 'references' | 'seed' | 'runs'> & Partial<CampaignPlan>,
): CampaignPlan {
  return {
    command: 'fuzz',
    corpus: [],
    operations,
    formats: nativeFormats,
    shrinkEvaluations: 2_000,
    maximize: false,
    timeMs: null,
    workers: 1,
    shard: { number: 1, of: 1 },
    caseTimeoutMs: 60_000,
    rssLimitMb: 4_096,
    maxFindings: null,
    out: 'reports',
    strict: false,
    ...own,
  };
}
