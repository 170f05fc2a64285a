/**
 * Does the jobs of a campaign in this process, as a worker process and a campaign without one both do them.
 */
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { caseFromJson, type CaseJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import type { CallLog } from '../examine/call-place.ts';
import { canaryOf } from '../examine/canary.ts';
import { openBlock, type Block } from '../examine/block.ts';
import { findingContextOf } from '../examine/build-finding.ts';
import { askAgain, askOnce, digestOf } from '../examine/ask-again.ts';
import { emptyBatch, examineCase, type Batch } from '../examine/examine.ts';
import type { Examiner } from '../examine/examiner.ts';
import { explainCase } from '../examine/explain.ts';
import { blockOf, isInShard } from '../examine/range.ts';
import { openStretch, type Judged, type Stretch } from '../examine/stretch.ts';
import { TimeIsUp } from '../examine/time-is-up.ts';
import { generateCase } from '../generate/generate-case.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { examineChain } from './examine-chain.ts';
import type { Journal } from './journal.ts';
import { isBatching, lookAheadOver, type LookAhead } from './look-ahead.ts';
import { aheadMax, referencesAhead, type ReferencesAhead } from './references-ahead.ts';
import type { Loaded } from './load-participants.ts';
import type { Done, Job, Preceded, Reply, WorkerSetup } from './protocol.ts';
import { residentMb } from './resident-memory.ts';
import { settledSpace, spaceOf } from './space.ts';
import { openTimeLimit, type TimeLimit } from './time-limit.ts';

/** Where the process is, and what it does between two cases. */
export interface Surroundings {
  readonly journal: Pick<Journal, 'write' | 'cover' | 'isCovered'>;
  /** Where each case of a chain is written before it is judged. */
  readonly chainCases: { write(c: CaseJson): void };
  /** Asked before each case whether to go on: false ends a range whose batch nobody waits for any more. */
  readonly goOn?: () => Promise<boolean>;
  /** Ends the process where a call has left it so that nothing can be judged in it any more. */
  readonly inspect?: () => void;
}

/** A job that is done; one at a time. */
export type Performer = (job: Job) => Promise<Done>;

type RangeJob = Extract<Job, { kind: 'indices' }>;

/** Where nobody watches, and reads what is written. */
export const unwatched: Surroundings = {
  journal: { write: () => undefined, cover: () => undefined, isCovered: () => true },
  chainCases: { write: () => undefined },
};

interface Work extends Surroundings {
  readonly setup: WorkerSetup;
  readonly examiner: Examiner;
  /** Null for a subject that is called in this process. */
  readonly ahead: LookAhead | null;
  readonly referencesAhead: ReferencesAhead;
  readonly time: TimeLimit;
  readonly blocks: BlockCache;
  readonly judged: Judged;
}

/** The block of the last job, whose stacks the next may need, too. */
interface BlockCache {
  latest: { readonly key: string; readonly block: Block } | null;
}

export const nowhere = { index: 0, stage: 'idle', place: 0 } as const;

export function performerOf(
  asked: WorkerSetup,
  { participants, subject, references }: Loaded,
  surroundings: Surroundings,
): Performer {
  const setup = settledSpace(asked, subject);
  const time = openTimeLimit();
  const calls: CallLog = {
    write(place) {
      time.check();
      surroundings.journal.write(place);
    },
  };
  const { subject: own } = participants;
  const ahead = isBatching(own) ? lookAheadOver(own) : null;
  const asking = referencesAhead(participants.references);
  const examiner: Examiner = {
    participants: { ...participants, subject: ahead?.subject ?? own, references: asking.references },
    calls,
    context: findingContextOf(setup, participants, references),
    shrinkEvaluations: setup.shrinkEvaluations,
  };
  const work: Work = {
    ...surroundings,
    setup,
    examiner,
    ahead,
    referencesAhead: asking,
    time,
    blocks: { latest: null },
    judged: { cases: 0 },
  };
  return (job) => perform(job, work);
}

async function perform(job: Job, work: Work): ReturnType<Performer> {
  const { examiner, journal } = work;
  switch (job.kind) {
    case 'indices':
      return batchReply(
        await examineIndices(job, isSolo(job) ? { ...work, examiner: alone(examiner) } : work),
      );
    case 'explain': {
      const c = caseFromJson(job.case);
      if (job.preceded !== undefined) await askBefore(job.preceded, work, 0);
      const onRun = (place: number): void => journal.write({ index: 0, stage: 'judge', place });
      const explanation = await explainCase(c, { ...examiner.participants, onRun });
      await linger(job.preceded?.lingerMs);
      return { kind: 'explained', explanation };
    }
    case 'ask-again': {
      const { finding, which, asksMax, between, preceded } = job;
      await askBefore(preceded, work, finding.index ?? 0);
      const c = caseFromJson(finding[which]);
      const other = between === undefined ? null : caseFromJson(between);
      const asked = await askAgain(examiner, { finding, case: c, asksMax, between: other });
      await linger(preceded.lingerMs);
      work.inspect?.();
      return { kind: 'asked-again', ...asked };
    }
    case 'diagnose': {
      // A subject without a finding never pays for loading the planted mistakes.
      const { diagnose } = await import('../diagnose/diagnose.ts');
      const onRun = (): void => journal.write({ index: job.finding.index ?? 0, stage: 'judge', place: 0 });
      return {
        kind: 'diagnosed',
        diagnosis: await diagnose(job.finding, examiner.participants.subject, { onRun }),
      };
    }
    case 'digest': {
      const cases = job.indices.map((index) => caseIn(work.setup, index));
      return { kind: 'digest', text: await digestOf(examiner, cases) };
    }
    case 'canary': {
      const canary = await canaryOf(examiner, spaceOf(work.setup), job.ended);
      await linger();
      work.inspect?.();
      return { kind: 'canary', canary };
    }
  }
}

function caseIn(setup: WorkerSetup, one: CaseJson | number): Case {
  const { seed, corpus } = setup;
  if (typeof one !== 'number') return caseFromJson(one);
  if (one < 0) return caseFromJson(corpus[one + corpus.length]);
  return generateCase({ seed: BigInt(seed), index: one }, spaceOf(setup));
}

/** The cases are made as they are needed: there may be thousands. */
async function askBefore(
  { before, rounds }: Preceded,
  { setup, examiner }: Work,
  index: number,
): Promise<void> {
  for (let round = 0; round < rounds; round++)
    for (const one of before) await askOnce(examiner, caseIn(setup, one), index);
}

/** What was judged of a range. */
interface Examined {
  readonly batch: Batch;
  /** The index that is being judged, in the end the first that was not; null once all of the range was. */
  at: number | null;
}

/** Judges the range, or a part of it where the campaign's time is over before its end. */
async function examineIndices(job: RangeJob, work: Work): Promise<Examined> {
  const { journal, time, inspect } = work;
  const examined: Examined = { batch: emptyBatch(), at: null };
  time.set(job.leftMs);
  try {
    await examineInto(examined, job, work);
  } catch (error) {
    if (!(error instanceof TimeIsUp)) throw error;
  }
  journal.write(nowhere);
  await linger(); // an answer must not be out before what is wrong with it shows
  inspect?.();
  return examined;
}

/** What was called is judged, too, once the time is over: none of it is lost, and none is counted twice. */
async function examineInto(examined: Examined, job: RangeJob, work: Work): Promise<void> {
  const { setup, examiner, journal } = work;
  const isInColumns = isToBeCovered(job, setup) && setup.oneByOne !== true;
  const onJudge = (): void => journal.write(nowhere);
  const stretch = isInColumns
    ? openStretch(examiner, examined.batch, { onJudge, judged: work.judged })
    : null;
  try {
    await examineEach(examined, job, work, stretch);
  } catch (error) {
    if (!(error instanceof TimeIsUp)) throw error;
  }
  try {
    await stretch?.judge();
  } finally {
    examined.at = stretch?.first ?? examined.at;
  }
}

/** `stretch` is where the cases are judged; null where each is by itself. */
async function examineEach(
  examined: Examined,
  job: RangeJob,
  work: Work,
  stretch: Stretch | null,
): Promise<void> {
  const { batch } = examined;
  const { setup, examiner, journal, chainCases, time, inspect } = work;
  const { pace, shrink } = job.mode;
  const known = new Map(job.known);
  const isCovering = isToBeCovered(job, setup);
  const block = job.from < 0 ? corpusOf(setup) : blockFor(job, work);
  const { caseAt, stackedAt, stackCaseAt } = block;
  const indices = indicesOf(job, setup);
  const ahead = pace === 'covered' && !setup.maximize ? work.ahead?.over(indices, caseAt) : undefined;
  for (const [at, index] of indices.entries()) {
    examined.at = index;
    if (time.isReached() || (work.goOn !== undefined && !(await work.goOn()))) return;
    if (setup.maximize && index >= 0) {
      let isCut = false;
      const goOn = async (): Promise<boolean> => {
        isCut = time.isReached() || (await work.goOn?.()) === false;
        return !isCut;
      };
      await examineChain(examiner, batch, { setup, chainCases, goOn, index, shrink, known });
      if (isCut) return;
      continue;
    }
    if (stretch !== null && at % aheadMax === 0)
      await work.referencesAhead.ask(indices.slice(at, at + aheadMax), block, examiner.calls);
    const inStack = stackedAt(index);
    const tensors = inStack instanceof Promise ? await inStack : inStack;
    if (isCovering && !journal.isCovered(index))
      journal.cover({ from: index, to: Math.min(job.to, index + casesCovered * job.step) });
    const stacked = (place: number): Tensor | null => (place === 0 ? null : (tensors[place - 1] ?? null));
    const stackCase = (place: number): Case | null => stackCaseAt(index, place);
    const arriving = ahead?.arrive(index);
    if (arriving !== undefined) {
      journal.write({ index, stage: 'judge', place: 0 });
      await arriving;
    }
    const given = { case: (ahead?.caseAt ?? caseAt)(index), index, shrink, known, stacked, stackCase };
    const pending = stretch === null ? examineCase(examiner, batch, given) : stretch.take(given);
    if (pending instanceof Promise) await pending;
    if (pace === 'paused') {
      journal.write({ index, stage: 'judge', place: 0 });
      await linger();
      inspect?.();
    }
  }
  examined.at = null;
}

/** Those of the range that are of the shard. */
function indicesOf({ from, to, step }: RangeJob, { shard }: WorkerSetup): readonly number[] {
  const indices: number[] = [];
  for (let index = from; index < to; index += step)
    if (index < 0 || isInShard(index, shard)) indices.push(index);
  return indices;
}

/** The number of cases that one entry covers: so few that it takes no time to do them again. */
const casesCovered = 16;

/** Where the index says the case. A call of a reference has an entry of its own, which ends the cover. */
function isToBeCovered({ from, mode }: RangeJob, { maximize }: WorkerSetup): boolean {
  return mode.pace === 'covered' && !maximize && from >= 0;
}

const lingerMs = 2; // a timer of 0 ms is due after 1

/** Long enough for what a call has left behind to do its harm while the journal still says where that was. */
async function linger(ms = lingerMs): Promise<void> {
  await pause(ms);
  await turn();
}

function corpusOf({ corpus }: WorkerSetup): Block {
  return withoutStacks((index) => caseFromJson(corpus[index + corpus.length]));
}

/** Keeps no case: arrays that outlive their use are copied by the garbage collector. */
function withoutStacks(caseAt: (index: number) => Case): Block {
  return {
    caseAt,
    stackedAt: () => [],
    stackCaseAt: () => null,
    askStacks: () => Promise.resolve(),
    aloneAt: () => null,
  };
}

function isSolo({ mode }: RangeJob): boolean {
  return mode.participants === 'solo';
}

function alone(examiner: Examiner): Examiner {
  return { ...examiner, participants: { ...examiner.participants, references: [] } };
}

/** The block that the job's range is of: kept from one job to the next, so that its stacks are asked once. */
function blockFor(job: RangeJob, { setup, examiner, journal, blocks }: Work): Block {
  const { references } = examiner.participants;
  const seed = BigInt(setup.seed);
  const space = spaceOf(setup);
  const generate = (index: number): Case => generateCase({ seed, index }, space);
  if (references.length === 0) return withoutStacks(generate);
  const range = blockOf(job.from, setup.runs);
  const key = [range.from, ...job.unstacked].join(' ');
  if (blocks.latest?.key === key) return blocks.latest.block;
  const block = openBlock(range, {
    generate,
    references,
    unstacked: new Set(job.unstacked),
    onRun: (index, place) => examiner.calls.write({ index, stage: 'stack', place }),
    onGenerate: () => journal.write(nowhere),
  });
  blocks.latest = { key, block };
  return block;
}

function batchReply({ batch, at }: Examined): Extract<Reply, { kind: 'batch' }> {
  const { tally, sightings, findings } = batch;
  return {
    kind: 'batch',
    tally,
    sightings: [...sightings.values()],
    findings: [...findings.values()],
    ...(at === null ? {} : { endedBefore: at }),
    rssMb: residentMb(),
  };
}
