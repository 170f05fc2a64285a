/**
 * A process for one job of `bench`, so that nothing that ran before has warmed it up or filled its memory.
 */
import { runPlainLoop } from '../../examples/plain-loop/plain-loop.ts';
import * as kernels from '../kernels/index.ts';
import { blocksOf, cut } from '../examine/range.ts';
import { loadTfjsCore } from '../../reference/tfjs/module.ts';
import { references, type Reference } from '../../reference/index.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { subjectState } from '../worker/load-participants.ts';
import { answerOneJob } from '../worker/one-job.ts';
import { performerOf, unwatched } from '../worker/perform.ts';
import { unwatchedSetup } from './unwatched-setup.ts';
import type { BenchJob, BenchReply } from './bench-job.ts';
import { ownCpuSeconds } from './cpu-time.ts';
import { warmUpShare, type Rate } from './rate.ts';
import { loadPeers } from './kernel-peers.ts';
import { timeKernels } from './time-kernels.ts';

/** About what a worker is handed at once. */
const batchLength = 8_192;

async function perform(job: BenchJob): Promise<BenchReply> {
  switch (job.kind) {
    case 'plain':
      return { kind: 'rate', rate: await plainRate(job) };
    case 'unisolated':
      return { kind: 'rate', rate: await unisolatedRate(job) };
    case 'kernels': {
      const { peers, absent } = await loadPeers(timedBeside);
      return { kind: 'timings', timings: await timeKernels(peers, job), absent };
    }
  }
}

const withPlainLoop: readonly Reference[] = references.filter(
  ({ plainLoopBackend }) => plainLoopBackend !== null,
);

/** Those that kernels are timed beside: of the same packages, so native TensorFlow's own kernels, too. */
const timedBeside: readonly Reference[] = references.filter((reference) =>
  withPlainLoop.some((one) => one.package === reference.package),
);

/** A run that is long enough to warm up tells how many cases the measured one is of. */
async function plainRate({
  references: names,
  timeMs,
  seed,
}: Extract<BenchJob, { kind: 'plain' }>): Promise<Rate> {
  const asked = withPlainLoop.filter(({ name }) => names.includes(name));
  for (const reference of asked) await reference.load();
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
  const before = ownCpuSeconds();
  const measured = await loop(Math.ceil((rate * (1 - warmUpShare) * timeMs) / 1000));
  return { ...measured, cpuSeconds: ownCpuSeconds() - before };
}

/** Does what a worker does, range by range, with nobody watching. */
async function unisolatedRate({ timeMs, seed }: Extract<BenchJob, { kind: 'unisolated' }>): Promise<Rate> {
  const subject = subjectImplementation(kernels, { name: 'from-scratch' });
  const loaded = {
    participants: { subject, references: [] },
    subject: subjectState(subject, kernels),
    references: [],
  };
  const setup = unwatchedSetup({ subject: null, seed, formats: ['float32'] });
  const perform = performerOf(setup, loaded, unwatched);
  const start = performance.now();
  const done = { cases: 0, elements: 0, seconds: 0, cpuSeconds: 0 };
  const blocks = blocksOf(null, { number: 1, of: 1 });
  for (let rest = blocks.take(); performance.now() - start < timeMs;) {
    const next = cut(rest!, batchLength);
    rest = next.rest ?? blocks.take();
    const [from, cpuFrom] = [performance.now(), ownCpuSeconds()];
    const reply = await perform({ ...next.head, kind: 'indices', unstacked: [], known: [], leftMs: null });
    if (reply.kind !== 'batch') throw new Error(`a range was answered with ${reply.kind}`);
    if (from - start < warmUpShare * timeMs) continue;
    done.cases += reply.tally.cases;
    done.elements += reply.tally.elements;
    done.seconds += (performance.now() - from) / 1000;
    done.cpuSeconds += ownCpuSeconds() - cpuFrom;
  }
  return done;
}

answerOneJob(perform);
