/** After a worker was lost: whose finding that is, and what of its stretch is to be done again, and how. */
import { caseFromJson } from '../case/case-json.ts';
import { InfrastructureError } from '../contract/failure.ts';
import { stackKeyOf } from '../judge/stack.ts';
import type { JournalEntry } from './journal.ts';
import { batchOfLoss, caseAt } from './loss.ts';
import { aroundLoss, blockOf, cut, isInShard, lengthOf, type Stretch } from './range.ts';
import { companyOf, nameAt, take, type State } from './state.ts';
import { describeLoss, type Loss } from './supervise.ts';
import { increment } from './tally.ts';

/** What the worker was doing becomes a finding; the rest of its stretch is done again. */
export function afterLoss(state: State, stretch: Stretch, loss: Loss): void {
  const { at } = loss;
  const hasReferences = companyOf(state).references.some(({ available }) => available);
  const isInCase = at !== null && at.stage !== 'idle' && at.stage !== 'load';
  if (isToBeRetried(state, loss, stretch)) {
    state.again.push(stretch);
    return;
  }
  state.suspected.delete(stretch.from); // it does so again
  if (loss.isLeak && hasReferences && !stretch.solo) {
    state.again.push({ ...stretch, solo: true }); // is it the subject that leaks? Then it does so alone, too.
  } else if ((loss.isStray || !isInCase) && !stretch.careful) {
    state.again.push({ ...stretch, careful: true }); // which case was it? The one after which it dies, if it must show at once.
  } else if (loss.isStray || !isInCase) {
    recordLoss(state, stretch, loss, leftBehind(state, stretch, loss));
  } else if (lengthOf(suspectsOf(stretch, at)) > 1) {
    suspect(state, stretch, loss, at);
  } else if (at.stage === 'shrink' && stretch.shrink) {
    const unshrunk = { ...stretch, from: at.index, to: at.index + 1, shrink: false };
    state.again.push(unshrunk, ...aroundLoss(stretch, at.index));
  } else if (at.stage === 'stack') {
    afterStackLoss(state, stretch, loss, at);
  } else {
    recordLoss(state, stretch, loss, at);
  }
}

/** Killed workers whose share is done again before anybody is blamed. */
const retriesMax = 20;

/**
 * What may have come from anybody is not believed at once: what is an implementation's own doing, it does again in the same
 * place. Not without end, since one that kills its process at random moments is to blame in the end.
 */
function isToBeRetried({ retried, observers }: State, loss: Loss, stretch: Stretch): boolean {
  const { at, outcome } = loss;
  const where = at === null || at.stage === 'idle' ? `before case ${stretch.from}` : `in case ${at.index}`;
  const place = `${at?.stage} ${where}`;
  if (!mayBeFromOutside(loss) || retried.has(place) || retried.size >= retriesMax) return false;
  retried.add(place);
  observers.onRetry?.(`a worker was lost ${where}, and its share is done again: ${describeLoss(outcome)}`);
  return true;
}

function mayBeFromOutside({ outcome, signal, isStray }: Loss): boolean {
  return outcome.kind === 'crashed' && (signal === 'SIGKILL' || signal === 'SIGTERM') && !isStray;
}

/**
 * The references leave nothing behind, so it was the subject: in the case that the journal names, or in the last of the stretch.
 * @throws InfrastructureError where it was killed from outside, or is deaf: no case did that.
 */
function leftBehind(state: State, stretch: Stretch, { at, outcome, isStray, signal }: Loss): JournalEntry {
  if (!isStray && (signal !== null || outcome.kind === 'timed-out'))
    throw new InfrastructureError(`a worker died between two cases: ${describeLoss(outcome)}`);
  const last = lastOf(state, stretch, at?.beat ?? 0);
  return at === null || at.stage === 'idle' ? last : { ...last, index: at.index, to: at.index + 1 };
}

/** The cases that the worker may have been in, as the journal has it. */
function suspectsOf(stretch: Stretch, { index, to }: JournalEntry): Stretch {
  return { ...stretch, from: index, to: Math.min(to, stretch.to) };
}

/** All is done again, with each case named before it is judged. */
function suspect(state: State, stretch: Stretch, loss: Loss, at: JournalEntry): void {
  const suspects = suspectsOf(stretch, at);
  const parts = [{ ...stretch, to: suspects.from }, suspects, { ...stretch, from: suspects.to }];
  state.isTraced = true;
  if (!mayBeFromOutside(loss)) state.suspected.set(suspects.from, loss);
  state.again.push(...parts.filter((part) => lengthOf(part) > 0));
}

/** None of the suspects has done it again: it came of many calls, or by chance. The last stands for them all. */
export function afterSuspicion(state: State, stretch: Stretch, loss: Loss): void {
  state.suspected.delete(stretch.from);
  const { outcome } = loss;
  const last = lastOf(state, stretch, loss.at?.beat ?? 0);
  const where = `in one of the cases ${stretch.from} to ${last.index}, and not when they were judged again`;
  const vague =
    outcome.kind === 'timed-out' ? outcome : { ...outcome, detail: `${outcome.detail}, ${where}` };
  recordLoss(state, stretch, { ...loss, outcome: vague }, last);
}

/** Of the cases of this shard. */
function lastOf({ plan: { shard } }: State, stretch: Stretch, beat: number): JournalEntry {
  let index = stretch.from + (lengthOf(stretch) - 1) * stretch.step;
  while (index > stretch.from && index >= 0 && !isInShard(index, shard)) index -= stretch.step;
  return { beat, index, to: index + 1, stage: 'judge', place: 0 };
}

/** The stack is asked no more, its cases alone: if one of them does the same, that is the finding. All is done again. */
function afterStackLoss(state: State, stretch: Stretch, loss: Loss, at: JournalEntry): void {
  const { plan, unstacked } = state;
  const { from } = blockOf(at.index, plan.runs);
  const reference = nameAt(state, at.place);
  unstacked.set(from, [...(unstacked.get(from) ?? []), stackKeyOf(caseAt(plan, at.index), reference)!]);
  state.again.push(stretch);
  increment(state.gathered.tally.checks, `stack skipped: ${reference}: ${describeLoss(loss.outcome)}`);
}

function recordLoss(state: State, stretch: Stretch, { outcome, chainCase }: Loss, at: JournalEntry): void {
  const blame = at.place === 0 ? 'subject' : nameAt(state, at.place);
  state.again.push(...aroundLoss({ ...stretch, solo: false }, at.index));
  state.losses = { cases: state.losses.cases + 1, last: { blame, symptom: outcome.kind } };
  const c = chainCase === null || at.index < 0 ? caseAt(state.plan, at.index) : caseFromJson(chainCase);
  take(state, batchOfLoss({ plan: state.plan, ...companyOf(state) }, outcome, { at, case: c }));
}

/** The subject did not leak: with the references again, in smaller parts, so that the worker is renewed sooner. */
export function afterSolo(state: State, stretch: Stretch): void {
  const { head, rest } = cut({ ...stretch, solo: false }, Math.ceil(lengthOf(stretch) / 2));
  state.again.push(head, ...(rest === null ? [] : [rest]));
}
