/**
 * One bounded run: starts workers, hands them ranges of cases, gathers what they find. What they do next is
 * schedule.ts's.
 */
import type { CampaignPlan } from './plan.ts';
import type { CampaignResult, Observers, Resumption } from './observers.ts';
import { participantsOf, progressOf, resultOf, settleState, stateOf, type State } from './state.ts';
import { endSlot, slotWith, startOne, workThrough } from './slot.ts';
import { watchForStall } from './stall.ts';
import { startWorker, type Worker } from '../worker/supervise.ts';

/** What a batch in flight may still take once the campaign is interrupted. */
const graceMs = 1_000;
/** How late a campaign ends at most, beside one call that takes as long as it may. */
const lateMsMax = 2_000;

/**
 * Runs the plan to its end. Same plan with `runs` and no `timeMs`: same findings and tally, whatever
 * `workers` is, and however often it was killed and resumed. `start` is how a worker comes to be: as a
 * process, or in this one.
 * @returns null where it was interrupted before its first case.
 * @throws UsageError or InfrastructureError where a worker cannot start.
 */
export async function runCampaign(
  plan: CampaignPlan,
  observers: Observers,
  journalFolder: string,
  resumption: Resumption | null = null,
  start: typeof startWorker = startWorker,
): Promise<CampaignResult | null> {
  const state = stateOf(plan, observers, { journalFolder, resumption, startWorker: start });
  const forgetStall = watchForStall(state);
  const forget = endAfterGrace(state);
  const forgetTime = endAfterTime(state);
  try {
    const first = await startOne(state);
    if (first === null) return null;
    settleState(state, first.ready.subject);
    observers.onReady?.({ ...participantsOf(state), plan: state.plan });
    state.lastGain = performance.now();
    const slots: Promise<void>[] = [runSlot(state, first)];
    for (let i = 1; i < plan.workers; i++) slots.push(runSlot(state, null));
    await Promise.all(slots);
    observers.onCheckpoint?.(progressOf(state));
    // A campaign in this process starts no other.
    if (!first.isRenewable) return resultOf(state);
    const { confirmResult } = await import('./confirm-result.ts'); // nothing of it is needed before
    return await confirmResult(state, resultOf(state));
  } finally {
    forgetStall();
    forgetTime();
    forget();
    state.end.abort(); // whatever threw: nobody works on, and no process is left behind
    for (const worker of state.workers) worker.stop();
  }
}

/** Ends the waiting for workers a moment after an interruption. @returns what takes that back. */
function endAfterGrace(state: State): () => void {
  const {
    end,
    observers: { interrupt },
  } = state;
  let grace: NodeJS.Timeout | undefined;
  const begin = (): void => {
    grace = setTimeout(() => {
      // Where every worker is busy for longer, none asks what is next, and the run would count as done.
      state.stoppedBy ??= 'interrupted';
      end.abort();
    }, graceMs);
  };
  if (interrupt?.aborted) begin();
  else interrupt?.addEventListener('abort', begin, { once: true });
  return () => {
    clearTimeout(grace);
    interrupt?.removeEventListener('abort', begin);
  };
}

/**
 * Workers end with the campaign's time of themselves, or after their last call: whoever does not is not
 * waited for, nor one that has yet to load. @returns what takes that back.
 */
function endAfterTime(state: State): () => void {
  const { plan, start, end, timeIsUp } = state;
  if (plan.timeMs === null) return () => undefined;
  const timers = [
    timerAt(start + plan.timeMs, () => timeIsUp.abort()),
    timerAt(start + plan.timeMs + lateMsMax + plan.caseTimeoutMs, () => {
      state.stoppedBy ??= 'time';
      end.abort();
    }),
  ];
  return () => timers.forEach((timer) => clearTimeout(timer));
}

/** Undefined for a time that is farther off than a timer of Node's can be: nobody waits for it. */
function timerAt(at: number, act: () => void): NodeJS.Timeout | undefined {
  const inMs = at - performance.now();
  return inMs < 2 ** 31 ? setTimeout(act, inMs) : undefined;
}

/** Has one worker after another do ranges until there are no more. */
async function runSlot(state: State, first: Worker | null): Promise<void> {
  const slot = slotWith(first);
  await workThrough(state, slot);
  endSlot(state, slot);
}
