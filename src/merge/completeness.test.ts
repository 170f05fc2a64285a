/** What a merged run lacks of its campaigns, and the command that judges it. */
import { describe, expect, test } from 'vitest';
import { examplePart, exampleRun } from '../archive/fixtures/example-run.ts';
import type { PartRecord, RunRecord } from '../archive/run-record.ts';
import { coversOf } from '../campaign/covers.ts';
import { blockAt, blockCount, shardOf, type Range } from '../examine/range.ts';
import { completenessOf, completenessText } from './completeness.ts';
import { unionOf, type RunAt } from './union.ts';

function runWith(part: PartRecord, changes: Partial<RunRecord> = {}): RunAt {
  return {
    path: 'reports/runs/a',
    record: exampleRun({ kernels: ['softmax'], ...changes, parts: [part] }),
    findings: [],
  };
}

const lacks = (...runs: RunAt[]): ReturnType<typeof completenessOf> => completenessOf(runs, unionOf(runs));
const told = (...runs: RunAt[]): readonly string[] => completenessText(lacks(...runs));

const shard = (number: number, changes: Partial<PartRecord> = {}): PartRecord =>
  examplePart({ shard: { number, of: 3 }, ...changes });

/** What came to its end, but for these blocks. */
function partWith(
  { number, of }: { number: number; of: number },
  runs: number,
  lost: readonly number[] = [],
  changes: Partial<PartRecord> = {},
): PartRecord {
  const dealt = shardOf({ number, of }, runs);
  const pending = lost.map((block): Range => blockAt(block, runs)!);
  const covers = coversOf({ nextBlock: Infinity, shard: dealt, runs, corpus: 0, pending });
  return examplePart({ shard: dealt, runs, covers, ...changes });
}

const asBefore = '--references tfjs-wasm --kernels softmax --formats float32 --max-elements 4194304';

describe('a campaign of which shards are missing', () => {
  test('is told how much is there, and the commands of the others', () => {
    expect(told(runWith(shard(1)), runWith(shard(3)))).toEqual([
      'covered 67.0 % of 100 cases, missing shard 2/3 of seed 7',
      `shard 2/3 of seed 7: npx logitfuzz fuzz --subject from-scratch --seed 7 --runs 100 --shard 2/3 ${asBefore} --shrink-evaluations 2000`,
    ]);
  });

  test('names ten of them, and how many more there are', () => {
    const { missing, more, judged, of } = lacks(runWith(partWith({ number: 3, of: 1_000 }, 1e9)));

    expect(missing.map(({ what }) => what).slice(1, 4)).toEqual(
      [2, 4, 5].map((i) => `shard ${i}/1000 of seed 7`),
    );
    expect([missing.length, more]).toEqual([10, 989]);
    expect([judged, of]).toEqual([41 * 24_576, 1e9]);
  });

  test('asks for none that would have no case', () => {
    expect(lacks(runWith(examplePart({ shard: { number: 1, of: 1e9 } })))).toMatchObject({ more: 89 });
  });

  test('without a bound on cases has no share, and the time that the others had', () => {
    const timed = { budget: { ...exampleRun().budget, runs: null, timeMs: 90_000 } };
    const [line, command] = told(runWith(shard(1, { runs: null, stoppedBy: 'time' }), timed));

    expect(line).toBe('missing shard 2/3 of seed 7, shard 3/3 of seed 7');
    expect(command).toContain(' --seed 7 --time 90000ms --shard 2/3 ');
  });

  test('is nothing where all is there', () => {
    const all = [1, 2, 3].map((number) => runWith(shard(number)));

    expect(told(...all)).toEqual([]);
    expect(lacks(...all)).toEqual({ judged: 100, of: 100, missing: [], more: 0 });
  });
});

describe('a part that is there', () => {
  test('and was interrupted is resumed', () => {
    const part = examplePart({ stoppedBy: 'interrupted', covers: [{ from: 0, to: 5, step: 1 }], cases: 5 });

    expect(told(runWith(part))).toEqual([
      'covered 5.0 % of 100 cases, missing the rest of shard 1/1 of seed 7, which was interrupted after 5 of 100 cases',
      'the rest of shard 1/1 of seed 7, which was interrupted after 5 of 100 cases: npx logitfuzz fuzz --resume reports/runs/a',
    ]);
  });

  test('or by the queue that it was judged through, whose URL nobody has noted', () => {
    const part = examplePart({ stoppedBy: 'interrupted', covers: [{ from: 0, to: 5, step: 1 }], cases: 5 });
    const machines = [{ node: 'v20.20.0', v8: '11.3', platform: 'linux x64', cpu: 'A', names: ['one'] }];

    expect(lacks(runWith(part, { machines })).missing[0]!.command).toBe(
      'npx logitfuzz fuzz --resume reports/runs/a --queue URL',
    );
  });

  test('and that its time has ended is told of, without a command', () => {
    const part = partWith({ number: 1, of: 1 }, 400_000, [3], { stoppedBy: 'time' });

    expect(told(runWith(part))).toEqual([
      'covered 93.8 % of 400000 cases, missing the rest of shard 1/1 of seed 7, which was stopped by time after 375424 of 400000 cases',
    ]);
  });

  test('without blocks that nobody has survived lacks these', () => {
    const shards = [1, 2].map((number) =>
      runWith(partWith({ number, of: 2 }, 1e9, number === 2 ? [17, 40_001] : [])),
    );

    const { missing, judged } = lacks(...shards);

    expect(missing.map(({ what }) => what)).toEqual(['block 17 of seed 7', 'block 40001 of seed 7']);
    expect(missing[0]!.command).toContain(` --runs 1000000000 --shard 18/${blockCount(1e9)} `);
    expect(judged).toBe(1e9 - 2 * 24_576);
  });

  test('is resumed where its own run says what it has lost, until somebody else has judged that', () => {
    const lost = { lost: [{ from: 5, to: 12 * 24_576, step: 12 }] };
    const most = runWith(partWith({ number: 1, of: 1 }, 3e8, [5], lost));
    const again = runWith(partWith({ number: 6, of: blockCount(3e8) }, 3e8));

    expect(told(most)).toEqual([
      'covered 99.9 % of 300000000 cases, missing 24576 lost cases of shard 1/1 of seed 7',
      '24576 lost cases of shard 1/1 of seed 7: npx logitfuzz fuzz --resume reports/runs/a',
    ]);
    expect(told(most, again)).toEqual([]);
  });

  test('nor do these parts of a deal of their own hide a block that is still missing', () => {
    const most = runWith(partWith({ number: 1, of: 1 }, 1e9, [17, 19]));
    const again = runWith(partWith({ number: 18, of: blockCount(1e9) }, 1e9));

    expect(lacks(most, again).missing.map(({ what }) => what)).toEqual(['block 19 of seed 7']);
    expect(told(most, again)[0]).toBe('covered 99.9 % of 1000000000 cases, missing block 19 of seed 7');
  });
});

test('the command is that of the campaign: a gate, a search, a module, kernels that are fewer than the operations say', () => {
  const { budget } = exampleRun();
  const gate = lacks(runWith(shard(1), { command: 'gate' }));
  const search = lacks(runWith(shard(1), { budget: { ...budget, maximize: true, maxFindings: 3 } }));
  const module = { name: 'mine', version: '1', module: './my kernels.ts' };
  const other = lacks(
    runWith(shard(1), { subject: module, operations: ['softmax', 'logSumExp'], references: [] }),
  );

  expect(gate.missing[0]!.command).toContain('npx logitfuzz gate --subject from-scratch ');
  expect(search.missing[0]!.command).toMatch(/ --runs 102400 .* --max-findings 3 .* --maximize error$/);
  expect(other.missing[0]!.command).toContain("--subject './my kernels.ts' ");
  expect(other.missing[0]!.command).toContain('--references none --operations softmax,logSumExp ');
});
