/** The shards of a campaign merged, and the undivided run, with workers that only count: for each dealing. */
import { expect, test } from 'vitest';
import { examplePart, exampleRun } from '../archive/fixtures/example-run.ts';
import { runCampaign } from '../campaign/campaign.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import type { Finding } from '../case/finding.ts';
import { isInShard, lengthOf, shardOf, type Shard } from '../examine/range.ts';
import { emptyTally } from '../examine/tally.ts';
import type { Worker } from '../worker/supervise.ts';
import { unionOf, type RunAt } from './union.ts';
import { whyApart } from './why-apart.ts';

const runs = 3_000;
/** By the signature: each so many cases show it, but the first few. */
const mistakes = { common: 2, rare: 101, late: 1_499 };

const findingAt = (signature: string, index: number): Finding =>
  exampleFinding({ signature, index, blame: 'subject', sentence: `case ${index}` });

/** A worker that counts what it is asked, and sees a mistake in each so many cases. */
function workerOf(shard: Shard): Worker {
  return {
    ready: { kind: 'ready', subject: { name: 'mine', version: '1', kernels: [] }, references: [], rssMb: 1 },
    isRenewable: false,
    position: () => null,
    stop: () => undefined,
    async run(job) {
      if (job.kind !== 'indices') throw new Error('only ranges are asked');
      await new Promise((resolve) => setTimeout(resolve, 0));
      const own = Array.from({ length: lengthOf(job) }, (_, i) => job.from + i * job.step).filter((index) =>
        isInShard(index, shard),
      );
      const coverage: Record<string, number> = {};
      for (const index of own) coverage[index % 7] = (coverage[index % 7] ?? 0) + 1;
      const seen = Object.entries(mistakes).flatMap(([signature, each]) => {
        const where = own.filter((index) => index % each === each - 1);
        return where.length === 0 ? [] : [{ signature, count: where.length, lowestIndex: where[0]! }];
      });
      return {
        kind: 'batch',
        tally: { ...emptyTally(), cases: own.length, coverage },
        sightings: seen,
        findings: seen.map(({ signature, lowestIndex }) => findingAt(signature, lowestIndex)),
        rssMb: 1,
      };
    },
  };
}

async function runOf(number: number, of: number): Promise<RunAt> {
  const shard = shardOf({ number, of }, runs);
  const plan = {
    corpus: [],
    seed: '7',
    operations: ['softmax'],
    formats: ['float32'],
    maximize: false,
    runs,
    timeMs: null,
    maxFindings: null,
    workers: 2,
    shard,
  } as unknown as CampaignPlan;
  const result = await runCampaign(plan, {}, '', null, async () => workerOf(shard));
  const { tally, covers, sightings, findings } = result!;
  const part = { ...examplePart({ seed: '7', runs, shard, covers, sightings }), ...tally };
  return { path: `${number}/${of}`, record: exampleRun({ parts: [part] }), findings };
}

test.each([2, 5, 7, 12, 13])(
  '%i shards are the undivided run, and one of them once more is nothing',
  async (n) => {
    const shards: RunAt[] = [];
    for (let number = 1; number <= n; number++) shards.push(await runOf(number, n));
    const undivided = unionOf([await runOf(1, 1)]);

    const all = [...shards, await runOf(2, n)];
    const { parts, seconds: _, casesPerSecond: _1, ...merged } = unionOf(all);

    expect(whyApart(all)).toBeNull();
    expect(parts).toHaveLength(n);
    expect(undivided).toMatchObject({ ...merged, cases: 3_000, shard: { number: 1, of: 1 } });
    expect(merged.findings).toEqual([
      { ...findingAt('common', 1), count: 1_500 },
      { ...findingAt('late', 1_498), count: 2 },
      { ...findingAt('rare', 100), count: 29 },
    ]);
  },
);
