/** What a campaign has judged, told in ranges; and that it is what it has counted, with workers that die. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CoverRecord } from '../archive/run-record.ts';
import {
  blockCount,
  blocksOf,
  isInShard,
  lengthOf,
  shardOf,
  span,
  type Range,
  type Shard,
} from '../examine/range.ts';
import { emptyTally } from '../examine/tally.ts';
import type { Worker } from '../worker/supervise.ts';
import { runCampaign } from './campaign.ts';
import { coversOf } from './covers.ts';
import type { CampaignPlan } from './plan.ts';

type Indices = Pick<Range, 'from' | 'to' | 'step'>;

function indicesOf({ from, to, step }: Indices): number[] {
  return Array.from({ length: lengthOf({ from, to, step } as Range) }, (_, i) => from + i * step);
}

function told(covers: readonly CoverRecord[]): number[] {
  const indices = covers.flatMap(({ times = 1, every = 0, ...range }) =>
    Array.from({ length: times }, (_, i) => indicesOf(range).map((index) => index + i * every)).flat(),
  );
  return indices.sort((a, b) => a - b);
}

const first: Shard = { number: 1, of: 1 };
const whole = { nextBlock: Infinity, shard: first, runs: 100, corpus: 0, pending: [] };

describe('what a campaign has judged', () => {
  test('is one range where it has judged all', () => {
    expect(coversOf(whole)).toEqual([{ from: 0, to: 100, step: 1 }]);
    expect(coversOf({ ...whole, runs: 7 * span + 30_001, corpus: 3 })).toEqual([
      { from: -3, to: 0, step: 1 },
      { from: 0, to: 7 * span + 30_001, step: 1 },
    ]);
  });

  test('is few ranges for a shard of any number, however long the campaign', () => {
    const runs = 2e8 + 7;
    const most = [2, 5, 7, 12, 13, 40, 1_200].map((of) => {
      const shard = shardOf({ number: 2, of }, runs);
      return coversOf({ ...whole, shard, runs, nextBlock: blockCount(runs) }).length;
    });

    expect(Math.max(...most)).toBeLessThan(16);
  });

  test('of a shard by blocks is its blocks, of which those at equal distances are one entry', () => {
    const shard = shardOf({ number: 3, of: 24 }, 5 * span);

    expect(coversOf({ ...whole, shard, runs: 5 * span })).toEqual([
      { from: 2, to: span - 9, step: 12, every: 2 * span, times: 3 },
    ]);
  });

  test('is all of its shard but what is pending, whatever that is', () => {
    const campaign = fc
      .record({
        runs: fc.integer({ min: 1, max: span + 4_000 }),
        of: fc.constantFrom(1, 2, 3, 5, 7, 12, 13, 25),
        place: fc.nat(24),
        begun: fc.nat(30),
        cuts: fc.array(fc.record({ block: fc.nat(30), low: fc.nat(30_000), length: fc.nat(25_000) }), {
          maxLength: 6,
        }),
      })
      .map(({ of, place, ...rest }) => ({
        ...rest,
        shard: shardOf({ number: (place % of) + 1, of }, rest.runs),
      }));

    fc.assert(
      fc.property(campaign, ({ runs, shard, begun, cuts }) => {
        const blocks = blocksOf(runs, shard);
        const taken: Range[] = [];
        for (let block = begun > 0 ? blocks.take() : null; block !== null;) {
          taken.push(block);
          block = taken.length < begun ? blocks.take() : null;
        }
        const pending = new Map<number, Range>(); // one a block: they share no index
        for (const { block, low, length } of cuts) {
          const range = taken[block % Math.max(1, taken.length)];
          if (range === undefined) continue;
          const from = range.from + (low % lengthOf(range)) * range.step;
          pending.set(range.from, { ...range, from, to: Math.min(range.to, from + length * range.step + 1) });
        }
        const own = (range: Indices): number[] => indicesOf(range).filter((index) => isInShard(index, shard));
        const left = new Set([...pending.values()].flatMap(own));

        const covers = coversOf({
          nextBlock: blocks.next,
          shard,
          runs,
          corpus: 0,
          pending: [...pending.values()],
        });

        const expected = taken.flatMap(own).filter((index) => !left.has(index));
        expect(told(covers)).toEqual(expected.sort((a, b) => a - b));
      }),
      { numRuns: 10 },
    );
  });
});

const plan: CampaignPlan = {
  command: 'fuzz',
  corpus: [],
  subject: null,
  references: [],
  seed: '5',
  operations: ['softmax'],
  formats: ['float32'],
  maximize: false,
  shrinkEvaluations: 0,
  runs: 3_000,
  timeMs: null,
  workers: 3,
  shard: first,
  caseTimeoutMs: 1_000,
  rssLimitMb: 4_096,
  maxFindings: null,
  out: 'reports',
  strict: false,
};

/** A worker that counts its ranges, and does with each of them what `fate` says. */
function workerThat(shard: Shard, fate: (own: readonly number[]) => Fate): Worker {
  const subject = { name: 'mine', version: '1', kernels: ['softmax/forward', 'softmax/backward'] };
  return {
    ready: { kind: 'ready', subject, references: [], rssMb: 1 },
    isRenewable: false, // nobody asks its findings again
    position: () => null,
    stop: () => undefined,
    async run(job) {
      if (job.kind !== 'indices') throw new Error('only ranges are asked');
      await new Promise((resolve) => setTimeout(resolve, 0));
      const own = indicesOf(job).filter((index) => isInShard(index, shard));
      const { dies, after } = fate(own);
      const at = own[after];
      if (dies && at !== undefined) {
        const entry = {
          beat: 1,
          index: at,
          to: at % 4 === 0 ? at + 1 : at + (at % 4) * job.step,
          stage: 'judge',
          place: 0,
        } as const;
        const outcome = { kind: 'crashed', detail: 'ended' } as const;
        return { kind: 'died', outcome, at: entry, cause: dies, signal: null, chainCase: null } as never;
      }
      const judged = own.slice(0, after);
      return {
        kind: 'batch',
        tally: { ...emptyTally(), cases: judged.length },
        sightings: [],
        findings: [],
        rssMb: 1,
        ...(at === undefined ? {} : { endedBefore: at }),
      };
    },
  };
}

interface Fate {
  readonly dies: 'call' | 'stray' | 'leak' | null;
  readonly after: number;
}

describe('a campaign counts the indices that it says it has judged', () => {
  test.each([first, shardOf({ number: 2, of: 5 }, 3_000), shardOf({ number: 9, of: 13 }, 3_000)])(
    'also where workers die in cases and between them, %o',
    async (shard) => {
      let asked = 0;
      const start = async (): Promise<Worker> =>
        workerThat(shard, (own) => {
          asked++;
          const dies = ([null, 'stray', null, 'call', null, null, 'leak', null] as const)[asked % 8]!;
          return { dies: asked < 60 ? dies : null, after: dies === null ? own.length : asked % own.length };
        });

      const result = await runCampaign({ ...plan, shard }, {}, '', null, start);

      const all = Array.from({ length: 3_000 }, (_, i) => i).filter((index) => isInShard(index, shard));
      expect(result!.workersDied).toBeGreaterThan(5);
      expect(told(result!.covers)).toEqual(all);
      expect(result!.tally.cases).toBe(all.length);
    },
  );

  test('and where its time was over within ranges, which whoever resumes does to their ends', async () => {
    const began = performance.now();
    let asked = 0;
    const start = async (): Promise<Worker> =>
      workerThat(first, (own) => {
        asked++;
        const isOver = performance.now() - began > 60;
        return { dies: null, after: isOver ? asked % own.length : own.length };
      });
    const checkpoints: { readonly pending: readonly Indices[]; readonly nextBlock: number }[] = [];
    const onCheckpoint = (progress: (typeof checkpoints)[number]): void => void checkpoints.push(progress);

    const result = await runCampaign({ ...plan, runs: null, timeMs: 60 }, { onCheckpoint }, '', null, start);

    const { nextBlock, pending } = checkpoints.at(-1)!;
    expect(result!.stoppedBy).toBe('time');
    expect(told(result!.covers)).toHaveLength(result!.tally.cases);
    expect(result!.covers).toEqual(coversOf({ nextBlock, pending, shard: first, runs: null, corpus: 0 }));
  });
});
