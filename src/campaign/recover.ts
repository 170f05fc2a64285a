/**
 * What follows from the death of a worker: whose finding it
 * is, and which cases are done again, and in which mode.
 */
import { caseFromJson } from '../case/case-json.ts';
import { InfrastructureError } from '../contract/failure.ts';
import { referenceNamed } from '../../reference/index.ts';
import { stackKeyOf } from '../examine/stack.ts';
import type { JournalEntry } from '../worker/journal.ts';
import { batchOfDeath, caseAt } from './death.ts';
import { aroundIndex, blockOf, cut, isInShard, lengthOf, type Mode, type Range } from '../examine/range.ts';
import { participantsOf, nameAt, absorb, type State } from './state.ts';
import { describeDeath, type WorkerDeath } from '../worker/death.ts';
import { increment } from '../examine/tally.ts';

/** A death, and the range that the worker had been handed. */
interface Lost {
  readonly state: State;
  readonly range: Range;
  readonly death: WorkerDeath;
  /**
   * The call that ended the worker; null where that was no call
   * of a case, or the journal need not name the right one.
   */
  readonly call: JournalEntry | null;
}

interface Recovery {
  readonly name:
    'retry' | 'solo' | 'pause' | 'blame the subject' | 'trace' | 'unshrunk' | 'unstack' | 'blame the call';
  readonly applies: (lost: Lost) => boolean;
  readonly recover: (lost: Lost) => void;
}

/**
 * What is done after a death: of the first row that applies.
 * What is not blamed yet is done again, to see more of it.
 */
const recoveries: readonly Recovery[] = [
  // Perhaps somebody else's doing: what is an implementation's own, it does again in the same place.
  { name: 'retry', applies: isToBeRetried, recover: retry },
  // Whose memory grows? If it is the subject's, it does so without the references, too.
  { name: 'solo', applies: isLeakOfAnybody, recover: (lost) => redo(lost, { participants: 'solo' }) },
  // Which case left that behind? The one after which the worker dies, where there is time for it to show.
  { name: 'pause', applies: isUnplaced, recover: (lost) => redo(lost, { pace: 'paused' }) },
  { name: 'blame the subject', applies: ({ call }) => call === null, recover: blameSubject },
  { name: 'trace', applies: isInOneOfMany, recover: trace },
  { name: 'unshrunk', applies: isOfShrinking, recover: redoUnshrunk },
  { name: 'unstack', applies: ({ call }) => call?.stage === 'stack', recover: unstack },
  { name: 'blame the call', applies: () => true, recover: blameCall },
];

/** What the worker was doing becomes a finding, once that is known; the rest of its range is done again. */
export function afterDeath(state: State, range: Range, death: WorkerDeath): void {
  const lost: Lost = { state, range, death, call: callOf(death) };
  const { name, recover } = recoveryFor(lost);
  if (name !== 'retry') state.traced.delete(range.from); // the traced range has ended a worker again
  recover(lost);
}

function recoveryFor(lost: Lost): Recovery {
  return recoveries.find(({ applies }) => applies(lost))!; // the last one always does
}

function callOf({ at, isStray }: WorkerDeath): JournalEntry | null {
  return isStray || at === null || at.stage === 'idle' || at.stage === 'load' ? null : at;
}

/**
 * Killed workers whose share is done again before anybody is blamed:
 * one that kills its process at random is in the end.
 */
const retriesMax = 20;

function isToBeRetried({ state: { retried }, range, death }: Lost): boolean {
  return mayBeFromOutside(death) && !retried.has(placeOf(range, death)) && retried.size < retriesMax;
}

function mayBeFromOutside({ outcome, signal, isStray }: WorkerDeath): boolean {
  return outcome.kind === 'crashed' && (signal === 'SIGKILL' || signal === 'SIGTERM') && !isStray;
}

function placeOf(range: Range, death: WorkerDeath): string {
  return `${death.at?.stage} ${whereOf(range, death)}`;
}

function whereOf(range: Range, { at }: WorkerDeath): string {
  return at === null || at.stage === 'idle' ? `before case ${range.from}` : `in case ${at.index}`;
}

function retry({ state, range, death }: Lost): void {
  state.retried.add(placeOf(range, death));
  state.requeued.push(range);
  state.observers.onRetry?.(
    `a worker died ${whereOf(range, death)}, and its share is done again: ${describeDeath(death.outcome)}`,
  );
}

function isLeakOfAnybody({ state, range, death }: Lost): boolean {
  const hasReferences = participantsOf(state).references.some(({ available }) => available);
  return death.isLeak && hasReferences && range.mode.participants !== 'solo';
}

function redo({ state, range }: Lost, change: Partial<Mode>): void {
  state.requeued.push(changed(range, change));
}

/** The range in another mode; what `change` does not name stays. */
function changed(range: Range, change: Partial<Mode>): Range {
  return { ...range, mode: { ...range.mode, ...change } };
}

function isUnplaced({ range, call }: Lost): boolean {
  return call === null && range.mode.pace !== 'paused';
}

/** Nobody else leaves anything behind. */
function blameSubject({ state, range, death }: Lost): void {
  recordDeath(state, range, death, leftBehind(state, range, death));
}

/**
 * The references leave nothing behind, so it was the subject: in the case that the journal names, or in the
 * last of the range.
 * @throws InfrastructureError where it was killed from outside, or was unresponsive: no case did that.
 */
function leftBehind(state: State, range: Range, { at, outcome, isStray, signal }: WorkerDeath): JournalEntry {
  if (!isStray && (signal !== null || outcome.kind === 'timed-out'))
    throw new InfrastructureError(`a worker died between two cases: ${describeDeath(outcome)}`);
  const last = lastOf(state, range, at?.beat ?? 0);
  return at === null || at.stage === 'idle' ? last : { ...last, index: at.index, to: at.index + 1 };
}

function isInOneOfMany({ range, call }: Lost): boolean {
  return call !== null && lengthOf(possibleCases(range, call)) > 1;
}

/** The cases that the worker may have been in, as the journal has it. */
function possibleCases(range: Range, { index, to }: JournalEntry): Range {
  return { ...range, from: index, to: Math.min(to, range.to) };
}

/** All is done again, with each case named before it is judged. */
function trace({ state, range, death, call }: Lost): void {
  const possible = possibleCases(range, call!);
  const parts = [{ ...range, to: possible.from }, possible, { ...range, from: possible.to }];
  state.isTraced = true;
  if (!mayBeFromOutside(death)) state.traced.set(possible.from, death);
  state.requeued.push(...parts.filter((part) => lengthOf(part) > 0));
}

function isOfShrinking({ range, call }: Lost): boolean {
  return call?.stage === 'shrink' && range.mode.shrink;
}

/** The one case without shrinking, and the rest of its range as before. */
function redoUnshrunk({ state, range, call }: Lost): void {
  const { index } = call!;
  const own = { ...range, from: index, to: index + 1 };
  state.requeued.push(changed(own, { shrink: false }), ...aroundIndex(range, index));
}

/**
 * The stack is asked no more, its cases alone: if one of them
 * does the same, that is the finding. All is done again.
 */
function unstack({ state, range, death, call }: Lost): void {
  const { plan, unstacked } = state;
  const { index, place } = call!;
  const { from } = blockOf(index, plan.runs);
  const reference = nameAt(state, place);
  const { stacking } = referenceNamed(reference)!;
  unstacked.set(from, [...(unstacked.get(from) ?? []), stackKeyOf(caseAt(plan, index), stacking!)!]);
  state.requeued.push(range);
  increment(state.gathered.tally.checks, `stack skipped: ${reference}: ${describeDeath(death.outcome)}`);
}

function blameCall({ state, range, death, call }: Lost): void {
  recordDeath(state, range, death, call!);
}

/**
 * None of the cases has done it again: it came of many calls, or by chance.
 * The last case stands for them all.
 */
export function afterTrace(state: State, range: Range, death: WorkerDeath): void {
  state.traced.delete(range.from);
  const { outcome } = death;
  const last = lastOf(state, range, death.at?.beat ?? 0);
  const where = `in one of the cases ${range.from} to ${last.index}, and not when they were judged again`;
  const vague =
    outcome.kind === 'timed-out' ? outcome : { ...outcome, detail: `${outcome.detail}, ${where}` };
  recordDeath(state, range, { ...death, outcome: vague }, last);
}

/** The last case of the range that is of this shard, as an entry. */
function lastOf({ plan: { shard } }: State, range: Range, beat: number): JournalEntry {
  let index = range.from + (lengthOf(range) - 1) * range.step;
  while (index > range.from && index >= 0 && !isInShard(index, shard)) index -= range.step;
  return { beat, index, to: index + 1, stage: 'judge', place: 0 };
}

function recordDeath(
  state: State,
  range: Range,
  { outcome, chainCase }: WorkerDeath,
  at: JournalEntry,
): void {
  const blame = at.place === 0 ? 'subject' : nameAt(state, at.place);
  state.requeued.push(...aroundIndex(changed(range, { participants: 'all' }), at.index));
  state.deaths = { cases: state.deaths.cases + 1, last: { blame, symptom: outcome.kind } };
  const c = chainCase === null || at.index < 0 ? caseAt(state.plan, at.index) : caseFromJson(chainCase);
  absorb(state, batchOfDeath({ plan: state.plan, ...participantsOf(state) }, outcome, { at, case: c }));
}

/**
 * The subject did not leak: with the references again, in
 * smaller parts, so that the worker is renewed sooner.
 */
export function afterSolo(state: State, range: Range): void {
  const { head, rest } = cut(changed(range, { participants: 'all' }), Math.ceil(lengthOf(range) / 2));
  state.requeued.push(head, ...(rest === null ? [] : [rest]));
}
