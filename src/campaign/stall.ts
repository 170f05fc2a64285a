/** Names what a campaign is waiting for, so that nobody has to guess whether it hangs. */
import { caseSummary } from '../case/case-summary.ts';
import type { JournalEntry } from '../worker/journal.ts';
import { caseAt } from './death.ts';
import type { CampaignPlan } from './plan.ts';

export interface WorkerPosition {
  readonly entry: JournalEntry;
  /** The implementation that is being called. */
  readonly name: string;
}

/** A sentence like `no case for 30 s: tfjs-node in case 8812, softmax/forward/float32 [1, 65537] axis 1`. */
export function stallSentence(
  plan: CampaignPlan,
  positions: readonly WorkerPosition[],
  seconds: number,
): string {
  const places = positions.map(({ entry: { index, stage }, name }) => {
    if (stage === 'load') return `${name} is being loaded`;
    const doing = { idle: 'in', judge: 'in', shrink: 'in shrinking', stack: 'in the stack of' }[stage];
    return `${name} ${doing} case ${index}, ${caseSummary(caseAt(plan, index))}`;
  });
  return `no case for ${Math.round(seconds)} s: ${places.join('; ') || 'no worker is in a case'}`;
}
