/**
 * The memory of one worker over a great many cases: its course, and the slope of a straight line through it.
 * `npm run series:rss -- 1000000`, and with references `-- 200000 tfjs-cpu,tfjs-wasm`
 */
import { runCampaign } from '../src/campaign/campaign.ts';
import type { Progress } from '../src/campaign/observers.ts';
import { campaignPlan } from './campaign-plan.ts';
import { isMain, temporaryFolder } from './run.ts';

export interface RssReport {
  readonly cases: number;
  readonly seconds: number;
  readonly workersStarted: number;
  /** Cases judged, and resident memory in MB after them, at about twenty points. */
  readonly course: readonly (readonly [number, number])[];
  /**
   * The growth by least squares, from a tenth of the cases on, before which caches and the compiler fill up.
   */
  readonly bytesPerCase: number;
  /** Two standard errors of it, had each batch its own independent error. */
  readonly plusMinus: number;
}

const points = 20;
const warmUpShare = 0.1;

export async function measureRss(runs: number, references: readonly string[]): Promise<RssReport> {
  const folder = temporaryFolder();
  const course: Progress[] = [];
  try {
    const plan = campaignPlan({ subject: null, references, seed: '7', runs, out: folder.path });
    const result = await runCampaign(plan, { onProgress: (progress) => course.push(progress) }, folder.path);
    const { tally, seconds, workersStarted } = result!;
    const warm = course.filter(({ cases }) => cases >= warmUpShare * runs);
    const every = Math.max(1, Math.floor(course.length / points));
    return {
      cases: tally.cases,
      seconds,
      workersStarted,
      course: course.filter((_, i) => i % every === 0).map(({ cases, rssMb }) => [cases, Math.round(rssMb)]),
      ...slopeOf(warm.map(({ cases, rssMb }) => [cases, rssMb * 2 ** 20])),
    };
  } finally {
    folder.remove();
  }
}

function slopeOf(
  measured: readonly (readonly [number, number])[],
): Pick<RssReport, 'bytesPerCase' | 'plusMinus'> {
  const n = measured.length;
  const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const [x0, y0] = [meanOf(measured.map(([x]) => x)), meanOf(measured.map(([, y]) => y))];
  const sxx = measured.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
  const bytesPerCase = measured.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0) / sxx;
  const residual = measured.reduce((sum, [x, y]) => sum + (y - y0 - bytesPerCase * (x - x0)) ** 2, 0);
  return { bytesPerCase, plusMinus: 2 * Math.sqrt(residual / (n - 2) / sxx) };
}

if (isMain(import.meta.url)) {
  const [runs, references] = [process.argv[2] ?? '1000000', process.argv[3] ?? ''];
  console.log(
    await measureRss(
      Number(runs),
      references.split(',').filter((name) => name !== ''),
    ),
  );
}
