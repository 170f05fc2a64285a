/** The rate of a campaign as `fuzz` runs it: warm, in its workers and in this process together. */
import type { Connection } from '../case/connection.ts';
import { InfrastructureError } from '../contract/failure.ts';
import { kernelNames, operations } from '../contract/subject.ts';
import { runCampaign } from '../campaign/campaign.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { blockLength } from '../examine/range.ts';
import { treeCpuSeconds } from './cpu-time.ts';
import { warmUpShare, type Rate } from './rate.ts';

export interface RatePlan {
  readonly timeMs: number;
  readonly seed: string;
  readonly journalFolder: string;
}

export interface CampaignOptions {
  readonly references: readonly string[];
  readonly workers: number;
  readonly subject?: string | null;
  readonly connection?: Connection;
  readonly maxElements?: number;
}

/** A campaign that needs more time, for a whole block or an answer, may take so many times what it has. */
const longerMax = 60;

/** Once it has been judging cases for a third of its time; with references, of whole blocks. */
export async function campaignRate(
  { timeMs, seed, journalFolder }: RatePlan,
  { references, workers, subject = null, connection, maxElements }: CampaignOptions,
): Promise<Rate> {
  const hasStacks = references.length > 0;
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
    timeMs: longerMax * timeMs,
    workers,
    shard: { number: 1, of: 1 },
    caseTimeoutMs: 10_000,
    rssLimitMb: 4_096,
    maxFindings: null,
    out: journalFolder,
    strict: false,
  };
  const readings: Reading[] = [];
  const enough = new AbortController();
  const endsNow = (): Ends | null => {
    const warm = readings.filter(({ at }) => at - readings[0]!.at >= warmUpShare * timeMs);
    return hasStacks ? wholeBlocks(warm) : endsOf(warm);
  };
  const onProgress = ({ cases, elements }: { readonly cases: number; readonly elements: number }): void => {
    readings.push({ at: performance.now(), cpu: treeCpuSeconds(), cases, elements });
    const isOver = readings.at(-1)!.at - readings[0]!.at >= timeMs;
    if (isOver && endsNow() !== null) enough.abort();
  };
  const result = await runCampaign(plan, { onProgress, interrupt: enough.signal }, journalFolder);
  const ends = endsNow();
  if (ends === null)
    throw new InfrastructureError(
      `too few cases were judged in ${longerMax * timeMs} ms to tell a rate: give --time more`,
    );
  const [from, to] = ends;
  const { cases, verdicts } = result!.tally;
  const judged = subject === null ? 1 : (cases - verdicts.skip) / cases; // a case that it declines costs nothing
  return {
    cases: (to.cases - from.cases) * judged,
    elements: (to.elements - from.elements) * judged,
    seconds: (to.at - from.at) / 1000,
    cpuSeconds: to.cpu - from.cpu,
  };
}

/** What has been judged so far. */
interface Reading {
  readonly at: number;
  readonly cpu: number;
  readonly cases: number;
  readonly elements: number;
}

type Ends = readonly [Reading, Reading];

/** Null where nothing was judged between. */
function endsOf(readings: readonly Reading[]): Ends | null {
  const [from, to] = [readings[0], readings.at(-1)];
  return from === undefined || to === undefined || to.cases === from.cases ? null : [from, to];
}

/**
 * Most stacks of a block are asked in its first part: a rate is of whole blocks. Null where there is none.
 */
function wholeBlocks(readings: readonly Reading[]): Ends | null {
  const isEnd = ({ cases }: Reading, i: number): boolean =>
    i > 0 && blockOfCase(cases) > blockOfCase(readings[i - 1]!.cases);
  return endsOf(readings.filter(isEnd));
}

function blockOfCase(cases: number): number {
  return Math.floor(cases / blockLength);
}
