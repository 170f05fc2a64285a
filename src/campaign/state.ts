/** What a campaign under way knows, and what changes that: nothing here waits, starts a process or decides what is next. */
import type { Finding } from '../case/finding.ts';
import { breakOf, isOfBreak, type Break, type Losses } from './breaker.ts';
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
import { blocksOf, type Stretch } from './range.ts';
import type { CampaignProgress } from './progress.ts';
import type { ReferenceState, SubjectState } from './sighting.ts';
import type { Loss, Worker } from './supervise.ts';
import { addTally } from './tally.ts';

export interface State {
  readonly plan: CampaignPlan;
  readonly observers: Observers;
  readonly journalFolder: string;
  readonly start: number;
  readonly gathered: Gathered;
  readonly blocks: ReturnType<typeof blocksOf>;
  /** Stretches to do again after a worker was lost in them, or a process. */
  readonly again: Stretch[];
  /** What each slot has been handed and has not given back, and what it is to do next. */
  readonly underWay: Map<symbol, { readonly stretch: Stretch | null; readonly rest: Stretch | null }>;
  /** By the first index of a block: keys of stacks that killed a worker. */
  readonly unstacked: Map<number, readonly string[]>;
  /** By the first index: stretches in one of whose cases a worker was lost, and they are done again to see in which. */
  readonly suspected: Map<number, Loss>;
  /** Where a worker was killed by a signal that may have come from outside. */
  readonly retried: Set<string>;
  /** Aborted once nobody is waited for any more: the campaign is over, was interrupted, or has failed. */
  readonly end: AbortController;
  /** Those alive. */
  readonly workers: Set<Worker>;
  /** As an earlier process noted whom it asked; null where there was none. */
  readonly askedBefore: readonly string[] | null;
  isCorpusBegun: boolean;
  /** Once it was not known in which case a worker was lost: workers name each from then on. */
  isTraced: boolean;
  batchSize: number;
  losses: Losses;
  lastGain: number;
  /** Of the worker that the last gain is of; null once that was told. */
  untold: { readonly rssMb: number } | null;
  lastCheckpoint: number;
  lastStall: number;
  stoppedBy: StopReason | null;
  brokenBy: Break | null;
  workersStarted: number;
  /** As the first worker reported them; null before that. */
  company: Company | null;
}

export interface Company {
  readonly subject: SubjectState;
  readonly references: readonly ReferenceState[];
}

const firstBatch = 32;
const checkpointMs = 1_000;

export function stateOf(
  plan: CampaignPlan,
  observers: Observers,
  journalFolder: string,
  resumption: Resumption | null,
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
    start: now - 1000 * (before?.seconds ?? 0),
    gathered,
    blocks: blocksOf(plan.runs, plan.shard, before?.nextBlock ?? 0),
    again: [...(before?.pending ?? [])],
    underWay: new Map(),
    unstacked: new Map(before?.unstacked ?? []),
    suspected: new Map(),
    retried: new Set(),
    end: new AbortController(),
    workers: new Set(),
    askedBefore: before?.asked ?? null,
    isCorpusBegun: before?.isCorpusBegun ?? false,
    isTraced: false,
    batchSize: firstBatch,
    losses: { cases: before?.losses ?? 0, last: null },
    lastGain: now,
    untold: null,
    lastCheckpoint: now,
    lastStall: now,
    stoppedBy: null,
    brokenBy: null,
    workersStarted: 0,
    company: null,
  };
}

export function companyOf({ company }: State): Company {
  if (company === null) throw new Error('no worker has been ready yet');
  return company;
}

/** `name@version` of all that are asked. */
export function askedOf({ subject, references }: Company): readonly string[] {
  return [subject, ...references.filter(({ available }) => available)].map(
    ({ name, version }) => `${name}@${version}`,
  );
}

/** Of the implementation at this place in [subject, ...references that are there]. */
export function nameAt(state: State, place: number): string {
  const { subject, references } = companyOf(state);
  return [subject, ...references.filter(({ available }) => available)][place]!.name;
}

/** Of work that is neither under way nor to be done again, nothing is known after a kill: hand that back first. */
export function take(state: State, gain: Gain & { readonly rssMb?: number }): void {
  for (const finding of gather(state.gathered, gain)) state.observers.onFinding?.(finding);
  state.lastGain = performance.now();
  state.untold = { rssMb: gain.rssMb ?? 0 };
}

/** What was taken since: to disk when that is due, and to whoever watches. It can wait until a worker has its next job. */
export function tell(state: State): void {
  const { gathered, observers, start, untold } = state;
  if (untold === null) return;
  state.untold = null;
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
    rssMb: untold.rssMb,
  });
}

export function whyOver(state: State): StopReason | null {
  const { plan, observers, start, gathered } = state;
  if (observers.interrupt?.aborted) return 'interrupted';
  state.brokenBy ??= breakOf(gathered, state.losses);
  if (state.brokenBy !== null) return 'breaker';
  if (plan.maxFindings !== null && countOfSubject(gathered) >= plan.maxFindings) return 'max-findings';
  return plan.timeMs !== null && performance.now() - start >= plan.timeMs ? 'time' : null;
}

/** Toward what a worker does in `wantedMs`, or in what is left of the time. */
export function adaptBatch(
  state: State,
  length: number,
  { tookMs, wantedMs }: { tookMs: number; wantedMs: number },
): void {
  const wanted = Math.round((length * wantedMs) / Math.max(tookMs, 1));
  state.batchSize = Math.min(2 * state.batchSize, Math.max(firstBatch, wanted));
}

export function progressOf(state: State): CampaignProgress {
  const { gathered, start, blocks, again, underWay, unstacked, isCorpusBegun, losses } = state;
  const begun = [...underWay.values()].flatMap(({ stretch, rest }) => [stretch, rest]);
  return {
    schemaVersion: 1,
    seconds: (performance.now() - start) / 1000,
    nextBlock: blocks.next,
    isCorpusBegun,
    asked: askedOf(companyOf(state)),
    pending: [...again, ...begun.filter((stretch) => stretch !== null)],
    unstacked: [...unstacked],
    losses: losses.cases,
    tally: gathered.tally,
    sightings: [...gathered.sightings.values()],
  };
}

export function resultOf(state: State): CampaignResult {
  const { gathered, brokenBy, workersStarted } = state;
  const findings: readonly Finding[] = findingsOf(gathered);
  return {
    ...companyOf(state),
    tally: gathered.tally,
    findings: brokenBy === null ? findings : collapse(findings, isOfBreak(brokenBy)),
    sightings: [...gathered.sightings.values()].sort((a, b) => (a.signature < b.signature ? -1 : 1)),
    stoppedBy: state.stoppedBy ?? 'runs',
    brokenBy,
    seconds: (performance.now() - state.start) / 1000,
    workersStarted,
  };
}
