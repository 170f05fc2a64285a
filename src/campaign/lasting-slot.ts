/**
 * A slot whose worker lives on from one job to the next: of a campaign that somebody else keeps the counts
 * of. Each job is a small campaign of its own, which gathers from nothing.
 */
import type { Range } from '../examine/range.ts';
import type { startWorker, Worker } from '../worker/supervise.ts';
import type { Asked } from './asked.ts';
import type { Deaths } from './breaker.ts';
import { confirmResult } from './confirm-result.ts';
import type { Gain } from './findings.ts';
import type { CampaignResult, Observers } from './observers.ts';
import type { CampaignPlan } from './plan.ts';
import { endSlot, slotWith, startOne, workThrough } from './slot.ts';
import { watchForStall } from './stall.ts';
import { firstBatch, stateOf, type LoadedParticipants, type State } from './state.ts';

/** What a slot is asked to do. */
export interface RangeJob {
  readonly ranges: readonly Range[];
  /** Lowest indices of the signatures whose findings are kept: only a lower one is worth describing. */
  readonly known: readonly (readonly [string, number])[];
  /** Keys of stacks that killed a worker before, by the first index of their block. */
  readonly unstacked: State['unstacked'];
  /** What is left of the campaign's time; null where it has no limit. */
  readonly leftMs: number | null;
  /** Aborted where the job is to be handed back as far as it is done. */
  readonly interrupt: AbortSignal;
  /** Called while it is done: how many of its cases are judged. */
  readonly onCases?: (cases: number) => void;
}

/** What was judged of a job, complete: each signature that was seen is known, or its finding is here. */
export interface Gained extends Gain {
  /** By signature: what the worker that has seen a finding of the subject had been asked before it. */
  readonly before: ReadonlyMap<string, Asked>;
  readonly deaths: Deaths;
  readonly workersDied: number;
  readonly unstacked: State['unstacked'];
  /** What is to be done yet: nothing of a job that came to its end. */
  readonly left: readonly Range[];
  readonly seconds: number;
}

export interface LastingSlot {
  /** One job at a time. @throws UsageError or InfrastructureError where a worker cannot be started. */
  do(job: RangeJob): Promise<Gained>;
  /** At once; what is being done is handed back. */
  stop(): void;
}

interface Surroundings {
  readonly journalFolder: string;
  readonly startWorker: typeof startWorker;
}

type SlotObservers = Pick<Observers, 'onStall' | 'onRetry' | 'stallMs'>;

/**
 * Starts its first worker, unless it is interrupted before that has loaded.
 * @throws UsageError or InfrastructureError where that cannot be started.
 */
export async function openSlot(
  plan: CampaignPlan,
  { interrupt, ...observers }: SlotObservers & Pick<Observers, 'interrupt'>,
  surroundings: Surroundings,
): Promise<LastingSlot> {
  const end = new AbortController();
  const workers = new Set<Worker>();
  const lasting = { end, workers };
  let participants: LoadedParticipants | null = null;
  let [workersStarted, batchSize] = [0, firstBatch];

  const stateFor = (job: RangeJob): State => ({
    ...stateOf(
      { ...plan, timeMs: job.leftMs, maxFindings: null },
      { ...observers, interrupt: job.interrupt, onProgress: ({ cases }) => job.onCases?.(cases) },
      { ...surroundings, resumption: null },
    ),
    ...lasting,
    blocks: sourceOf(job.ranges),
    known: job.known,
    unstacked: new Map(job.unstacked),
    participants,
    workersStarted,
    batchSize,
  });
  const opening = stateFor(nothing);
  const stopLoading = (): void => end.abort();
  if (interrupt?.aborted === true) stopLoading();
  interrupt?.addEventListener('abort', stopLoading, { once: true });
  const first = await startOne(opening).finally(() => interrupt?.removeEventListener('abort', stopLoading));
  if (first === null) throw new Error('a slot was stopped before it was open');
  ({ participants, workersStarted } = opening);
  const slot = slotWith(first);

  return {
    async do(job) {
      const state = stateFor(job);
      const forgetStall = watchForStall(state);
      const began = performance.now();
      try {
        await workThrough(state, slot);
      } finally {
        forgetStall();
        ({ workersStarted, batchSize } = state);
      }
      return gainedBy(state, (performance.now() - began) / 1000);
    },
    stop() {
      end.abort();
      endSlot(opening, slot);
      for (const worker of workers) worker.stop();
    },
  };
}

const nothing: RangeJob = {
  ranges: [],
  known: [],
  unstacked: new Map(),
  leftMs: null,
  interrupt: new AbortController().signal,
};

/** The ranges of a job, one after the other, as the blocks of a campaign. */
function sourceOf(ranges: readonly Range[]): State['blocks'] {
  const due = [...ranges];
  return { next: 0, take: () => due.shift() ?? null };
}

function gainedBy(state: State, seconds: number): Gained {
  const { gathered, requeued, inFlight, blocks } = state;
  const untaken: Range[] = [];
  for (let range = blocks.take(); range !== null; range = blocks.take()) untaken.push(range);
  return {
    tally: gathered.tally,
    sightings: [...gathered.sightings.values()],
    findings: [...gathered.findings.values()],
    before: state.before,
    deaths: state.deaths,
    workersDied: state.workersDied,
    unstacked: state.unstacked,
    left: [...requeued, ...[...inFlight.values()].flat(), ...untaken],
    seconds,
  };
}

/** The findings of the subject, and what was seen of them, once a fresh process was asked. */
export async function confirmApart(
  plan: CampaignPlan,
  observers: Pick<Observers, 'onSearch' | 'interrupt'>,
  {
    participants,
    before,
    ...surroundings
  }: Surroundings & {
    readonly participants: LoadedParticipants;
    readonly before: ReadonlyMap<string, Asked>;
  },
  result: Pick<CampaignResult, 'findings' | 'sightings'>,
): Promise<Pick<CampaignResult, 'findings' | 'sightings'>> {
  // A campaign whose time is over has the moment for it that it would have on one machine.
  const bounds = { ...plan, timeMs: plan.timeMs === null ? null : 0 };
  const state: State = {
    ...stateOf(bounds, observers, { ...surroundings, resumption: null }),
    participants,
    before: new Map(before),
  };
  const { findings, sightings } = await confirmResult(state, { ...result, stoppedBy: 'runs' });
  return { findings, sightings };
}
