/**
 * A process for one job of `bench`, so that nothing that ran before has warmed it up or filled its memory.
 */
import { emptyBatch, examineCase } from '../examine/examine.ts';
import type { Examiner } from '../examine/examiner.ts';
import { findingContextOf } from '../examine/build-finding.ts';
import { runPlainLoop } from '../../examples/plain-loop/plain-loop.ts';
import { operations } from '../contract/subject.ts';
import { generateCase } from '../generate/generate-case.ts';
import * as kernels from '../kernels/index.ts';
import { loadTfjsCore } from '../../reference/tfjs/module.ts';
import { references, type Reference } from '../../reference/index.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import type { BenchJob, BenchReply, Rate } from './bench-job.ts';
import { timeKernels } from './time-kernels.ts';

/** The share of the time that warms up: both peers are measured warm. */
const warmUpShare = 1 / 3;
/** About what a worker is handed at once. */
const batchLength = 8_192;

async function perform(job: BenchJob): Promise<BenchReply> {
  switch (job.kind) {
    case 'plain':
      return { kind: 'rate', rate: await plainRate(job) };
    case 'unisolated':
      return { kind: 'rate', rate: await unisolatedRate(job) };
    case 'kernels':
      return { kind: 'timings', timings: await timeKernels(await loadAll(withPlainLoop), job) };
  }
}

const withPlainLoop: readonly Reference[] = references.filter(
  ({ plainLoopBackend }) => plainLoopBackend !== null,
);

async function loadAll(some: readonly Reference[]): Promise<Implementation[]> {
  const implementations: Implementation[] = [];
  for (const reference of some) {
    const loaded = await reference.load();
    if (loaded.kind === 'available') implementations.push(loaded.implementation);
  }
  return implementations;
}

/** A run that is long enough to warm up tells how many cases the measured one is of. */
async function plainRate({
  references: names,
  timeMs,
  seed,
}: Extract<BenchJob, { kind: 'plain' }>): Promise<Rate> {
  const asked = withPlainLoop.filter(({ name }) => names.includes(name));
  await loadAll(asked);
  const tf = asked.length === 0 ? null : loadTfjsCore();
  const chosen = asked.map(({ plainLoopBackend }) => plainLoopBackend!);
  const numericSeed = Number(BigInt(seed) & 0x7fff_ffffn);
  const loop = (runs: number): ReturnType<typeof runPlainLoop> =>
    runPlainLoop(tf, kernels, { backends: chosen, runs, seed: numericSeed });
  let runs = 64;
  let rate = 0;
  for (let spent = 0; spent < warmUpShare * timeMs; runs *= 2) {
    const { cases, seconds } = await loop(runs);
    rate = cases / seconds;
    spent += 1000 * seconds;
  }
  return loop(Math.ceil((rate * (1 - warmUpShare) * timeMs) / 1000));
}

/** Generates, judges and counts as a worker does, with nobody watching. */
async function unisolatedRate({ timeMs, seed }: Extract<BenchJob, { kind: 'unisolated' }>): Promise<Rate> {
  const subject = subjectImplementation(kernels, { name: 'from-scratch' });
  const participants = { subject, references: [] };
  const examiner: Examiner = {
    participants,
    calls: { write: () => undefined },
    context: findingContextOf({ subject: null, seed }, participants, []),
    shrinkEvaluations: 0,
  };
  const space = { operations, formats: ['float32'] } as const;
  const random = BigInt(seed);
  const known = new Map<string, number>();
  const start = performance.now();
  let [cases, elements, from, now] = [0, 0, start, start];
  let batch = emptyBatch();
  for (let index = 0; now - start < timeMs; index++) {
    if (index % batchLength === 0) batch = emptyBatch();
    const c = generateCase({ seed: random, index }, space);
    const pending = examineCase(examiner, batch, { case: c, index, shrink: false, known });
    if (pending instanceof Promise) await pending;
    cases++;
    elements += c.logits.data.length;
    now = performance.now();
    if (from === start && now - start >= warmUpShare * timeMs) [cases, elements, from] = [0, 0, now];
  }
  return { cases, elements, seconds: (now - from) / 1000 };
}

process.once('message', (job) => {
  perform(job as BenchJob)
    .catch((error: unknown): BenchReply => ({
      kind: 'failed',
      message: String(error),
      stack: error instanceof Error ? (error.stack ?? '') : '',
    }))
    .then((reply) => process.send!(reply, () => process.disconnect()))
    .catch(() => (process.exitCode = 70)); // EX_SOFTWARE: nobody is left to be told
});
