/**
 * What `bench` measures: always beside a peer, in rounds that alternate, both warm, each in a process of its
 * own.
 */
import { availableParallelism } from 'node:os';
import type { Connection } from '../case/connection.ts';
import { flagsOfWorker } from '../worker/fork-worker.ts';
import type { KernelShape, KernelTimings } from './bench-job.ts';
import { inProcess, rateIn } from './bench-process.ts';
import { campaignRate, type RatePlan } from './campaign-rate.ts';
import { comparisonOf, median, sumOf, type Comparison, type Pair, type Rate } from './rate.ts';

export interface BenchPlan extends RatePlan {
  /** Those that are there and have a plain loop. */
  readonly references: readonly string[];
  /** The time of each rate, all its rounds together. A kernel takes a hundredth of it. */
  readonly timeMs: number;
}

/** Medians over the rounds. */
export interface ThroughputRow {
  /** Asked for the answer to each case; [] for none. */
  readonly references: readonly string[];
  readonly casesPerSecond: number;
  readonly plainCasesPerSecond: number;
  readonly ratio: number;
  /** In a second of the CPU, user and system, worker processes and their parent together. */
  readonly casesPerCpuSecond: number;
  readonly plainCasesPerCpuSecond: number;
  readonly cpuRatio: number;
  readonly cpuRounds: readonly number[];
  /** Logits of a case on average, here and in the plain loop. */
  readonly meanElements: number;
  readonly plainMeanElements: number;
}

export const kernelShapes: readonly KernelShape[] = [
  { shape: [64, 10], axis: 1 },
  { shape: [64, 1000], axis: 1 },
  { shape: [32, 32_000], axis: 1 },
  { shape: [8, 128, 1000], axis: 1 },
];

const kernelTimeShare = 1 / 100;
const rounds = 5;

function forRound(plan: BenchPlan): BenchPlan {
  return { ...plan, timeMs: plan.timeMs / rounds };
}

/** The harness and the plain loop without a reference, with each alone, with all. */
export async function measureThroughput(
  whole: BenchPlan,
  onRow: (row: ThroughputRow) => void,
): Promise<readonly ThroughputRow[]> {
  const plan = forRound(whole);
  const { references, timeMs, seed } = plan;
  const alone = references.map((name) => [name]);
  const rows: ThroughputRow[] = [];
  for (const asked of [[], ...alone, ...(references.length > 1 ? [references] : [])]) {
    const pairs = await inRounds(
      () => rateIn({ kind: 'plain', references: asked, timeMs, seed }),
      () => campaignRate(plan, { references: asked, workers: 1 }),
    );
    const row = rowOf(asked, pairs);
    onRow(row);
    rows.push(row);
  }
  return rows;
}

function rowOf(references: readonly string[], pairs: readonly Pair[]): ThroughputRow {
  const { baseline, measured, ratio, cpu } = comparisonOf(pairs);
  const meanElements = (which: keyof Pair): number =>
    median(pairs.map((pair) => pair[which].elements / pair[which].cases));
  return {
    references,
    casesPerSecond: measured,
    plainCasesPerSecond: baseline,
    ratio,
    casesPerCpuSecond: cpu.measured,
    plainCasesPerCpuSecond: cpu.baseline,
    cpuRatio: cpu.ratio,
    cpuRounds: cpu.rounds,
    meanElements: meanElements('measured'),
    plainMeanElements: meanElements('baseline'),
  };
}

/** What the process, the guard, the journal and the messages cost: the harness with and without them. */
export async function measureIsolation(whole: BenchPlan): Promise<Comparison> {
  const plan = forRound(whole);
  const pairs = await inRounds(
    () => unisolatedRate(plan, 1),
    () => campaignRate(plan, { references: [], workers: 1 }),
  );
  return comparisonOf(pairs);
}

export interface Scaling {
  /** Two workers, and one. */
  readonly workers: Comparison;
  /** Two processes that share nothing, and one: how the machine itself scales. */
  readonly machine: Comparison;
  /** Two workers, and two processes that share nothing. */
  readonly sharing: Comparison;
}

/** Two workers against one; and how the machine itself scales, where two processes share nothing. */
export async function measureScaling(whole: BenchPlan): Promise<Scaling> {
  const plan = forRound(whole);
  const [workers, machine, sharing]: Pair[][] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    const one = await campaignRate(plan, { references: [], workers: 1 });
    const two = await campaignRate(plan, { references: [], workers: 2 });
    const alone = await unisolatedRate(plan, 1);
    const both = sumOf(await Promise.all([unisolatedRate(plan, 2), unisolatedRate(plan, 2)]));
    workers!.push({ baseline: one, measured: two });
    machine!.push({ baseline: alone, measured: both });
    sharing!.push({ baseline: both, measured: two });
  }
  return {
    workers: comparisonOf(workers!),
    machine: comparisonOf(machine!),
    sharing: comparisonOf(sharing!),
  };
}

/** V8 does there as it does in one of so many workers. */
function unisolatedRate({ timeMs, seed }: RatePlan, workers: number): Promise<Rate> {
  const hasSpareCore = workers < availableParallelism();
  return rateIn({ kind: 'unisolated', timeMs, seed }, flagsOfWorker({ hasSpareCore }));
}

export async function measureKernels({ timeMs }: BenchPlan): Promise<KernelTimings> {
  const reply = await inProcess({
    kind: 'kernels',
    shapes: kernelShapes,
    timeMs: kernelTimeShare * timeMs,
  });
  if (reply.kind !== 'timings') throw new Error(`a process answered ${reply.kind}, not timings`);
  const { timings, absent } = reply;
  return { timings, absent };
}

/** Whoever was first in one round is second in the next. */
async function inRounds(
  baseline: () => Promise<Rate>,
  measured: () => Promise<Rate>,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) pairs.push({ baseline: await baseline(), measured: await measured() });
    else {
      const first = await measured();
      pairs.push({ baseline: await baseline(), measured: first });
    }
  }
  return pairs;
}

/** The rate at which a subject beyond the process is judged, on small cases, without references. */
export function measureOutside(
  plan: BenchPlan,
  { subject, connection }: { readonly subject: string; readonly connection?: Connection },
): Promise<Rate> {
  const asked = connection === undefined ? { subject } : { subject, connection };
  return campaignRate(plan, { ...asked, references: [], workers: 1, maxElements: outsideElements });
}

/** Most elements of a case there: as many as those that are asked without being judged. */
export const outsideElements = 40;
