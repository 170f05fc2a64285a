import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { planFileSchema } from '../campaign/plan-file.ts';
import { toStored } from '../campaign/progress.ts';
import { stateOf, type State } from '../campaign/state.ts';
import { blockLength, blocksOf, lengthOf, type Range } from '../examine/range.ts';
import { emptyTally } from '../examine/tally.ts';
import {
  accept,
  acceptFindings,
  coordinationOf,
  expectBegun,
  handOutAnew,
  dueJobs,
  giveUp,
  judgeJob,
  refuse,
  type Coordination,
} from './coordination.ts';
import type { JudgedBody } from './message.ts';

const { plan } = planFileSchema.parse(
  JSON.parse(readFileSync('src/campaign/fixtures/killed-at-ab62154/plan.json', 'utf8')),
);

function coordination(runs: number, jobSeconds = 60): Coordination {
  const state: State = stateOf(
    { ...plan, runs, timeMs: null, seed: '7', shard: { number: 1, of: 1 } },
    {},
    { journalFolder: '', resumption: null, startWorker: () => Promise.reject(new Error('none is started')) },
  );
  state.participants = { subject: { name: 'mine', version: '1', kernels: [] }, references: [] };
  return coordinationOf(state, { jobSeconds });
}

function casesIn(ranges: readonly Range[]): number {
  return ranges.reduce((sum, range) => sum + lengthOf(range), 0);
}

/** What a machine says of a job that it has done, all but what it leaves. */
function judged(ranges: readonly Range[], change: Partial<JudgedBody> = {}): JudgedBody {
  const { left = [] } = change;
  const cases =
    casesIn(ranges) - left.reduce((sum, { from, to, step }) => sum + Math.ceil((to - from) / step), 0);
  return {
    kind: 'judged',
    tally: { ...emptyTally(), cases },
    sightings: [],
    findings: [],
    before: [],
    losses: 0,
    lastBreak: null,
    workersDied: 0,
    unstacked: [],
    left,
    seconds: 10,
    ...change,
  };
}

const two = { slots: 2, leftSeconds: null };

describe('what is handed out', () => {
  test('begins with four jobs of one block each, and grows as results come', () => {
    const c = coordination(100 * 12 * blockLength);
    const first = dueJobs(c, { slots: 10, leftSeconds: null });
    expect(first.map(({ ranges }) => ranges.length)).toEqual([1, 1, 1, 1]);
    expect(dueJobs(c, two)).toEqual([]);

    accept(c, first[0]!.id, judged(first[0]!.ranges, { seconds: blockLength / 4_500 }));
    const second = dueJobs(c, { slots: 7, leftSeconds: null });
    expect(second).toHaveLength(4); // what came back, and three more, since it describes nothing
    expect(second[0]!.ranges).toHaveLength(11); // 60 seconds at 4,500 cases a second are 10.99 blocks
  });

  test.each([
    { cases: 690, jobSeconds: 60, blocks: 2 }, // 1.68 blocks
    { cases: 600, jobSeconds: 60, blocks: 1 }, // 1.46
    { cases: 1_000, jobSeconds: 90, blocks: 4 }, // 3.66
    { cases: 725, jobSeconds: 120, blocks: 3 }, // 3.54: four were 136 seconds
  ])('a job of $jobSeconds s at $cases cases a second is $blocks blocks', ({ cases, jobSeconds, blocks }) => {
    const c = coordination(1_000 * 12 * blockLength, jobSeconds);
    c.pace = cases;
    c.windowMax = 10;
    const [job] = dueJobs(c, { slots: 10, leftSeconds: null });
    expect(job!.ranges).toHaveLength(blocks);
  });

  test('has jobs of one block as long as there are slots without work', () => {
    const c = coordination(1_000 * 12 * blockLength);
    const [job] = dueJobs(c, { slots: 8, leftSeconds: null });
    accept(c, job!.id, judged(job!.ranges, { seconds: blockLength / 4_500 }));
    expect(dueJobs(c, { slots: 8, leftSeconds: null }).map(({ ranges }) => ranges.length)).toEqual([
      1, 1, 1, 1,
    ]);
  });

  test('a job has an end where the campaign has none, however fast somebody says that he is', () => {
    const c = coordination(60_000);
    c.state.plan = { ...c.state.plan, runs: null };
    const endless = {
      ...c,
      state: { ...c.state, blocks: blocksOf(null, { number: 1, of: 1 }) },
      windowMax: 10,
    };
    endless.pace = 1e300;
    const [job] = dueJobs(endless, { slots: 1, leftSeconds: null });
    expect(job!.ranges).toHaveLength(4_096); // as many as a machine takes
  });

  test('a result that describes what it has seen lets in one job more, and not three', () => {
    const c = coordination(100 * 12 * blockLength);
    const [job] = dueJobs(c, { slots: 10, leftSeconds: null });
    const finding = { ...exampleFinding(), seed: c.state.plan.seed, index: job!.ranges[0]!.from };
    const { signature, index } = finding;
    accept(
      c,
      job!.id,
      judged(job!.ranges, { findings: [finding], sightings: [{ signature, count: 1, lowestIndex: index }] }),
    );
    expect(dueJobs(c, { slots: 10, leftSeconds: null })).toHaveLength(2);
  });

  test('a job takes at most a quarter of what remains for each slot, and of the time that is left', () => {
    const c = coordination(12 * blockLength);
    c.pace = 1e6;
    const jobs = dueJobs(c, { slots: 1, leftSeconds: null });
    let remains = 12 * blockLength;
    for (const { ranges } of jobs) {
      expect(casesIn(ranges)).toBeLessThanOrEqual(Math.max(blockLength, remains / 4));
      remains -= casesIn(ranges);
    }
    const late = coordination(1_000 * 12 * blockLength);
    late.pace = 10_000;
    const [job] = dueJobs(late, { slots: 1, leftSeconds: 20 });
    expect(casesIn(job!.ranges)).toBeLessThanOrEqual(20 * 0.25 * 10_000);
  });

  test('every case is in one job, whatever comes back in which order, in part or not at all', () => {
    const runs = 3 * 12 * blockLength + 777;
    const c = coordination(runs, 1);
    let counted = 0;
    for (let i = 0; ; i++) {
      const jobs = dueJobs(c, two);
      if (jobs.length === 0 && c.state.inFlight.size === 0) break;
      for (const { id, ranges } of i % 2 === 0 ? jobs : jobs.toReversed()) {
        const [head] = ranges;
        const middle = head!.from + head!.step * 100;
        const left =
          i % 3 === 0 && middle < head!.to
            ? [toStored({ ...head!, from: middle }), ...ranges.slice(1).map(toStored)]
            : [];
        const body = judged(ranges, { left });
        counted += body.tally.cases;
        expect(accept(c, id, body).kind).toBe('absorbed');
        expect(accept(c, id, body).kind).toBe('duplicate');
      }
      if (i > 2_000) throw new Error('it does not end');
    }
    expect(counted).toBe(runs);
    expect(c.state.gathered.tally.cases).toBe(runs);
  });
});

describe('what is taken back', () => {
  const finding = exampleFinding({ signature: 's', index: 24, seed: '7' });
  const sighting = { signature: 's', count: 2, lowestIndex: 24 };

  test('a signature that was seen comes with its finding, or one of a lower index is kept', () => {
    const c = coordination(60_000);
    const [a, b, d] = dueJobs(c, two);
    const refused = accept(c, a!.id, judged(a!.ranges, { sightings: [sighting] }));
    expect(refused).toEqual({ kind: 'refused', why: 'it has seen s in case 24, and has no finding of it' });
    expect(c.state.gathered.tally.cases).toBe(0);
    expect(accept(c, a!.id, judged(a!.ranges, { sightings: [sighting], findings: [finding] })).kind).toBe(
      'absorbed',
    );
    const later = { ...sighting, lowestIndex: 25 };
    expect(accept(c, b!.id, judged(b!.ranges, { sightings: [later] })).kind).toBe('absorbed');
    const earlier = { ...sighting, lowestIndex: 3 };
    expect(accept(c, d!.id, judged(d!.ranges, { sightings: [earlier] })).kind).toBe('refused');
  });

  test('findings may come ahead of their counts, and are kept', () => {
    const c = coordination(60_000);
    const [a] = dueJobs(c, two);
    acceptFindings(c, 'somebody else', [finding]);
    expect(c.state.gathered.findings.size).toBe(0);
    acceptFindings(c, a!.id, [finding]);
    expect(accept(c, a!.id, judged(a!.ranges, { sightings: [sighting] })).kind).toBe('absorbed');
    expect(c.state.gathered.findings.get('s')?.index).toBe(24);
  });

  test.each([
    [
      'counts',
      (body: JudgedBody) => ({ ...body, tally: { ...body.tally, cases: body.tally.cases - 1 } }),
      'it counts',
    ],
    [
      'cases of another job',
      (body: JudgedBody) => ({ ...body, left: [toStored({ ...range, from: 7, to: 19, step: 12 })] }),
      'it leaves the cases from 7',
    ],
    [
      'cases that are left twice',
      (body: JudgedBody) => ({
        ...body,
        tally: { ...body.tally, cases: body.tally.cases - 300 },
        left: [toStored({ ...range, to: 2_400 }), toStored({ ...range, from: 1_200, to: 2_400 })],
      }),
      'it leaves the cases from 1200 twice',
    ],
    [
      'another seed',
      (body: JudgedBody) => ({ ...body, findings: [exampleFinding({ seed: '8' })] }),
      'it has findings of another seed',
    ],
  ])('a forged result is refused: %s', (_, forge, why) => {
    const c = coordination(60_000);
    const [a] = dueJobs(c, two);
    const answer = accept(c, a!.id, forge(judged(a!.ranges)));
    expect(answer).toMatchObject({ kind: 'refused', why: expect.stringContaining(why) as string });
    expect(c.state.inFlight.has(a!.id)).toBe(true);
    expect(c.state.gathered.tally.cases).toBe(0);
  });

  test('what is left of no cases is asked no more', () => {
    const c = coordination(60_000);
    const [a] = dueJobs(c, two);
    const left = [toStored({ ...range, from: 2_400, to: 2_400 })];
    expect(accept(c, a!.id, judged(a!.ranges, { left })).kind).toBe('absorbed');
    expect(c.state.requeued).toEqual([]);
  });

  const range: Range = {
    from: 0,
    to: 60_000,
    step: 12,
    mode: { participants: 'all', pace: 'covered', shrink: true },
  };
});

describe('what does not come back', () => {
  test('one of several ranges is asked alone, and a single one is lost, and pending for whoever resumes', () => {
    const c = coordination(100 * 12 * blockLength);
    c.pace = blockLength;
    c.windowMax = 1;
    const [job] = dueJobs(c, { slots: 1, leftSeconds: 12 });
    expect(job!.ranges).toHaveLength(3);
    expect(giveUp(c, job!.id)).toEqual([]);
    c.windowMax = 3;
    const alone = dueJobs(c, two);
    expect(alone.map(({ ranges }) => ranges)).toEqual(job!.ranges.map((range) => [range]));
    expect(giveUp(c, alone[1]!.id)).toEqual(alone[1]!.ranges);
    expect(c.state.lost).toEqual(alone[1]!.ranges);
    expect(giveUp(c, alone[1]!.id)).toEqual([]);
    expect(c.state.lost).toHaveLength(1);
  });

  test('a job whose result cannot be used three times is given up', () => {
    const c = coordination(60_000);
    const [a] = dueJobs(c, two);
    expect(refuse(c, a!.id, 'torn').kind).toBe('refused');
    expect(refuse(c, a!.id, 'torn').kind).toBe('refused');
    expect(c.state.inFlight.has(a!.id)).toBe(true);
    expect(refuse(c, a!.id, 'torn').kind).toBe('refused');
    expect(c.state.inFlight.has(a!.id)).toBe(false);
    expect(c.state.lost).toEqual(a!.ranges);
    expect(refuse(c, a!.id, 'torn').kind).toBe('duplicate');
  });
});

test('a job says which stacks of its blocks have killed a worker, and of no others', () => {
  const c = coordination(60_000);
  const [a, b] = dueJobs(c, two);
  accept(c, a!.id, judged(a!.ranges, { unstacked: [[1, ['k']]], left: [] }));
  expect(judgeJob(c, 'run', b!.ranges).unstacked).toEqual([[1, ['k']]]);
  expect(judgeJob(c, 'run', a!.ranges).unstacked).toEqual([]);
});

test('whoever resumes takes what came back of what was begun, once, and hands out the rest', () => {
  const before = coordination(60_000);
  const [a, b] = dueJobs(before, two);
  const c = coordination(60_000);
  c.state.requeued.push(...a!.ranges, ...b!.ranges);
  expectBegun(c);
  expect(accept(c, a!.id, judged(a!.ranges)).kind).toBe('absorbed');
  expect(accept(c, a!.id, judged(a!.ranges)).kind).toBe('duplicate');
  handOutAnew(c);
  expect(c.state.gathered.tally.cases).toBe(casesIn(a!.ranges));
  expect(accept(c, b!.id, judged(b!.ranges)).kind).toBe('duplicate');
  expect(dueJobs(c, two)[0]).toEqual(b);
});
