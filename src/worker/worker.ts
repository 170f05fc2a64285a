/** The worker process: loads the subject and the references, then does the supervisor's jobs one by one. */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { caseFromJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { kernelTable, type SubjectModule } from '../contract/subject.ts';
import { generateCase } from '../generate/generate-case.ts';
import { references as referenceLoaders } from '../../reference/index.ts';
import type { Participants } from '../judge/judge-case.ts';
import { loadSubject } from '../subjects/load-subject.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { protectNumerics } from '../subjects/protect-numerics.ts';
import { isCalling, muteOutput, watchOutput } from '../subjects/watch-output.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { findingContextOf } from '../examine/build-finding.ts';
import { emptyBatch, examineCase, type Batch, type Examiner } from '../examine/examine.ts';
import { explainCase } from '../examine/explain.ts';
import type { GuardData } from './guard.ts';
import { openJournal, writeOwnEnd, type Journal } from './journal.ts';
import { openBlock, type Block } from '../examine/block.ts';
import { examineChain } from './examine-chain.ts';
import { blockOf, isInShard } from '../examine/range.ts';
import type { Job, Reply, WorkerSetup } from './protocol.ts';
import type { ReferenceState, SubjectState } from '../examine/sighting.ts';

const send = process.send!.bind(process);
const nowhere = { index: 0, stage: 'idle', place: 0 } as const;

function reply(message: Reply): void {
  send(message);
}

async function serve(journalPath: string): Promise<void> {
  const journal = openJournalOrSay(journalPath);
  witnessEnd(journalPath, journal);
  muteOutput();
  process.channel!.ref(); // also where a subject removes all listeners
  process.send = undefined as never; // a subject that asks whether it is somebody's child is none
  protectNumerics();
  const setup = await nextMessage<WorkerSetup>();
  const onLoad = (place: number): void => journal.write({ index: 0, stage: 'load', place });
  onLoad(0);
  await startGuard({ journal: journalPath, latest: journal.latest, rssLimitMb: setup.rssLimitMb });
  const subjectModule = await loadSubject(setup.subject ?? undefined);
  const named = { name: setup.subject ?? 'from-scratch' };
  const subject = watchOutput(subjectImplementation(subjectModule, named));
  const { implementations, states } = await loadReferences(setup.references, onLoad);
  journal.write(nowhere);
  const participants: Participants = { subject, references: implementations };
  const examiner: JournalingExaminer = {
    participants,
    calls: journal,
    context: findingContextOf(setup, participants, states),
    shrinkEvaluations: setup.shrinkEvaluations,
  };
  const state = subjectState(subject, subjectModule);
  reply({ kind: 'ready', subject: state, references: states, rssMb: rssMb() });
  for (;;) {
    const job = await nextMessage<Job>();
    reply(await perform(job, setup, examiner));
    journal.write(nowhere);
  }
}

/** Writes that fail are the disk's trouble, or the subject's where it has closed what is not its own. */
function openJournalOrSay(path: string): Journal {
  const attempt = <A, T>(act: (argument: A) => T, argument: A): T => {
    try {
      return act(argument);
    } catch (error) {
      return endUnwritten(error as NodeJS.ErrnoException);
    }
  };
  const journal = attempt(openJournal, path);
  return {
    ...journal,
    write: (place) => attempt(journal.write, place),
    cover: (cases) => attempt(journal.cover, cases),
  };
}

function endUnwritten({ code, message }: NodeJS.ErrnoException): never {
  if (code !== 'EBADF') throw new InfrastructureError(`a journal cannot be written: ${message}`);
  lastWords('a file descriptor that is not its own was closed');
  return process.exit(1);
}

/**
 * An end that comes from within a call is that call's. Any other was left behind by some call before: an error that nobody
 * catches, an exit in a timer.
 */
function witnessEnd(journalPath: string, journal: Journal): void {
  process.on('disconnect', () => process.exit(0));
  process.on('uncaughtException', (error: unknown) => {
    lastWords(`an uncaught ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
    process.exit(1);
  });
  process.on('exit', () => {
    if (isCalling()) journal.settle();
    else writeOwnEnd(journalPath, { kind: 'stray' });
  });
}

/** For the supervisor, which tells of the last line. */
function lastWords(text: string): void {
  writeSync(2, `\n${text.replaceAll('\n', ' ')}\n`);
}

/** Resolves once it is on its watch: a thread that starts needs this one, which may soon be in a loop for ever. */
async function startGuard(data: GuardData): Promise<void> {
  const guard = new Worker(new URL('./guard.js', import.meta.url), { workerData: data, execArgv: [] });
  await once(guard, 'message');
  guard.unref();
}

function rssMb(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}

function nextMessage<T>(): Promise<T> {
  return new Promise((resolve) => process.once('message', (message) => resolve(message as T)));
}

interface JournalingExaminer extends Examiner {
  readonly calls: Journal;
}

async function perform(job: Job, setup: WorkerSetup, examiner: JournalingExaminer): Promise<Reply> {
  switch (job.kind) {
    case 'indices':
      return batchReply(await examineIndices(job, setup, isSolo(job) ? alone(examiner) : examiner));
    case 'explain': {
      const c = caseFromJson(job.case);
      const onRun = (place: number): void => examiner.calls.write({ index: 0, stage: 'judge', place });
      return { kind: 'explained', explanation: await explainCase(c, { ...examiner.participants, onRun }) };
    }
  }
}

async function examineIndices(
  job: Extract<Job, { kind: 'indices' }>,
  setup: WorkerSetup,
  examiner: JournalingExaminer,
): Promise<Batch> {
  const { calls: journal } = examiner;
  const { pace, shrink } = job.mode;
  const batch = emptyBatch();
  const known = new Map(job.known);
  const isCovering = isToBeCovered(job, setup);
  const { caseAt, stackedAt, stackCaseAt } = job.from < 0 ? corpusOf(setup) : blockFor(job, setup, examiner);
  for (let index = job.from; index < job.to; index += job.step) {
    if (index >= 0 && !isInShard(index, setup.shard)) continue;
    if (setup.maximize && index >= 0) {
      const path = process.argv[2]!;
      await examineChain(examiner, batch, { setup, journal: path, index, shrink, known });
      continue;
    }
    const inStack = stackedAt(index);
    const tensors = inStack instanceof Promise ? await inStack : inStack;
    if (isCovering && !journal.isCovered(index))
      journal.cover({ from: index, to: Math.min(job.to, index + casesCovered * job.step) });
    const stacked = (place: number): Tensor | null => tensors[place - 1] ?? null;
    const stackCase = (place: number): Case | null => stackCaseAt(index, place);
    const given = { case: caseAt(index), index, shrink, known, stacked, stackCase };
    const pending = examineCase(examiner, batch, given);
    if (pending instanceof Promise) await pending;
    if (pace === 'paused') {
      journal.write({ index, stage: 'judge', place: 0 });
      await linger();
    }
  }
  journal.write(nowhere);
  await linger(); // an answer must not be out before what is wrong with it shows
  return batch;
}

/** So few that it takes no time to do them again. */
const casesCovered = 16;

/** Where the index says the case. A call of a reference has an entry of its own, which ends the cover. */
function isToBeCovered(
  { from, mode }: Extract<Job, { kind: 'indices' }>,
  { maximize }: WorkerSetup,
): boolean {
  return mode.pace === 'covered' && !maximize && from >= 0;
}

const lingerMs = 2; // a timer of 0 ms is due after 1

/** Long enough for what a call has left behind to do its harm while the journal still says where that was. */
async function linger(): Promise<void> {
  await pause(lingerMs);
  await turn();
}

function corpusOf({ corpus }: WorkerSetup): Block {
  return withoutStacks((index) => caseFromJson(corpus[index + corpus.length]));
}

/** Keeps no case: arrays that outlive their use are copied by the garbage collector. */
function withoutStacks(caseAt: (index: number) => Case): Block {
  return { caseAt, stackedAt: () => [], stackCaseAt: () => null };
}

function isSolo({ mode }: Extract<Job, { kind: 'indices' }>): boolean {
  return mode.participants === 'solo';
}

function alone(examiner: JournalingExaminer): JournalingExaminer {
  return { ...examiner, participants: { ...examiner.participants, references: [] } };
}

let open: { readonly key: string; readonly block: Block } | null = null;

/** The block that the job's range is of: kept from one job to the next, so that its stacks are asked once. */
function blockFor(job: Extract<Job, { kind: 'indices' }>, setup: WorkerSetup, examiner: Examiner): Block {
  const { references } = examiner.participants;
  const seed = BigInt(setup.seed);
  const space = { operations: setup.operations, formats: setup.formats };
  const generate = (index: number): Case => generateCase({ seed, index }, space);
  if (references.length === 0) return withoutStacks(generate);
  const range = blockOf(job.from, setup.runs);
  const key = [range.from, ...job.unstacked].join(' ');
  if (open?.key === key) return open.block;
  const block = openBlock(range, {
    generate,
    references,
    unstacked: new Set(job.unstacked),
    onRun: (index, place) => examiner.calls.write({ index, stage: 'stack', place }),
    onGenerate: () => examiner.calls.write(nowhere),
  });
  open = { key, block };
  return block;
}

function batchReply({ tally, sightings, findings }: Batch): Reply {
  return {
    kind: 'batch',
    tally,
    sightings: [...sightings.values()],
    findings: [...findings.values()],
    rssMb: rssMb(),
  };
}

function subjectState(subject: Implementation, module: SubjectModule): SubjectState {
  const kernels = kernelTable
    .filter(({ kernel }) => module[kernel] !== undefined)
    .map(({ operation, direction }) => `${operation}/${direction}`);
  return { name: subject.name, version: subject.version, kernels };
}

async function loadReferences(
  names: readonly string[],
  onLoad: (place: number) => void,
): Promise<{ implementations: Implementation[]; states: ReferenceState[] }> {
  const implementations: Implementation[] = [];
  const states: ReferenceState[] = [];
  for (const loader of referenceLoaders.filter(({ name }) => names.includes(name))) {
    onLoad(names.indexOf(loader.name) + 1);
    const loaded = await loader.load();
    if (loaded.kind === 'available') {
      const { name, version, engine } = loaded.implementation;
      implementations.push(watchOutput(loaded.implementation));
      states.push({ name, version, engine: engine ?? null, available: true, reason: null });
    } else {
      const reason = `${loaded.reason}; ${loaded.remedy}`;
      states.push({ name: loader.name, version: null, engine: null, available: false, reason });
    }
  }
  return { implementations, states };
}

serve(process.argv[2]!).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) reply({ kind: 'failed', failure: 'usage', message });
  else if (error instanceof InfrastructureError)
    reply({ kind: 'failed', failure: 'infrastructure', message });
  else
    reply({
      kind: 'failed',
      failure: 'assertion',
      message: error instanceof Error ? (error.stack ?? message) : message,
    });
  process.exitCode = 70; // EX_SOFTWARE: the supervisor reads the reply, not this
  process.disconnect();
});
