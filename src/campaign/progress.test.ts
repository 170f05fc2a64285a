/**
 * What progress.json says, in the words it has had since
 * commit ab62154, and that a run killed then is resumed.
 */
// @module-tag processes
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadFindings } from '../archive/finding-file.ts';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { runCampaign } from './campaign.ts';
import type { Resumption } from './observers.ts';
import { planFileSchema } from './plan-file.ts';
import { fromStored, progressSchema, rangeSchema, toStored } from './progress.ts';
import { stateOf } from './state.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * The progress of a run that the code of commit ab62154 began and that was then killed:
 * `fuzz --seed 5 --runs 24`.
 */
const recorded = 'src/campaign/fixtures/killed-at-ab62154';
const read = (name: string): unknown => JSON.parse(readFileSync(join(recorded, name), 'utf8'));
const { plan } = planFileSchema.parse(read('plan.json'));
const progress = progressSchema.parse(read('progress.json'));

test('the booleans that were recorded are a mode, and are written as they were', () => {
  const [range] = progress.pending.map(fromStored);

  expect(range).toEqual({
    from: 12,
    to: 24,
    step: 12,
    mode: { participants: 'all', pace: 'paused', shrink: true },
  });
  expect(JSON.stringify(toStored(range!))).toBe(
    '{"from":12,"to":24,"step":12,"shrink":true,"solo":false,"careful":true}',
  );
});

test('no mode is lost on disk', () => {
  const flags = [true, false];
  const stored = flags.flatMap((shrink) =>
    flags.flatMap((solo) => flags.map((careful) => ({ from: 1, to: 13, step: 12, shrink, solo, careful }))),
  );

  const ranges = stored.map((range) => fromStored(rangeSchema.parse(range)));

  expect(new Set(ranges.map(({ mode }) => JSON.stringify(mode))).size).toBe(8);
  expect(ranges.map(toStored)).toEqual(stored);
});

test('that a range is traced is not kept: the next process finds it out again', () => {
  const traced = { from: 0, to: 12, step: 12, mode: { participants: 'all', pace: 'traced', shrink: true } };

  expect(toStored(traced as Parameters<typeof toStored>[0])).toMatchObject({ careful: false });
});

test('a run that was killed at commit ab62154 goes on to its end, and knows what it had found', async () => {
  const findings = loadFindings(recorded).map(({ finding }) => finding);
  const resumption: Resumption = { progress, findings };

  const result = await runCampaign(plan, {}, folder, resumption);

  const known = findings.map(({ signature }) => signature);
  expect(result).toMatchObject({ stoppedBy: 'runs', tally: { cases: 24 } });
  expect(known).toHaveLength(1);
  expect(result!.findings.map(({ signature }) => signature)).toEqual(expect.arrayContaining(known));
});

test('a run that counted what the ledger knows by signature goes on with one of each reference and entry', () => {
  const old = (kernel: string): string =>
    `1:${kernel}/forward/float32/tfjs-cpu/exact/wrong/nan/-inf/default/last/known=infinite-maximum`;
  const own = '1:softmax/forward/float32/subject/exact/wrong/ulps/finite/default/last';
  const seen = { softmax: { count: 2, lowestIndex: 7 }, logSumExp: { count: 3, lowestIndex: 4 } };
  const resumption: Resumption = {
    progress: {
      ...progress,
      sightings: [
        { signature: old('softmax'), ...seen.softmax },
        { signature: own, count: 1, lowestIndex: 0 },
        { signature: old('logSumExp'), ...seen.logSumExp },
      ],
    },
    findings: [
      exampleFinding({ signature: old('softmax'), index: 7 }),
      exampleFinding({ signature: own, index: 0 }),
      exampleFinding({ signature: old('logSumExp'), index: 4 }),
    ],
  };
  const startWorker = (): Promise<never> => Promise.reject(new Error('none is started'));

  const { gathered } = stateOf(plan, {}, { journalFolder: '', resumption, startWorker });

  const key = 'tfjs-cpu/known=infinite-maximum';
  expect(gathered.sightings.get(key)).toEqual({ signature: key, count: 5, lowestIndex: 4 });
  expect(gathered.findings.get(key)).toMatchObject({ signature: key, index: 4 });
  expect([...gathered.sightings.keys()].sort()).toEqual([own, key]);
  expect([...gathered.findings.keys()].sort()).toEqual([own, key]);
});
