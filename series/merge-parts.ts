/**
 * How long it takes to unite the parts of a large campaign, and how much memory: 1,200 shards of 10^9 cases
 * each, with as many counts, sightings and findings as a long run with two references has.
 * `npm run series:merge-parts -- 1200`, or another multiple of 12
 */
import type { Finding } from '../src/case/finding.ts';
import { exampleFinding } from '../src/case/fixtures/example-finding.ts';
import { examplePart, exampleRun } from '../src/archive/fixtures/example-run.ts';
import { coversOf } from '../src/campaign/covers.ts';
import { blockAt, shardOf, span } from '../src/examine/range.ts';
import { completenessOf } from '../src/merge/completeness.ts';
import { remarksOn } from '../src/merge/remarks.ts';
import { unionOf, type RunAt } from '../src/merge/union.ts';
import { whyApart } from '../src/merge/why-apart.ts';
import { isMain } from './run.ts';

/** Whole blocks, as many of each strand. */
const casesOfEach = 3_391 * span;
/** What a run of two references had, which took an hour: sightings, keys of counts, findings. */
const [sightingCount, keyCount, findingCount] = [1_299, 2_296, 317];

export interface MergeReport {
  readonly parts: number;
  readonly cases: number;
  readonly seconds: Readonly<Record<'check' | 'unite' | 'look for what is missing' | 'remark', number>>;
  readonly heapMb: number;
}

/** Unites so many shards, of which one is there twice, and one is missing. */
export function mergeParts(count: number): MergeReport {
  const runs = runsOf(count).slice(1);
  const all = [...runs, runs[0]!];
  const seconds: Record<string, number> = {};
  const timed = <T>(what: keyof MergeReport['seconds'], act: () => T): T => {
    const began = performance.now();
    const result = act();
    seconds[what] = Math.round(performance.now() - began) / 1000;
    return result;
  };
  const apart = timed('check', () => whyApart(all));
  if (apart !== null) throw new Error(apart);
  const union = timed('unite', () => unionOf(all));
  const { missing } = timed('look for what is missing', () => completenessOf(all, union));
  if (missing.length !== 1) throw new Error(`${missing.length} shards are missing, and it should be one`);
  timed('remark', () => remarksOn(all, union));
  return {
    parts: union.parts.length,
    cases: union.cases,
    seconds: seconds as MergeReport['seconds'],
    heapMb: Math.round(process.memoryUsage().heapUsed / 1e6),
  };
}

function runsOf(count: number): readonly RunAt[] {
  const bound = count * casesOfEach;
  const keys = Array.from({ length: keyCount }, (_, i) => [`regime-${i}/softmax/forward/last`, 7] as const);
  const signatures = Array.from(
    { length: sightingCount },
    (_, i) => `1:softmax/forward/float32/subject/${i}`,
  );
  const found: readonly Finding[] = signatures
    .slice(0, findingCount)
    .map((signature) => exampleFinding({ signature, blame: 'subject' }));
  const record = exampleRun();
  const first = shardOf({ number: 1, of: count }, bound);
  const covers = coversOf({ nextBlock: Infinity, shard: first, runs: bound, corpus: 0, pending: [] });
  return Array.from({ length: count }, (_, i): RunAt => {
    const shard = shardOf({ number: i + 1, of: count }, bound);
    const shift = blockAt(i, bound)!.from; // each block i of 1,200 lies as far behind the first
    const part = examplePart({
      shard,
      runs: bound,
      cases: casesOfEach,
      coverage: Object.fromEntries(keys),
      covers: covers.map((cover) => ({ ...cover, from: cover.from + shift, to: cover.to + shift })),
      sightings: signatures.map((signature) => ({ signature, count: 3, lowestIndex: shift, ratio: 2 })),
    });
    const findings = found.map((finding): Finding => ({ ...finding, index: shift }));
    return { path: `reports/runs/${i}`, record: { ...record, parts: [part] }, findings };
  });
}

if (isMain(import.meta.url)) console.log(mergeParts(Number(process.argv[2] ?? 1_200)));
