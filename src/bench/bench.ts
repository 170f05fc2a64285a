/** What `bench` measures: always beside a peer, in the same run, both warm, each in a process of its own. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Connection } from '../case/connection.ts';
import { InfrastructureError } from '../contract/failure.ts';
import { kernelNames, operations } from '../contract/subject.ts';
import { runCampaign } from '../campaign/campaign.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { blockLength } from '../examine/range.ts';
import type { BenchJob, BenchReply, KernelShape, KernelTiming, Rate } from './bench-job.ts';

export interface BenchPlan {
  /** Those that are there and have a plain loop. */
  readonly references: readonly string[];
  /**
   * The time of each rate that is set beside the plain loop;
   * the other rates take a third, each kernel a fiftieth.
   */
  readonly timeMs: number;
  readonly seed: string;
  readonly journalFolder: string;
}

export interface ThroughputRow {
  /** Asked for the answer to each case; [] for none. */
  readonly references: readonly string[];
  readonly casesPerSecond: number;
  readonly plainCasesPerSecond: number;
  readonly ratio: number;
  /** Logits of a case on average, here and in the plain loop. */
  readonly meanElements: number;
  readonly plainMeanElements: number;
}

/**
 * `baseline` and `measured` in cases per second, medians of rounds that alternate;
 * `ratio` = measured ÷ baseline, likewise.
 */
export interface Comparison {
  readonly baseline: number;
  readonly measured: number;
  readonly ratio: number;
  readonly rounds: readonly number[];
}

export const kernelShapes: readonly KernelShape[] = [
  { shape: [64, 10], axis: 1 },
  { shape: [64, 1000], axis: 1 },
  { shape: [32, 32_000], axis: 1 },
  { shape: [8, 128, 1000], axis: 1 },
];

const warmUpShare = 1 / 3;
const roundTimeShare = 1 / 3;
const kernelTimeShare = 1 / 50;
const rounds = 3;

/** The harness and the plain loop without a reference, with each alone, with all. */
export async function measureThroughput(
  plan: BenchPlan,
  onRow: (row: ThroughputRow) => void,
): Promise<readonly ThroughputRow[]> {
  const { references } = plan;
  const alone = references.map((name) => [name]);
  const rows: ThroughputRow[] = [];
  for (const asked of [[], ...alone, ...(references.length > 1 ? [references] : [])]) {
    const own = await campaignRate(plan, { references: asked, workers: 1 });
    const plain = await rateIn({ kind: 'plain', references: asked, timeMs: plan.timeMs, seed: plan.seed });
    const [casesPerSecond, plainCasesPerSecond] = [perSecond(own), perSecond(plain)];
    const row = {
      references: asked,
      casesPerSecond,
      plainCasesPerSecond,
      ratio: casesPerSecond / plainCasesPerSecond,
      meanElements: own.elements / own.cases,
      plainMeanElements: plain.elements / plain.cases,
    };
    onRow(row);
    rows.push(row);
  }
  return rows;
}

/** What the process, the guard, the journal and the messages cost: the harness with and without them. */
export async function measureIsolation(whole: BenchPlan): Promise<Comparison> {
  const plan = forRounds(whole);
  const { timeMs, seed } = plan;
  return compare(
    () => rateIn({ kind: 'unisolated', timeMs, seed }),
    () => campaignRate(plan, { references: [], workers: 1 }),
  );
}

function forRounds(plan: BenchPlan): BenchPlan {
  return { ...plan, timeMs: roundTimeShare * plan.timeMs };
}

/** Two workers against one; and how the machine itself scales, where two processes share nothing. */
export async function measureScaling(
  whole: BenchPlan,
): Promise<{ readonly workers: Comparison; readonly machine: Comparison }> {
  const plan = forRounds(whole);
  const { timeMs, seed } = plan;
  const alone = (): Promise<Rate> => rateIn({ kind: 'unisolated', timeMs, seed });
  const workers = await compare(
    () => campaignRate(plan, { references: [], workers: 1 }),
    () => campaignRate(plan, { references: [], workers: 2 }),
  );
  const machine = await compare(alone, async () => sumOf(await Promise.all([alone(), alone()])));
  return { workers, machine };
}

/** The rates of two as that of one: both run as long. */
function sumOf([a, b]: readonly [Rate, Rate]): Rate {
  const casesPerSecond = perSecond(a) + perSecond(b);
  return { cases: casesPerSecond * a.seconds, elements: a.elements + b.elements, seconds: a.seconds };
}

export async function measureKernels({ timeMs }: BenchPlan): Promise<readonly KernelTiming[]> {
  const reply = await inProcess({
    kind: 'kernels',
    shapes: kernelShapes,
    timeMs: kernelTimeShare * timeMs,
  });
  if (reply.kind !== 'timings') throw new Error(`a process answered ${reply.kind}, not timings`);
  return reply.timings;
}

async function compare(baseline: () => Promise<Rate>, measured: () => Promise<Rate>): Promise<Comparison> {
  const pairs: { readonly baseline: number; readonly measured: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    pairs.push({ baseline: perSecond(await baseline()), measured: perSecond(await measured()) });
  }
  const ratios = pairs.map((pair) => pair.measured / pair.baseline);
  return {
    baseline: median(pairs.map((pair) => pair.baseline)),
    measured: median(pairs.map((pair) => pair.measured)),
    ratio: median(ratios),
    rounds: ratios,
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function perSecond({ cases, seconds }: Rate): number {
  return cases / seconds;
}

interface CampaignOptions {
  readonly references: readonly string[];
  readonly workers: number;
  readonly subject?: string | null;
  readonly connection?: Connection;
  readonly maxElements?: number;
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

/** The rate of a campaign as `fuzz` runs it, once it has been judging cases for a third of its time. */
async function campaignRate(
  { timeMs, seed, journalFolder }: BenchPlan,
  { references, workers, subject = null, connection, maxElements }: CampaignOptions,
): Promise<Rate> {
  const plan: CampaignPlan = {
    command: 'fuzz',
    corpus: [],
    subject,
    ...(connection === undefined ? {} : { connection }),
    ...(maxElements === undefined ? {} : { maxElements }),
    // What a subject does not have is not drawn.
    ...(subject === null ? {} : { kernels: { among: kernelNames } }),
    references,
    seed,
    operations,
    formats: ['float32'],
    shrinkEvaluations: 2_000,
    maximize: false,
    runs: null,
    timeMs,
    workers,
    shard: { number: 1, of: 1 },
    caseTimeoutMs: 10_000,
    rssLimitMb: 4_096,
    maxFindings: null,
    out: journalFolder,
    strict: false,
  };
  const readings: Reading[] = [];
  const onProgress = ({ cases, elements }: { readonly cases: number; readonly elements: number }): void => {
    readings.push({ at: performance.now(), cases, elements });
  };
  const result = await runCampaign(plan, { onProgress }, journalFolder);
  const first = readings[0];
  const warm = readings.filter(({ at }) => at - first!.at >= warmUpShare * timeMs);
  const [from, to] = references.length === 0 ? endsOf(warm) : (wholeBlocks(warm) ?? endsOf(warm));
  if (from === undefined || to === undefined || to.cases === from.cases)
    throw new InfrastructureError(`no case was judged in the last of ${timeMs} ms: give --time more`);
  const { cases, verdicts } = result!.tally;
  const judged = subject === null ? 1 : (cases - verdicts.skip) / cases; // a case that it declines costs nothing
  return {
    cases: (to.cases - from.cases) * judged,
    elements: (to.elements - from.elements) * judged,
    seconds: (to.at - from.at) / 1000,
  };
}

/** What has been judged so far. */
interface Reading {
  readonly at: number;
  readonly cases: number;
  readonly elements: number;
}

type Ends = readonly [Reading | undefined, Reading | undefined];

function endsOf(readings: readonly Reading[]): Ends {
  return [readings[0], readings.at(-1)];
}

/**
 * Most stacks of a block are asked in its first part: a rate is of whole blocks. Null where there is none.
 */
function wholeBlocks(readings: readonly Reading[]): Ends | null {
  const ends = readings.filter(
    ({ cases }, i) => i > 0 && blockOfCase(cases) > blockOfCase(readings[i - 1]!.cases),
  );
  return ends.length < 2 ? null : endsOf(ends);
}

function blockOfCase(cases: number): number {
  return Math.floor(cases / blockLength);
}

async function rateIn(job: BenchJob): Promise<Rate> {
  const reply = await inProcess(job);
  if (reply.kind !== 'rate') throw new Error(`a process answered ${reply.kind}, not a rate`);
  return reply.rate;
}

/** What the job's process prints is thrown away: the native libraries of the references do. */
function inProcess(job: BenchJob): Promise<Exclude<BenchReply, { kind: 'failed' }>> {
  const child = fork(workerEntry(), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      const reply = message as BenchReply;
      if (reply.kind !== 'failed') return resolve(reply);
      reject(Object.assign(new Error(`the benchmark failed: ${reply.message}`), { stack: reply.stack }));
    });
    child.once('exit', (code, signal) =>
      reject(new InfrastructureError(`the benchmark's process ended with ${signal ?? code}`)),
    );
    child.once('error', reject);
    child.send(job, () => undefined);
  });
}

/** The compiled one, also from source. */
function workerEntry(): string {
  const here = import.meta.url.endsWith('.ts') ? '../../dist/src/bench/bench-worker.js' : './bench-worker.js';
  return fileURLToPath(new URL(here, import.meta.url));
}
