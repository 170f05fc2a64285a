/** The case at an index of a campaign. */
import { caseFromJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import { generateCase } from '../generate/generate-case.ts';
import { spaceOf } from '../worker/space.ts';
import type { CampaignPlan } from './plan.ts';

/** Negative indices are those of the corpus. */
export function caseAt(plan: CampaignPlan, index: number): Case {
  if (index < 0) return caseFromJson(plan.corpus[index + plan.corpus.length]);
  return generateCase({ seed: BigInt(plan.seed), index }, spaceOf(plan));
}
