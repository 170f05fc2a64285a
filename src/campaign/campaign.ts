/** One bounded run: hands stretches of cases to supervised workers, gathers what they find, stops when it is due. */
import type { Finding } from '../case/finding.ts';
import { InfrastructureError } from '../contract/failure.ts';
import { stackKeyOf } from '../judge/stack.ts';
import { breakOf, isOfBreak, type Break, type Losses } from './breaker.ts';
import { collapse, countOfSubject, findingsOf, gather, lowestIndices, nothingGathered } from './findings.ts';
import type { Gain, Gathered } from './findings.ts';
import type { JournalEntry } from './journal.ts';
import { batchOfLoss, caseAt } from './loss.ts';
import { aroundLoss, blockOf, blocksOf, cut, lengthOf, type CampaignPlan, type Stretch } from './plan.ts';
import type { CampaignProgress } from './progress.ts';
import type { ReferenceState, Sighting, SubjectState } from './protocol.ts';
import { stallSentence, type Standing } from './stall.ts';
import { describeLoss, startWorker, type Loss, type Worker } from './supervise.ts';
import { addTally, increment, type Tally } from './tally.ts';

export type StopReason = 'runs' | 'time' | 'max-findings' | 'breaker' | 'interrupted';

export interface Progress {
  readonly cases: number;
  readonly elements: number;
  readonly seconds: number;
  readonly findings: number;
  readonly subjectFindings: number;
  /** Resident memory of the worker that has just answered. */
  readonly rssMb: number;
}

export interface Observers {
  /** The workers have loaded what they were asked for. Throwing here ends the campaign before its first case. */
  onReady?(ready: { readonly subject: SubjectState; readonly references: readonly ReferenceState[] }): void;
  onProgress?(progress: Progress): void;
  /** A new signature, or one whose lowest index came down. Called before anything is reported of it. */
  onFinding?(finding: Finding): void;
  /** About once a second: from here another process could go on. */
  onCheckpoint?(progress: CampaignProgress): void;
  /** Nothing has come back for a while: a sentence that names who is being waited for, and in which case. */
  onStall?(sentence: string): void;
  readonly interrupt?: AbortSignal;
}

export interface CampaignResult {
  readonly tally: Tally;
  /** One per signature, at its lowest index, with its count; ordered by signature. */
  readonly findings: readonly Finding[];
  readonly sightings: readonly Sighting[];
  readonly stoppedBy: StopReason;
  /** Whose failure tripped the breaker; null where none did. */
  readonly brokenBy: Break | null;
  readonly seconds: number;
  readonly subject: SubjectState;
  readonly references: readonly ReferenceState[];
  /** How many worker processes there were, the lost and the renewed among them. */
  readonly workersStarted: number;
}

/** What an earlier process left of the same plan. */
export interface Resumption {
  readonly progress: CampaignProgress;
  readonly findings: readonly Finding[];
}

const batchMs = 250; // long enough that a round trip (0.2 ms) is nothing, short enough to stop when asked
const firstBatch = 32;
const startTimeoutMs = 120_000; // native TensorFlow on a cold disk
const checkpointMs = 1_000;
const stallMs = 30_000;
/** What a batch under way may still take once the campaign is interrupted. */
const graceMs = 1_000;
/** A worker is renewed once it holds this share of what it may, and half as much again as when it was ready. */
const renewalShare = 0.5;
const renewalGrowth = 1.5;

/**
 * Runs the plan to its end. Same plan with `runs` and no `timeMs`: same findings and tally, whatever `workers` is, and
 * however often it was killed and resumed.
 * @throws UsageError or InfrastructureError where a worker cannot start.
 */
export async function runCampaign(
  plan: CampaignPlan,
  observers: Observers,
  journalFolder: string,
  resumption: Resumption | null = null,
): Promise<CampaignResult> {
  const state = stateOf(plan, observers, journalFolder, resumption);
  const clock = setInterval(() => watchForStall(state), stallMs / 30);
  try {
    const first = await startOne(state);
    const { subject, references } = first.ready;
    state.subject = subject;
    state.references = references;
    observers.onReady?.({ subject, references });
    state.lastGain = performance.now();
    const slots: Promise<void>[] = [runSlot(state, await runCorpus(state, first))];
    for (let i = 1; i < plan.workers; i++) {
      slots.push(startOne(state).then((worker) => runSlot(state, worker)));
    }
    await Promise.all(slots);
    observers.onCheckpoint?.(progressOf(state));
  } finally {
    clearInterval(clock);
    for (const worker of state.workers) worker.stop(); // whatever threw: no process is left behind
  }
  return resultOf(state);
}

interface State {
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
  isCorpusDone: boolean;
  batchSize: number;
  losses: Losses;
  lastGain: number;
  lastCheckpoint: number;
  lastStall: number;
  stoppedBy: StopReason | null;
  brokenBy: Break | null;
  workersStarted: number;
  /** Those alive. */
  readonly workers: Set<Worker>;
  /** As the first worker reported them. */
  subject: SubjectState;
  references: readonly ReferenceState[];
}

function stateOf(
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
    isCorpusDone: before?.isCorpusDone ?? false,
    batchSize: firstBatch,
    losses: { cases: before?.losses ?? 0, last: null },
    lastGain: now,
    lastCheckpoint: now,
    lastStall: now,
    stoppedBy: null,
    brokenBy: null,
    workersStarted: 0,
    workers: new Set(),
    subject: { name: '', version: '', kernels: [] },
    references: [],
  };
}

function resultOf(state: State): CampaignResult {
  const { gathered, brokenBy, subject, references, workersStarted } = state;
  const findings = findingsOf(gathered);
  return {
    tally: gathered.tally,
    findings: brokenBy === null ? findings : collapse(findings, isOfBreak(brokenBy)),
    sightings: [...gathered.sightings.values()].sort((a, b) => (a.signature < b.signature ? -1 : 1)),
    stoppedBy: state.stoppedBy ?? 'runs',
    brokenBy,
    seconds: (performance.now() - state.start) / 1000,
    subject,
    references,
    workersStarted,
  };
}

function progressOf(state: State): CampaignProgress {
  const { gathered, start, blocks, again, underWay, unstacked, isCorpusDone, losses } = state;
  const begun = [...underWay.values()].flatMap(({ stretch, rest }) => [stretch, rest]);
  return {
    schemaVersion: 1,
    seconds: (performance.now() - start) / 1000,
    nextBlock: blocks.next,
    isCorpusDone,
    pending: [...again, ...begun.filter((stretch) => stretch !== null)],
    unstacked: [...unstacked],
    losses: losses.cases,
    tally: gathered.tally,
    sightings: [...gathered.sightings.values()],
  };
}

async function startOne(state: State): Promise<Worker> {
  const { plan, journalFolder, workers } = state;
  const journal = `${journalFolder}/journal-${++state.workersStarted}`;
  const worker = await startWorker(plan, { journal, caseTimeoutMs: plan.caseTimeoutMs, startTimeoutMs });
  workers.add(worker);
  return worker;
}

function stopOne(state: State, worker: Worker): void {
  worker.stop();
  state.workers.delete(worker);
}

/** Corpus cases have the indices −length … −1, below every generated one. Gives back the worker to go on with. */
async function runCorpus(state: State, worker: Worker): Promise<Worker> {
  const { corpus } = state.plan;
  let current = worker;
  for (let from = 0; from < corpus.length && !state.isCorpusDone;) {
    const reply = await current.run({ kind: 'cases', cases: corpus, from });
    if (reply.kind === 'lost') {
      const at = placeOf(reply);
      recordLoss(state, reply, at);
      from = at.index + corpus.length + 1;
      stopOne(state, current);
      current = await startOne(state);
    } else if (reply.kind === 'batch') {
      take(state, reply);
      from = corpus.length;
    }
  }
  state.isCorpusDone = true;
  return current;
}

async function runSlot(state: State, first: Worker): Promise<void> {
  const slot = Symbol();
  let worker = first;
  let rest: Stretch | null = null; // of the block that this worker is in: another would have to ask its stacks again
  try {
    for (;;) {
      const next = nextStretch(state, rest);
      if (next === null) return;
      const { stretch } = next;
      rest = next.rest;
      state.underWay.set(slot, next);
      const began = performance.now();
      const { from } = blockOf(stretch.from, state.plan.runs);
      const unstacked = state.unstacked.get(from) ?? [];
      const known = lowestIndices(state.gathered);
      const reply = await orInterrupted(state, worker.run({ kind: 'indices', ...stretch, unstacked, known }));
      if (reply === null) return;
      state.underWay.set(slot, { stretch: null, rest });
      if (reply.kind === 'lost') {
        afterLoss(state, stretch, reply);
        stopOne(state, worker);
        worker = await startOne(state);
      } else if (reply.kind === 'batch') {
        if (stretch.solo && lengthOf(stretch) > 1) state.again.push(...halvesOf(stretch));
        else take(state, reply);
        adaptBatch(state, stretch, performance.now() - began);
        if (isDueForRenewal(state, worker, reply.rssMb)) {
          stopOne(state, worker);
          worker = await startOne(state);
        }
      }
    }
  } finally {
    // What was interrupted stays under way, for whoever resumes.
    stopOne(state, worker);
  }
}

/** The subject did not leak: with the references again, in smaller parts, so that the worker is renewed sooner. */
function halvesOf(stretch: Stretch): readonly Stretch[] {
  const { head, rest } = cut({ ...stretch, solo: false }, Math.ceil(lengthOf(stretch) / 2));
  return rest === null ? [head] : [head, rest];
}

/** Null where the campaign was interrupted and the worker did not answer within the grace. */
async function orInterrupted<T>({ observers }: State, reply: Promise<T>): Promise<T | null> {
  const { interrupt } = observers;
  if (interrupt === undefined) return reply;
  let stop = (): void => undefined;
  const halted = new Promise<null>((resolve) => {
    let grace: NodeJS.Timeout | undefined;
    const begin = (): void => void (grace = setTimeout(resolve, graceMs, null));
    if (interrupt.aborted) begin();
    else interrupt.addEventListener('abort', begin, { once: true });
    stop = () => {
      clearTimeout(grace);
      interrupt.removeEventListener('abort', begin);
    };
  });
  try {
    return await Promise.race([reply, halted]);
  } finally {
    stop();
  }
}

/** What a worker does next, and what it is to do after that; null when there is nothing, or the campaign is over. */
function nextStretch(state: State, own: Stretch | null): { stretch: Stretch; rest: Stretch | null } | null {
  state.stoppedBy ??= whyOver(state);
  if (state.stoppedBy !== null) return null;
  const due = state.again.shift();
  if (due !== undefined) return { stretch: due, rest: own };
  const block = own ?? state.blocks.take();
  if (block === null) return null;
  const { head, rest } = cut(block, state.batchSize);
  return { stretch: head, rest };
}

function whyOver(state: State): StopReason | null {
  const { plan, observers, start, gathered } = state;
  if (observers.interrupt?.aborted) return 'interrupted';
  state.brokenBy ??= breakOf(gathered, state.losses);
  if (state.brokenBy !== null) return 'breaker';
  if (plan.maxFindings !== null && countOfSubject(gathered) >= plan.maxFindings) return 'max-findings';
  return plan.timeMs !== null && performance.now() - start >= plan.timeMs ? 'time' : null;
}

function take(state: State, gain: Gain & { readonly rssMb?: number }): void {
  const { gathered, observers, start } = state;
  for (const finding of gather(gathered, gain)) observers.onFinding?.(finding);
  const now = performance.now();
  state.lastGain = now;
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
    rssMb: gain.rssMb ?? 0,
  });
}

function adaptBatch(state: State, stretch: Stretch, tookMs: number): void {
  const wanted = Math.round((lengthOf(stretch) * batchMs) / Math.max(tookMs, 1));
  state.batchSize = Math.min(2 * state.batchSize, Math.max(firstBatch, wanted));
}

function isDueForRenewal({ plan }: State, worker: Worker, rssMb: number): boolean {
  return rssMb > renewalShare * plan.rssLimitMb && rssMb > renewalGrowth * worker.ready.rssMb;
}

/** What the worker was doing becomes a finding; the rest of its stretch is done again. */
function afterLoss(state: State, stretch: Stretch, loss: Loss): void {
  const at = placeOf(loss);
  const hasReferences = state.references.some(({ available }) => available);
  if (loss.isLeak && hasReferences && !stretch.solo) {
    state.again.push({ ...stretch, solo: true }); // is it the subject that leaks? Then it does so alone, too.
  } else if (at.stage === 'shrink' && stretch.shrink) {
    state.again.push(
      { ...stretch, from: at.index, to: at.index + 1, shrink: false },
      ...aroundLoss(stretch, at.index),
    );
  } else if (at.stage === 'stack') {
    afterStackLoss(state, stretch, loss, at);
  } else {
    recordLoss(state, loss, at);
    state.again.push(...aroundLoss({ ...stretch, solo: false }, at.index));
  }
}

/** The stack is asked no more, its cases alone: if one of them does the same, that is the finding. All is done again. */
function afterStackLoss(state: State, stretch: Stretch, loss: Loss, at: JournalEntry): void {
  const { plan, unstacked } = state;
  const { from } = blockOf(at.index, plan.runs);
  unstacked.set(from, [...(unstacked.get(from) ?? []), stackKeyOf(caseAt(plan, at.index))!]);
  state.again.push(stretch);
  const reference = availableAt(state, at.place);
  increment(state.gathered.tally.checks, `stack skipped: ${reference}: ${describeLoss(loss.outcome)}`);
}

function availableAt({ references }: State, place: number): string {
  return references.filter(({ available }) => available)[place - 1]!.name;
}

function placeOf(loss: Loss): JournalEntry {
  if (loss.at !== null && loss.at.stage !== 'idle') return loss.at;
  throw new InfrastructureError(`a worker died between two cases: ${describeLoss(loss.outcome)}`);
}

function recordLoss(state: State, { outcome }: Loss, at: JournalEntry): void {
  const { plan, subject, references } = state;
  const blame = at.place === 0 ? 'subject' : availableAt(state, at.place);
  state.losses = { cases: state.losses.cases + 1, last: { blame, symptom: outcome.kind } };
  take(state, batchOfLoss({ plan, subject, references }, outcome, at));
}

function watchForStall(state: State): void {
  const now = performance.now();
  if (now - state.lastGain < stallMs || now - state.lastStall < stallMs) return;
  state.lastStall = now;
  const implementations = [
    'the subject',
    ...state.references.filter((r) => r.available).map(({ name }) => name),
  ];
  const standing: Standing[] = [];
  for (const worker of state.workers) {
    const entry = worker.standing();
    if (entry !== null && entry.stage !== 'idle')
      standing.push({ entry, name: implementations[entry.place]! });
  }
  state.observers.onStall?.(stallSentence(state.plan, standing, (now - state.lastGain) / 1000));
}
