/** After a worker was lost: whose finding that is, and what of its range is to be done again, and how. */
import { caseFromJson } from '../case/case-json.ts';
import { InfrastructureError } from '../contract/failure.ts';
import { referenceNamed } from '../../reference/index.ts';
import { stackKeyOf } from '../examine/stack.ts';
import type { JournalEntry } from '../worker/journal.ts';
import { batchOfDeath, caseAt } from './death.ts';
import { aroundIndex, blockOf, cut, isInShard, lengthOf, type Range } from '../examine/range.ts';
import { participantsOf, nameAt, absorb, type State } from './state.ts';
import { describeDeath, type WorkerDeath } from '../worker/supervise.ts';
import { increment } from '../examine/tally.ts';

/** What the worker was doing becomes a finding; the rest of its range is done again. */
export function afterDeath(state: State, range: Range, death: WorkerDeath): void {
  const { at } = death;
  const hasReferences = participantsOf(state).references.some(({ available }) => available);
  const isInCase = at !== null && at.stage !== 'idle' && at.stage !== 'load';
  if (isToBeRetried(state, death, range)) {
    state.requeued.push(range);
    return;
  }
  state.traced.delete(range.from); // it does so again
  if (death.isLeak && hasReferences && !range.solo) {
    state.requeued.push({ ...range, solo: true }); // is it the subject that leaks? Then it does so alone, too.
  } else if ((death.isStray || !isInCase) && !range.careful) {
    state.requeued.push({ ...range, careful: true }); // which case was it? The one after which it dies, if it must show at once.
  } else if (death.isStray || !isInCase) {
    recordDeath(state, range, death, leftBehind(state, range, death));
  } else if (lengthOf(possibleCases(range, at)) > 1) {
    traceDeath(state, range, death, at);
  } else if (at.stage === 'shrink' && range.shrink) {
    const unshrunk = { ...range, from: at.index, to: at.index + 1, shrink: false };
    state.requeued.push(unshrunk, ...aroundIndex(range, at.index));
  } else if (at.stage === 'stack') {
    afterStackDeath(state, range, death, at);
  } else {
    recordDeath(state, range, death, at);
  }
}

/** Killed workers whose share is done again before anybody is blamed. */
const retriesMax = 20;

/**
 * What may have come from anybody is not believed at once: what is an implementation's own doing, it does again in the same
 * place. Not without end, since one that kills its process at random moments is to blame in the end.
 */
function isToBeRetried({ retried, observers }: State, death: WorkerDeath, range: Range): boolean {
  const { at, outcome } = death;
  const where = at === null || at.stage === 'idle' ? `before case ${range.from}` : `in case ${at.index}`;
  const place = `${at?.stage} ${where}`;
  if (!mayBeFromOutside(death) || retried.has(place) || retried.size >= retriesMax) return false;
  retried.add(place);
  observers.onRetry?.(`a worker was lost ${where}, and its share is done again: ${describeDeath(outcome)}`);
  return true;
}

function mayBeFromOutside({ outcome, signal, isStray }: WorkerDeath): boolean {
  return outcome.kind === 'crashed' && (signal === 'SIGKILL' || signal === 'SIGTERM') && !isStray;
}

/**
 * The references leave nothing behind, so it was the subject: in the case that the journal names, or in the last of the range.
 * @throws InfrastructureError where it was killed from outside, or is deaf: no case did that.
 */
function leftBehind(state: State, range: Range, { at, outcome, isStray, signal }: WorkerDeath): JournalEntry {
  if (!isStray && (signal !== null || outcome.kind === 'timed-out'))
    throw new InfrastructureError(`a worker died between two cases: ${describeDeath(outcome)}`);
  const last = lastOf(state, range, at?.beat ?? 0);
  return at === null || at.stage === 'idle' ? last : { ...last, index: at.index, to: at.index + 1 };
}

/** The cases that the worker may have been in, as the journal has it. */
function possibleCases(range: Range, { index, to }: JournalEntry): Range {
  return { ...range, from: index, to: Math.min(to, range.to) };
}

/** All is done again, with each case named before it is judged. */
function traceDeath(state: State, range: Range, death: WorkerDeath, at: JournalEntry): void {
  const possible = possibleCases(range, at);
  const parts = [{ ...range, to: possible.from }, possible, { ...range, from: possible.to }];
  state.isTraced = true;
  if (!mayBeFromOutside(death)) state.traced.set(possible.from, death);
  state.requeued.push(...parts.filter((part) => lengthOf(part) > 0));
}

/** None of the possible has done it again: it came of many calls, or by chance. The last stands for them all. */
export function afterTrace(state: State, range: Range, death: WorkerDeath): void {
  state.traced.delete(range.from);
  const { outcome } = death;
  const last = lastOf(state, range, death.at?.beat ?? 0);
  const where = `in one of the cases ${range.from} to ${last.index}, and not when they were judged again`;
  const vague =
    outcome.kind === 'timed-out' ? outcome : { ...outcome, detail: `${outcome.detail}, ${where}` };
  recordDeath(state, range, { ...death, outcome: vague }, last);
}

/** Of the cases of this shard. */
function lastOf({ plan: { shard } }: State, range: Range, beat: number): JournalEntry {
  let index = range.from + (lengthOf(range) - 1) * range.step;
  while (index > range.from && index >= 0 && !isInShard(index, shard)) index -= range.step;
  return { beat, index, to: index + 1, stage: 'judge', place: 0 };
}

/** The stack is asked no more, its cases alone: if one of them does the same, that is the finding. All is done again. */
function afterStackDeath(state: State, range: Range, death: WorkerDeath, at: JournalEntry): void {
  const { plan, unstacked } = state;
  const { from } = blockOf(at.index, plan.runs);
  const reference = nameAt(state, at.place);
  const { stacking } = referenceNamed(reference)!;
  unstacked.set(from, [...(unstacked.get(from) ?? []), stackKeyOf(caseAt(plan, at.index), stacking!)!]);
  state.requeued.push(range);
  increment(state.gathered.tally.checks, `stack skipped: ${reference}: ${describeDeath(death.outcome)}`);
}

function recordDeath(
  state: State,
  range: Range,
  { outcome, chainCase }: WorkerDeath,
  at: JournalEntry,
): void {
  const blame = at.place === 0 ? 'subject' : nameAt(state, at.place);
  state.requeued.push(...aroundIndex({ ...range, solo: false }, at.index));
  state.deaths = { cases: state.deaths.cases + 1, last: { blame, symptom: outcome.kind } };
  const c = chainCase === null || at.index < 0 ? caseAt(state.plan, at.index) : caseFromJson(chainCase);
  absorb(state, batchOfDeath({ plan: state.plan, ...participantsOf(state) }, outcome, { at, case: c }));
}

/** The subject did not leak: with the references again, in smaller parts, so that the worker is renewed sooner. */
export function afterSolo(state: State, range: Range): void {
  const { head, rest } = cut({ ...range, solo: false }, Math.ceil(lengthOf(range) / 2));
  state.requeued.push(head, ...(rest === null ? [] : [rest]));
}
