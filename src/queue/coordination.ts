/**
 * What a coordinator hands out, what it takes back, and what it makes of what does not come back. Decides;
 * knows no server and waits for nothing. That each case counts once is the work of what is pending here, and
 * not of the queue: a result that nobody waits for is dropped.
 */
import { indexOf } from '../case/representative.ts';
import type { Finding } from '../case/finding.ts';
import { fromStored, toStored, type StoredRange } from '../campaign/progress.ts';
import { absorb, type State } from '../campaign/state.ts';
import { lengthOf, lengthOfAll, type Range } from '../examine/range.ts';
import { emptyTally } from '../examine/tally.ts';
import { jobIdOf, rangesMax, type JudgeJob } from './job.ts';
import { askedIn, type JudgedBody } from './message.ts';

export interface Coordination {
  /** Its pending jobs are in flight there, by their ids. */
  readonly state: State;
  readonly jobSeconds: number;
  /** How many jobs may be pending: few until it is known what everybody finds first. */
  windowMax: number;
  /** Cases a second of one slot, as the latest results have it; null before the first. */
  pace: number | null;
  /** The first indices of ranges that have a job of their own, since one with others was given up. */
  readonly alone: Set<number>;
  /** By the id of a job: how often its result could not be used. */
  readonly refusals: Map<string, number>;
}

const firstWindow = 4;
/** How many more jobs a result lets in: twice as many are pending then, or four times where all was known. */
const [moreWithNews, moreWithout] = [1, 3];
/** A result has news where it describes more of what it has seen than this share. */
const newsShare = 0.1;
/** Jobs for each slot: one that is done, and one that waits. */
const jobsPerSlot = 2;
/** No job is longer, even where its blocks would come nearer to what is wanted. */
const secondsMax = 120;
/** What one job takes of what remains, at most: so that no machine is late at the end. */
const shareMax = 1 / 4;
/** How much of a new pace counts: a job in which much was shrunk says little of the next one. */
const paceShare = 0.3;
/** A result that cannot be used is asked for again so often in all. */
const refusalsMax = 3;

export function coordinationOf(state: State, { jobSeconds }: { readonly jobSeconds: number }): Coordination {
  return { state, jobSeconds, windowMax: firstWindow, pace: null, alone: new Set(), refusals: new Map() };
}

/**
 * What a run that is resumed had begun is pending while results that came meanwhile are taken, as far as each
 * range was a job of its own: the jobs of several are judged again.
 */
export function expectBegun({ state }: Coordination): void {
  for (const range of state.requeued.splice(0)) state.inFlight.set(jobIdOf([toStored(range)]), [range]);
}

/** What has not come back is to be handed out. */
export function handOutAnew({ state }: Coordination): void {
  state.requeued.unshift(...[...state.inFlight.values()].flat());
  state.inFlight.clear();
}

/** What has to be known of the machines and the clock. */
export interface Fleet {
  /** Worker processes of all machines. */
  readonly slots: number;
  /** What is left of the campaign's time; null where it has no limit. */
  readonly leftSeconds: number | null;
}

/** The jobs to hand out now, which are pending from here on; lowest block first. */
export function dueJobs(
  coordination: Coordination,
  fleet: Fleet,
): readonly { readonly id: string; readonly ranges: readonly Range[] }[] {
  const { state, windowMax } = coordination;
  const pendingMax = Math.min(windowMax, Math.max(firstWindow, jobsPerSlot * fleet.slots));
  const jobs: { id: string; ranges: readonly Range[] }[] = [];
  while (state.inFlight.size < pendingMax) {
    const ranges = takeRanges(coordination, lengthOfJob(coordination, fleet));
    if (ranges.length === 0) break;
    const id = jobIdOf(ranges.map(toStored));
    state.inFlight.set(id, ranges);
    jobs.push({ id, ranges });
  }
  return jobs;
}

/**
 * How long the next job should be, in cases, and how long it may be, where it is more than one block: which
 * no job is as long as there are slots without work, since the next ones wait for its result.
 */
interface Length {
  readonly wanted: number;
  readonly most: number;
}

function lengthOfJob(coordination: Coordination, { slots, leftSeconds }: Fleet): Length {
  const { state, pace, jobSeconds, windowMax } = coordination;
  if (pace === null || windowMax < slots) return { wanted: 0, most: 0 };
  const seconds = leftSeconds === null ? secondsMax : Math.min(secondsMax, leftSeconds * shareMax);
  const { plan, gathered, inFlight } = state;
  const pending = lengthOfAll([...inFlight.values()].flat());
  const remains = (plan.runs ?? Infinity) - gathered.tally.cases - pending;
  return {
    wanted: jobSeconds * pace,
    most: Math.min(seconds * pace, (remains * shareMax) / Math.max(slots, 1)),
  };
}

/** At least one range, where there is any: as many as come nearest to what is wanted. */
function takeRanges({ state, alone }: Coordination, { wanted, most }: Length): readonly Range[] {
  const ranges: Range[] = [];
  let [cases, isOpen] = [0, true];
  while (isOpen && ranges.length < rangesMax) {
    const range = state.requeued.shift() ?? state.blocks.take();
    if (range === null) break;
    const isAlone = alone.has(range.from);
    if (ranges.length > 0 && isAlone) {
      state.requeued.unshift(range);
      break;
    }
    ranges.push(range);
    const length = lengthOf(range); // the next one is about as long
    cases += length;
    isOpen = !isAlone && cases + length / 2 <= wanted && cases + length <= most;
  }
  return ranges;
}

/** A job as it is sent. */
export function judgeJob({ state }: Coordination, run: string, ranges: readonly Range[]): JudgeJob {
  return {
    kind: 'judge',
    run,
    ranges: ranges.map(toStored),
    unstacked: [...state.unstacked].filter(([from]) => ranges.some((range) => isNear(range, from))),
  };
}

/** Whether a range may be of the block that begins there. */
function isNear({ from, step }: Range, block: number): boolean {
  return block <= from && (from - block) % step === 0;
}

export type Acceptance =
  | { readonly kind: 'absorbed' }
  /** Nobody waits for it any more. */
  | { readonly kind: 'duplicate' }
  /** Why it cannot be used: its job is to be done again, or is lost. */
  | { readonly kind: 'refused'; readonly why: string };

/** Takes findings ahead of the counts that they belong to: they are kept whatever becomes of those. */
export function acceptFindings({ state }: Coordination, job: string, findings: readonly Finding[]): void {
  if (state.inFlight.has(job)) absorb(state, { tally: emptyTally(), sightings: [], findings });
}

/** Takes what was judged of a pending job, complete or as far as it says that it came. */
export function accept(coordination: Coordination, job: string, body: JudgedBody): Acceptance {
  const { state } = coordination;
  const ranges = state.inFlight.get(job);
  if (ranges === undefined) return { kind: 'duplicate' };
  const why = whyUnusable(state, ranges, body);
  if (why !== null) return refuse(coordination, job, why);
  settle(coordination, job);
  const left = body.left.map(fromStored).filter((range) => lengthOf(range) > 0);
  const judged = lengthOfAll(ranges) - lengthOfAll(left);
  absorb(state, body);
  for (const [signature, asked] of body.before)
    if (body.findings.some((finding) => isKept(state, finding) && finding.signature === signature))
      state.before.set(signature, askedIn(asked));
  state.requeued.push(...left);
  state.deaths = { cases: state.deaths.cases + body.losses, last: body.lastBreak ?? state.deaths.last };
  state.workersDied += body.workersDied;
  for (const [from, keys] of body.unstacked)
    state.unstacked.set(from, [...new Set([...(state.unstacked.get(from) ?? []), ...keys])]);
  coordination.windowMax += hasNews(body) ? moreWithNews : moreWithout;
  if (judged > 0 && body.seconds > 0) learnPace(coordination, judged / body.seconds);
  return { kind: 'absorbed' };
}

function hasNews({ findings, sightings }: JudgedBody): boolean {
  return findings.length > newsShare * sightings.length;
}

function isKept({ gathered }: State, finding: Finding): boolean {
  return gathered.findings.get(finding.signature) === finding;
}

function learnPace(coordination: Coordination, pace: number): void {
  const before = coordination.pace;
  coordination.pace = before === null ? pace : (1 - paceShare) * before + paceShare * pace;
}

/** What is wrong with it, of what can be seen here; null where nothing is. */
function whyUnusable({ plan, gathered }: State, ranges: readonly Range[], body: JudgedBody): string | null {
  if (body.findings.some(({ seed }) => seed !== plan.seed)) return 'it has findings of another seed';
  const stranger = body.left.find((left) => !ranges.some((range) => isPartOf(left, range)));
  if (stranger !== undefined) return `it leaves the cases from ${stranger.from}, which it was not asked`;
  const twice = overlapIn(body.left);
  if (twice !== null) return `it leaves the cases from ${twice.from} twice`;
  const judged = lengthOfAll(ranges) - lengthOfAll(body.left);
  if (body.tally.cases !== judged)
    return `it counts ${body.tally.cases} cases, and was asked ${judged} beside what it leaves`;
  const described = new Map(body.findings.map((finding) => [finding.signature, indexOf(finding)]));
  for (const { signature, lowestIndex } of body.sightings) {
    const kept = gathered.findings.get(signature);
    const index = Math.min(
      kept === undefined ? Infinity : indexOf(kept),
      described.get(signature) ?? Infinity,
    );
    if (index > lowestIndex)
      return `it has seen ${signature} in case ${lowestIndex}, and has no finding of it`;
  }
  return null;
}

function isPartOf(part: StoredRange, { from, to, step }: Range): boolean {
  return part.step === step && from <= part.from && part.to <= to && (part.from - from) % step === 0;
}

/** The first of the ranges that has a case of one before it: it would count twice. */
function overlapIn(ranges: readonly StoredRange[]): StoredRange | null {
  const ends = new Map<string, number>(); // by what the indices have in common
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const strand = `${range.from % range.step} ${range.step}`;
    const end = ends.get(strand) ?? -Infinity;
    if (range.from < Math.min(end, range.to)) return range;
    ends.set(strand, Math.max(end, range.to));
  }
  return null;
}

/** A result that cannot be used: its job is asked again, and given up the third time. */
export function refuse(coordination: Coordination, job: string, why: string): Acceptance {
  const { state, refusals } = coordination;
  if (!state.inFlight.has(job)) return { kind: 'duplicate' };
  const count = (refusals.get(job) ?? 0) + 1;
  refusals.set(job, count);
  if (count >= refusalsMax) giveUp(coordination, job);
  return { kind: 'refused', why };
}

/**
 * Nobody has come back with this job, however often it was handed out. One of many ranges may be to blame, so
 * each is a job of its own then; a single one is lost.
 */
export function giveUp(coordination: Coordination, job: string): readonly Range[] {
  const { state, alone } = coordination;
  const ranges = state.inFlight.get(job) ?? [];
  settle(coordination, job);
  if (ranges.length === 1) {
    state.lost.push(ranges[0]!);
    return ranges;
  }
  for (const range of ranges) alone.add(range.from);
  state.requeued.push(...ranges);
  return [];
}

function settle({ state, refusals }: Coordination, job: string): void {
  state.inFlight.delete(job);
  refusals.delete(job);
}
