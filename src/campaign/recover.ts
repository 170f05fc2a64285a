/**
 * What follows from the death of a worker: whose finding it
 * is, and which cases are done again, and in which mode.
 */
import { caseFromJson } from '../case/case-json.ts';
import { whyUnsupported } from '../case/why-unsupported.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { referenceNamed } from '../../reference/index.ts';
import { stackKeyOf } from '../examine/stack.ts';
import type { JournalEntry } from '../worker/journal.ts';
import { caseAt } from './case-at.ts';
import { batchOfDeath } from './death.ts';
import { askedBefore, backwards, withRange, type Asked } from './asked.ts';
import { aroundIndex, blockOf, cut, lengthOf, type Mode, type Range } from '../examine/range.ts';
import { participantsOf, nameAt, absorb, type State, type Stray } from './state.ts';
import { describeDeath, type WorkerDeath } from '../worker/death.ts';
import { emptyTally, increment } from '../examine/tally.ts';

/** A death, and the range that the worker had been handed. */
interface Lost {
  readonly state: State;
  readonly range: Range;
  /** What the worker had been asked before that range. */
  readonly asked: Asked;
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
  { name: 'pause', applies: isUnplaced, recover: pause },
  { name: 'blame the subject', applies: ({ call }) => call === null, recover: blameSubject },
  { name: 'trace', applies: isInOneOfMany, recover: trace },
  { name: 'unshrunk', applies: isOfShrinking, recover: redoUnshrunk },
  { name: 'unstack', applies: ({ call }) => call?.stage === 'stack', recover: unstack },
  { name: 'blame the call', applies: () => true, recover: blameCall },
];

/** What the worker was doing becomes a finding, once that is known; the rest of its range is done again. */
export function afterDeath(state: State, range: Range, death: WorkerDeath, asked: Asked = []): void {
  const lost: Lost = { state, range, asked, death, call: callOf(death) };
  const { name, recover } = recoveryFor(lost);
  if (name !== 'retry') {
    state.traced.delete(range.from); // the traced range has ended a worker again
    state.strays.delete(range.from);
  }
  recover(lost);
}

function recoveryFor(lost: Lost): Recovery {
  return recoveries.find(({ applies }) => applies(lost))!; // the last one always does
}

function callOf({ at, cause }: WorkerDeath): JournalEntry | null {
  return cause === 'stray' || at === null || at.stage === 'idle' || at.stage === 'load' ? null : at;
}

/**
 * Killed workers whose share is done again before anybody is blamed:
 * one that kills its process at random is in the end.
 */
const retriesMax = 20;

function isToBeRetried({ state: { retried }, range, death }: Lost): boolean {
  return mayBeFromOutside(death) && !retried.has(placeOf(range, death)) && retried.size < retriesMax;
}

function mayBeFromOutside({ outcome, signal, cause }: WorkerDeath): boolean {
  return outcome.kind === 'crashed' && (signal === 'SIGKILL' || signal === 'SIGTERM') && cause !== 'stray';
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
  return death.cause === 'leak' && hasReferences(state) && range.mode.participants !== 'solo';
}

function hasReferences(state: State): boolean {
  return participantsOf(state).references.some(({ available }) => available);
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

/** The range once more, slowly; where no worker dies of it then, that is told of all the same. */
function pause(lost: Lost): void {
  const { state, range, death, asked } = lost;
  redo(lost, { pace: 'paused' });
  state.strays.set(range.from, { death, asked });
}

/** Nobody else leaves anything behind. */
function blameSubject({ state, range, death, asked }: Lost): void {
  recordStray(state, range, { death, asked });
}

/**
 * The range has been done again with pauses, and no worker has died of it: it came late, or by chance.
 * @returns whether somebody is blamed; then all but one case of the range is done once more.
 */
export function afterPause(state: State, range: Range, stray: Stray): boolean {
  state.strays.delete(range.from);
  const { outcome } = stray.death;
  if (isNobodys(state, stray.death)) {
    const where = whereOf(range, stray.death);
    state.observers.onRetry?.(
      `a worker died ${where}, and not again; nobody is blamed: ${describeDeath(outcome)}`,
    );
    return false;
  }
  const late = 'left behind by this call or one before it, and not again when they were made once more';
  const vague = outcome.kind === 'timed-out' ? outcome : { ...outcome, detail: `${outcome.detail}, ${late}` };
  recordStray(state, range, { ...stray, death: { ...stray.death, outcome: vague } });
  return true;
}

/** Killed from outside, unresponsive, or ended by native code, perhaps of a reference: no case did that. */
function isNobodys(state: State, death: WorkerDeath): boolean {
  const { outcome, cause, signal } = death;
  if (cause === 'stray') return false;
  return mayBeFromOutside(death) || outcome.kind === 'timed-out' || (signal !== null && hasReferences(state));
}

/**
 * The references leave nothing behind, so it was the subject: in the case that the journal names, or in the
 * last of the range, or in the last before those that it was really asked.
 * @throws InfrastructureError where it is nobody's.
 * @throws UsageError where it had not been asked anything.
 */
function recordStray(state: State, range: Range, { death, asked }: Stray): void {
  const { at, outcome } = death;
  if (isNobodys(state, death))
    throw new InfrastructureError(`a worker died between two cases: ${describeDeath(outcome)}`);
  const isPlaced = at !== null && at.stage !== 'idle' && at.stage !== 'load';
  const possible = isPlaced ? { ...range, to: at.index + 1 } : range;
  const index = lastCalled(state, withRange(asked, possible));
  if (index === null) {
    const { name } = participantsOf(state).subject;
    throw new UsageError(
      `the subject ${name} ended its worker before any of its kernels was called: ${describeDeath(outcome)}`,
    );
  }
  recordDeath(state, range, { death, asked }, entryOf(index, at?.beat ?? 0));
}

/** The last case that the subject was called for: it exports and supports that. Null where none was. */
function lastCalled(state: State, asked: Asked): number | null {
  const { kernels, supports = {} } = participantsOf(state).subject;
  for (const index of backwards(state.plan, asked)) {
    const c = caseAt(state.plan, index);
    if (kernels.includes(`${c.operation}/${c.direction}`) && whyUnsupported(c, supports) === null)
      return index;
  }
  return null;
}

function entryOf(index: number, beat: number): JournalEntry {
  return { beat, index, to: index + 1, stage: 'judge', place: 0 };
}

function isInOneOfMany({ range, call }: Lost): boolean {
  return call !== null && lengthOf(possibleCases(range, call)) > 1;
}

/** The cases that the worker may have been in, as the journal has it. */
function possibleCases(range: Range, { index, to }: JournalEntry): Range {
  return { ...range, from: index, to: Math.min(to, range.to) };
}

/** All is done again, with each case named before it is judged. */
function trace({ state, range, death, asked, call }: Lost): void {
  const possible = possibleCases(range, call!);
  const parts = [{ ...range, to: possible.from }, possible, { ...range, from: possible.to }];
  state.isTraced = true;
  if (!mayBeFromOutside(death)) state.traced.set(possible.from, { death, asked });
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
  const stacking = referenceNamed(reference)?.stacking;
  unstacked.set(from, [...(unstacked.get(from) ?? []), stackKeyOf(caseAt(plan, index), stacking!)!]);
  state.requeued.push(range);
  increment(state.gathered.tally.checks, `stack skipped: ${reference}: ${describeDeath(death.outcome)}`);
}

function blameCall({ state, range, death, asked, call }: Lost): void {
  recordDeath(state, range, { death, asked }, call!);
}

/**
 * None of the cases has done it again: it came of many calls, or by chance.
 * The last case that the subject was asked stands for them all.
 */
export function afterTrace(state: State, range: Range, { death, asked }: Stray): void {
  state.traced.delete(range.from);
  const { outcome } = death;
  const index = lastCalled(state, withRange(asked, range));
  if (index === null) throw new Error('a worker died in a case, and none was asked');
  const where = `in one of the cases ${range.from} to ${index}, and not when they were judged again`;
  const vague =
    outcome.kind === 'timed-out' ? outcome : { ...outcome, detail: `${outcome.detail}, ${where}` };
  const stray = { death: { ...death, outcome: vague }, asked };
  recordDeath(state, range, stray, entryOf(index, death.at?.beat ?? 0));
}

function recordDeath(state: State, range: Range, { death, asked }: Stray, at: JournalEntry): void {
  const { outcome, chainCase } = death;
  const { index } = at;
  const isInRange = range.from <= index && index < range.to && (index - range.from) % range.step === 0;
  const redone = changed(range, { participants: 'all' });
  state.requeued.push(...(isInRange ? aroundIndex(redone, index) : [redone]));
  const blame = at.place === 0 ? 'subject' : nameAt(state, at.place);
  state.deaths = { cases: state.deaths.cases + 1, last: { blame, symptom: outcome.kind } };
  const c = chainCase === null || index < 0 ? caseAt(state.plan, index) : caseFromJson(chainCase);
  const batch = batchOfDeath({ plan: state.plan, ...participantsOf(state) }, outcome, { at, case: c });
  // A case of another range has been counted with that.
  absorb(state, isInRange ? batch : { ...batch, tally: emptyTally() }, askedBefore(asked, range, index));
}

/**
 * The subject did not leak: with the references again, in
 * smaller parts, so that the worker is renewed sooner.
 */
export function afterSolo(state: State, range: Range): void {
  const { head, rest } = cut(changed(range, { participants: 'all' }), Math.ceil(lengthOf(range) / 2));
  state.requeued.push(head, ...(rest === null ? [] : [rest]));
}
