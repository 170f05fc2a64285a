/**
 * What a campaign under way knows, and what changes that:
 * nothing here waits, starts a process or decides what is next.
 */
import { settledSpace } from '../worker/space.ts';
import type { Finding } from '../case/finding.ts';
import { underCurrentKey } from '../case/known-key.ts';
import { indexOf } from '../case/representative.ts';
import { isOfBreak, type Break, type Deaths } from './breaker.ts';
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
import type { Asked } from './asked.ts';
import { coversOf } from './covers.ts';
import type { CampaignPlan } from './plan.ts';
import { blocksOf, type Range } from '../examine/range.ts';
import { fromStored, toStored, type CampaignProgress } from './progress.ts';
import type { ReferenceState, SubjectState } from '../examine/sighting.ts';
import type { WorkerDeath } from '../worker/death.ts';
import type { startWorker, Worker } from '../worker/supervise.ts';

export interface State {
  /** Its space is settled by the first worker. */
  plan: CampaignPlan;
  readonly observers: Observers;
  readonly journalFolder: string;
  readonly startWorker: typeof startWorker;
  readonly start: number;
  readonly gathered: Gathered;
  blocks: ReturnType<typeof blocksOf>;
  /** Ranges to do again: a worker died in them, or the process of an earlier part of the run. */
  readonly requeued: Range[];
  /** Ranges that are done no more: whoever was asked them was gone, again and again. */
  readonly lost: Range[];
  /** What somebody is doing, and what comes next after that: by the slot of one worker after another. */
  readonly inFlight: Map<symbol | string, readonly Range[]>;
  /**
   * Lowest indices of signatures whose findings somebody else keeps; what is gathered here stands before it.
   */
  readonly known: readonly (readonly [string, number])[];
  /** Keys of stacks that killed a worker, by the first index of their block. */
  readonly unstacked: Map<number, readonly string[]>;
  /**
   * By the first index: ranges in one of whose cases a worker died, traced to see in which, and that death.
   */
  readonly traced: Map<number, Stray>;
  /** By the first index: ranges done again with pauses, and the death that nobody is blamed for yet. */
  readonly strays: Map<number, Stray>;
  /** By signature: what the worker that has seen a finding of the subject had been asked before it. */
  readonly before: Map<string, Asked>;
  /** The places where a worker was killed by a signal that may have come from outside. */
  readonly retried: Set<string>;
  /** Aborted once no worker is waited for any more: the campaign is over, was interrupted, or has failed. */
  readonly end: AbortController;
  /** Aborted once the campaign's time is over: nobody waits for another worker to load. */
  readonly timeIsUp: AbortController;
  /** The workers that are alive. */
  readonly workers: Set<Worker>;
  /** The participants that an earlier process of the run noted; null where there was none. */
  readonly askedBefore: readonly string[] | null;
  isCorpusBegun: boolean;
  /** Once a worker has died in one of several cases: from then on workers name each before it is judged. */
  isTraced: boolean;
  batchSize: number;
  deaths: Deaths;
  /** Worker processes that have died, whoever is to blame. */
  workersDied: number;
  lastGain: number;
  /** Findings that the observers have yet to be told of. */
  readonly untold: Finding[];
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

/** A death that is not explained yet, and what its worker had been asked before the range of it. */
export interface Stray {
  readonly death: WorkerDeath;
  readonly asked: Asked;
}

export interface LoadedParticipants {
  readonly subject: SubjectState;
  readonly references: readonly ReferenceState[];
}

/** Cases of the first batch, when nobody knows yet how long they take. */
export const firstBatch = 32;
const checkpointMs = 1_000;

/** What the first worker settled of the plan: which cases, and how many where only the space says. */
export function settleState(state: State, subject: SubjectState): void {
  const asked = state.plan;
  state.plan = settledSpace(asked, subject);
  if (state.plan.runs !== asked.runs)
    state.blocks = blocksOf(state.plan.runs, state.plan.shard, state.blocks.next);
}

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
  if (resumption !== null) {
    const { progress, findings } = resumption;
    gather(gathered, {
      tally: progress.tally,
      sightings: progress.sightings.map(underCurrentKey),
      findings: findings.map(underCurrentKey),
    });
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
    lost: [],
    inFlight: new Map(),
    known: [],
    unstacked: new Map(before?.unstacked ?? []),
    traced: new Map(),
    strays: new Map(),
    before: new Map(),
    retried: new Set(),
    end: new AbortController(),
    timeIsUp: new AbortController(),
    workers: new Set(),
    askedBefore: before?.asked ?? null,
    isCorpusBegun: before?.isCorpusBegun ?? false,
    isTraced: false,
    batchSize: firstBatch,
    deaths: { cases: before?.losses ?? 0, last: null },
    workersDied: before?.deaths ?? 0,
    lastGain: now,
    untold: [],
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

/** `name@version` of all participants that are there. */
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

/**
 * Work that is neither in flight nor requeued is lost by a kill: take it out of both first. `before` is what
 * the worker had been asked before a finding.
 */
export function absorb(
  state: State,
  gain: Gain & { readonly rssMb?: number },
  before: Asked | ((index: number) => Asked) = [],
): void {
  for (const finding of gather(state.gathered, gain)) {
    if (finding.blame === 'subject')
      state.before.set(finding.signature, typeof before === 'function' ? before(indexOf(finding)) : before);
    state.untold.push(finding);
  }
  state.lastGain = performance.now();
  state.unreported = { rssMb: gain.rssMb ?? 0 };
}

/** Tells the observers what was absorbed since the last time. It can wait until a worker has its next job. */
export function report(state: State): void {
  const { gathered, observers, start, unreported } = state;
  if (unreported === null) return;
  state.unreported = null;
  // Before the checkpoint, which counts them: whoever resumes has what was counted.
  for (const finding of state.untold.splice(0)) observers.onFinding?.(finding);
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

export function progressOf(state: State): CampaignProgress {
  const { gathered, start, blocks, unstacked, isCorpusBegun, deaths } = state;
  return {
    schemaVersion: 1,
    seconds: (performance.now() - start) / 1000,
    nextBlock: blocks.next,
    isCorpusBegun,
    asked: askedOf(participantsOf(state)),
    pending: pendingOf(state).map(toStored),
    unstacked: [...unstacked],
    losses: deaths.cases,
    ...(state.workersDied === 0 ? {} : { deaths: state.workersDied }),
    tally: gathered.tally,
    sightings: [...gathered.sightings.values()],
  };
}

/** What was begun and is not done. */
function pendingOf({ requeued, lost, inFlight }: State): readonly Range[] {
  return [...requeued, ...lost, ...[...inFlight.values()].flat()];
}

export function resultOf(state: State): CampaignResult {
  const { plan, gathered, blocks, isCorpusBegun, brokenBy, workersStarted } = state;
  const findings: readonly Finding[] = findingsOf(gathered);
  return {
    ...participantsOf(state),
    plan,
    covers: coversOf({
      nextBlock: blocks.next,
      shard: plan.shard,
      runs: plan.runs,
      corpus: isCorpusBegun ? plan.corpus.length : 0,
      pending: pendingOf(state),
    }),
    tally: gathered.tally,
    findings: brokenBy === null ? findings : collapse(findings, isOfBreak(brokenBy)),
    sightings: [...gathered.sightings.values()].sort((a, b) => (a.signature < b.signature ? -1 : 1)),
    stoppedBy: state.stoppedBy ?? 'runs',
    brokenBy,
    workersDied: state.workersDied,
    ...(state.lost.length === 0 ? {} : { lost: state.lost }),
    seconds: (performance.now() - state.start) / 1000,
    workersStarted,
  };
}
