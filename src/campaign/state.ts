/**
 * What a campaign under way knows, and what changes that:
 * nothing here waits, starts a process or decides what is next.
 */
import type { Finding } from '../case/finding.ts';
import { breakOf, isOfBreak, type Break, type Deaths } from './breaker.ts';
import type { CampaignResult, Observers, Resumption, StopReason } from './observers.ts';
import {
  collapse,
  countOfSubject,
  findingsOf,
  gather,
  nothingGathered,
  type Gain,
  type Gathered,
} from './findings.ts';
import type { CampaignPlan } from './plan.ts';
import { blocksOf, type Range } from '../examine/range.ts';
import { fromStored, toStored, type CampaignProgress } from './progress.ts';
import type { ReferenceState, SubjectState } from '../examine/sighting.ts';
import type { startWorker, WorkerDeath, Worker } from '../worker/supervise.ts';
import { addTally } from '../examine/tally.ts';

export interface State {
  readonly plan: CampaignPlan;
  readonly observers: Observers;
  readonly journalFolder: string;
  readonly startWorker: typeof startWorker;
  readonly start: number;
  readonly gathered: Gathered;
  readonly blocks: ReturnType<typeof blocksOf>;
  /** Ranges to do again after a worker was lost in them, or a process. */
  readonly requeued: Range[];
  /** What each slot has been handed and has not given back, and what it is to do next. */
  readonly inFlight: Map<symbol, { readonly range: Range | null; readonly rest: Range | null }>;
  /** Keys of stacks that killed a worker, by the first index of their block. */
  readonly unstacked: Map<number, readonly string[]>;
  /**
   * Ranges in one of whose cases a worker was lost, by their first index;
   * they are done again to see in which.
   */
  readonly traced: Map<number, WorkerDeath>;
  /** Where a worker was killed by a signal that may have come from outside. */
  readonly retried: Set<string>;
  /** Aborted once nobody is waited for any more: the campaign is over, was interrupted, or has failed. */
  readonly end: AbortController;
  /** Those alive. */
  readonly workers: Set<Worker>;
  /** The participants that an earlier process noted; null where there was no earlier process. */
  readonly askedBefore: readonly string[] | null;
  isCorpusBegun: boolean;
  /** Once it was not known in which case a worker was lost: workers name each from then on. */
  isTraced: boolean;
  batchSize: number;
  deaths: Deaths;
  lastGain: number;
  /** Resident memory of the worker that answered last; null once it was reported. */
  unreported: { readonly rssMb: number } | null;
  lastCheckpoint: number;
  lastStall: number;
  stoppedBy: StopReason | null;
  brokenBy: Break | null;
  workersStarted: number;
  /** The participants that the first worker reported; null before that. */
  participants: LoadedParticipants | null;
}

export interface LoadedParticipants {
  readonly subject: SubjectState;
  readonly references: readonly ReferenceState[];
}

const firstBatch = 32;
const checkpointMs = 1_000;

export function stateOf(
  plan: CampaignPlan,
  observers: Observers,
  {
    journalFolder,
    resumption,
    startWorker,
  }: Pick<State, 'journalFolder' | 'startWorker'> & {
    readonly resumption: Resumption | null;
  },
): State {
  const before = resumption?.progress;
  const gathered = nothingGathered();
  if (before !== undefined) {
    addTally(gathered.tally, before.tally);
    for (const sighting of before.sightings) gathered.sightings.set(sighting.signature, sighting);
    for (const finding of resumption!.findings) gathered.findings.set(finding.signature, finding);
  }
  const now = performance.now();
  return {
    plan,
    observers,
    journalFolder,
    startWorker,
    start: now - 1000 * (before?.seconds ?? 0),
    gathered,
    blocks: blocksOf(plan.runs, plan.shard, before?.nextBlock ?? 0),
    requeued: (before?.pending ?? []).map(fromStored),
    inFlight: new Map(),
    unstacked: new Map(before?.unstacked ?? []),
    traced: new Map(),
    retried: new Set(),
    end: new AbortController(),
    workers: new Set(),
    askedBefore: before?.asked ?? null,
    isCorpusBegun: before?.isCorpusBegun ?? false,
    isTraced: false,
    batchSize: firstBatch,
    deaths: { cases: before?.losses ?? 0, last: null },
    lastGain: now,
    unreported: null,
    lastCheckpoint: now,
    lastStall: now,
    stoppedBy: null,
    brokenBy: null,
    workersStarted: 0,
    participants: null,
  };
}

export function participantsOf({ participants }: State): LoadedParticipants {
  if (participants === null) throw new Error('no worker has been ready yet');
  return participants;
}

/** `name@version` of all that are asked. */
export function askedOf({ subject, references }: LoadedParticipants): readonly string[] {
  return [subject, ...references.filter(({ available }) => available)].map(
    ({ name, version }) => `${name}@${version}`,
  );
}

/** The name of the implementation at this place in [subject, ...references that are there]. */
export function nameAt(state: State, place: number): string {
  const { subject, references } = participantsOf(state);
  return [subject, ...references.filter(({ available }) => available)][place]!.name;
}

/** Work that is neither in flight nor requeued is lost by a kill: take it out of both first. */
export function absorb(state: State, gain: Gain & { readonly rssMb?: number }): void {
  for (const finding of gather(state.gathered, gain)) state.observers.onFinding?.(finding);
  state.lastGain = performance.now();
  state.unreported = { rssMb: gain.rssMb ?? 0 };
}

/**
 * What was taken since: to disk when that is due, and to whoever watches.
 * It can wait until a worker has its next job.
 */
export function report(state: State): void {
  const { gathered, observers, start, unreported } = state;
  if (unreported === null) return;
  state.unreported = null;
  const now = performance.now();
  if (now - state.lastCheckpoint >= checkpointMs) {
    state.lastCheckpoint = now;
    observers.onCheckpoint?.(progressOf(state));
  }
  observers.onProgress?.({
    cases: gathered.tally.cases,
    elements: gathered.tally.elements,
    seconds: (now - start) / 1000,
    findings: gathered.findings.size,
    subjectFindings: countOfSubject(gathered),
    rssMb: unreported.rssMb,
  });
}

export function whyOver(state: State): StopReason | null {
  const { plan, observers, start, gathered } = state;
  if (observers.interrupt?.aborted) return 'interrupted';
  state.brokenBy ??= breakOf(gathered, state.deaths);
  if (state.brokenBy !== null) return 'breaker';
  if (plan.maxFindings !== null && countOfSubject(gathered) >= plan.maxFindings) return 'max-findings';
  return plan.timeMs !== null && performance.now() - start >= plan.timeMs ? 'time' : null;
}

/** Brings the size of a batch nearer to what a worker does in `wantedMs`. */
export function adaptBatch(
  state: State,
  length: number,
  { tookMs, wantedMs }: { tookMs: number; wantedMs: number },
): void {
  const wanted = Math.round((length * wantedMs) / Math.max(tookMs, 1));
  state.batchSize = Math.min(2 * state.batchSize, Math.max(firstBatch, wanted));
}

export function progressOf(state: State): CampaignProgress {
  const { gathered, start, blocks, requeued, inFlight, unstacked, isCorpusBegun, deaths } = state;
  const begun = [...inFlight.values()].flatMap(({ range, rest }) => [range, rest]);
  return {
    schemaVersion: 1,
    seconds: (performance.now() - start) / 1000,
    nextBlock: blocks.next,
    isCorpusBegun,
    asked: askedOf(participantsOf(state)),
    pending: [...requeued, ...begun.filter((range) => range !== null)].map(toStored),
    unstacked: [...unstacked],
    losses: deaths.cases,
    tally: gathered.tally,
    sightings: [...gathered.sightings.values()],
  };
}

export function resultOf(state: State): CampaignResult {
  const { gathered, brokenBy, workersStarted } = state;
  const findings: readonly Finding[] = findingsOf(gathered);
  return {
    ...participantsOf(state),
    tally: gathered.tally,
    findings: brokenBy === null ? findings : collapse(findings, isOfBreak(brokenBy)),
    sightings: [...gathered.sightings.values()].sort((a, b) => (a.signature < b.signature ? -1 : 1)),
    stoppedBy: state.stoppedBy ?? 'runs',
    brokenBy,
    seconds: (performance.now() - state.start) / 1000,
    workersStarted,
  };
}
