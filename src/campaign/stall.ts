/** Names what a campaign is waiting for, so that nobody has to guess whether it hangs. */
import { caseSummary } from '../case/case-summary.ts';
import type { JournalEntry } from '../worker/journal.ts';
import { caseAt } from './case-at.ts';
import type { CampaignPlan } from './plan.ts';
import { nameAt, type State } from './state.ts';

const defaultStallMs = 30_000;

/** Tells the observers where nothing has come back for a while. @returns what ends that. */
export function watchForStall(state: State): () => void {
  const stallMs = state.observers.stallMs ?? defaultStallMs;
  const clock = setInterval(() => tellStall(state, stallMs), stallMs / 30);
  return () => clearInterval(clock);
}

function tellStall(state: State, stallMs: number): void {
  const now = performance.now();
  if (now - state.lastGain < stallMs || now - state.lastStall < stallMs) return;
  state.lastStall = now;
  const positions: WorkerPosition[] = [];
  for (const worker of state.workers) {
    const entry = worker.position();
    if (entry !== null && entry.stage !== 'idle')
      positions.push({ entry, name: entry.place === 0 ? 'the subject' : nameAt(state, entry.place) });
  }
  state.observers.onStall?.(stallSentence(state.plan, positions, (now - state.lastGain) / 1000));
}

interface WorkerPosition {
  readonly entry: JournalEntry;
  /** The implementation that is being called. */
  readonly name: string;
}

/** A sentence like `no case for 30 s: tfjs-node in case 8812, softmax/forward/float32 [1, 65537] axis 1`. */
function stallSentence(plan: CampaignPlan, positions: readonly WorkerPosition[], seconds: number): string {
  const places = positions.map(({ entry: { index, stage }, name }) => {
    if (stage === 'load') return `${name} is being loaded`;
    const doing = { idle: 'in', judge: 'in', shrink: 'in shrinking', stack: 'in the stack of' }[stage];
    return `${name} ${doing} case ${index}, ${caseSummary(caseAt(plan, index))}`;
  });
  return `no case for ${Math.round(seconds)} s: ${places.join('; ') || 'no worker is in a case'}`;
}
