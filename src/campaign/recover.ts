/** After a worker was lost: whose finding that is, and what of its stretch is to be done again, and how. */
import { caseFromJson } from '../case/case-json.ts';
import { InfrastructureError } from '../contract/failure.ts';
import { stackKeyOf } from '../judge/stack.ts';
import type { JournalEntry } from './journal.ts';
import { batchOfLoss, caseAt } from './loss.ts';
import { aroundLoss, blockOf, cut, lengthOf, type Stretch } from './plan.ts';
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
  } else if (loss.isLeak && hasReferences && !stretch.solo) {
    state.again.push({ ...stretch, solo: true }); // is it the subject that leaks? Then it does so alone, too.
  } else if ((loss.isStray || !isInCase) && !stretch.careful) {
    state.again.push({ ...stretch, careful: true }); // which case was it? The one after which it dies, if it must show at once.
  } else if (loss.isStray || !isInCase) {
    recordLoss(state, stretch, loss, leftBehind(stretch, loss));
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
 * These two signals may have come from anybody: what is an implementation's own doing, it does again in the same place. Not
 * without end, since one that kills its process at random moments is to blame in the end.
 */
function isToBeRetried({ retried, observers }: State, loss: Loss, stretch: Stretch): boolean {
  const { at, outcome, signal, isStray } = loss;
  const isFromOutside =
    outcome.kind === 'crashed' && (signal === 'SIGKILL' || signal === 'SIGTERM') && !isStray;
  const where = at === null || at.stage === 'idle' ? `before case ${stretch.from}` : `in case ${at.index}`;
  const place = `${at?.stage} ${where}`;
  if (!isFromOutside || retried.has(place) || retried.size >= retriesMax) return false;
  retried.add(place);
  observers.onRetry?.(`a worker was lost ${where}, and its share is done again: ${describeLoss(outcome)}`);
  return true;
}

/**
 * The references leave nothing behind, so it was the subject: in the case that the journal names, or in the last of the stretch.
 * @throws InfrastructureError where it was killed from outside, or is deaf: no case did that.
 */
function leftBehind(stretch: Stretch, { at, outcome, isStray, signal }: Loss): JournalEntry {
  if (!isStray && (signal !== null || outcome.kind === 'timed-out'))
    throw new InfrastructureError(`a worker died between two cases: ${describeLoss(outcome)}`);
  const last = stretch.from + (lengthOf(stretch) - 1) * stretch.step;
  const isNamed = at !== null && at.stage !== 'idle';
  return { beat: at?.beat ?? 0, index: isNamed ? at.index : last, stage: 'judge', place: 0 };
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
