/** What somebody else writes to the queue, and a subject that takes its machine with it. */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { resultsQueue } from '../../src/queue/names.ts';
import { repository } from '../run.ts';
import { check, endsWhole, endsWith, type Row } from './row.ts';
import { campaignWith, type Stage } from './stage.ts';

/** Bodies that are none. */
const forged: Readonly<Record<string, () => string>> = {
  'no base64': () => '%%%%',
  'no gzip': () => Buffer.from('{"kind":"judged"}').toString('base64'),
  torn: () => gzipSync('{"kind":"judged"}').subarray(0, 20).toString('base64'),
  'no JSON': () => gzipSync('{"kind":').toString('base64'),
  'no result': () => gzipSync('{"kind":"judged","tally":7}').toString('base64'),
  'a bomb of 1 GB': () => gzipSync(Buffer.alloc(2 ** 30)).toString('base64'),
};

/** Adds a result to the results' queue, as a machine would. */
async function send(stage: Stage, data: unknown): Promise<void> {
  const { Queue } = stage.server.libraries.bullmq;
  const queue = new Queue(resultsQueue, { connection: stage.server.connection(), prefix: stage.keys.prefix });
  queue.on('error', () => undefined);
  await queue.add('result', data, { removeOnComplete: true });
  await queue.close();
}

/** Jobs that the coordinator waits for. */
async function pendingJobs(stage: Stage): Promise<readonly string[]> {
  const { Queue } = stage.server.libraries.bullmq;
  const queue = new Queue('jobs', { connection: stage.server.connection(), prefix: stage.keys.prefix });
  queue.on('error', () => undefined);
  const jobs = await queue.getJobs(['active', 'waiting'], 0, 10);
  await queue.close();
  return jobs.flatMap((job) => job?.id ?? []);
}

export const forgeryRows: readonly Row[] = [
  {
    name: 'forged and torn results, of a job that is pending',
    async act(stage) {
      await stage.serve();
      const coordinator = stage.coordinator();
      const workers = [stage.worker(), stage.worker()];
      const { run } = await stage.midway();
      // Two for each job: at the third result that cannot be used a job is given up.
      const jobs = await pendingJobs(stage);
      const bodies = Object.values(forged).slice(0, 2 * jobs.length);
      for (const [i, body] of bodies.entries())
        await send(stage, { run, job: jobs[Math.floor(i / 2)], body: body() });
      for (const data of [null, 7, { run, job: 'none' }, { run: 'another', job: 'x', body: '' }])
        await send(stage, data);
      const happened = await endsWhole(stage, coordinator);
      for (const worker of workers) await endsWith(worker, 0, 'a worker');
      return `${happened}; ${bodies.length + 4} forgeries`;
    },
  },
  {
    name: 'a result of 64 MB',
    async act(stage) {
      await stage.serve();
      const coordinator = stage.coordinator();
      const worker = stage.worker();
      const { run } = await stage.midway();
      const [job] = await pendingJobs(stage);
      await send(stage, { run, job, body: 'A'.repeat(64 * 2 ** 20) });
      const happened = await endsWhole(stage, coordinator);
      await endsWith(worker, 0, 'the worker');
      return happened;
    },
  },
  {
    name: 'a job that is none',
    async act(stage) {
      await stage.serve();
      const coordinator = stage.coordinator();
      const { run } = await stage.begun();
      const { Queue } = stage.server.libraries.bullmq;
      const queue = new Queue('jobs', { connection: stage.server.connection(), prefix: stage.keys.prefix });
      const module = join(repository, 'src/cli/fixtures/kills-its-supervisor.mjs');
      for (const data of [
        7,
        { kind: 'judge', run, ranges: [], module },
        { kind: 'judge', run, ranges: [{ from: 1, to: 2, step: 1 }], unstacked: [] },
      ])
        await queue.add('job', data, { lifo: true });
      await queue.close();
      const worker = stage.worker();
      const happened = await endsWhole(stage, coordinator);
      await endsWith(worker, 0, 'the worker');
      return happened;
    },
  },
  {
    name: 'a subject that kills its machine in one block',
    async act(stage) {
      await stage.serve();
      const coordinator = stage.coordinator('--operations', 'softmax');
      const poison = join(repository, 'src/cli/fixtures/kills-its-supervisor.mjs');
      let died = 0;
      let isOver = false;
      const keepOne = async (): Promise<void> => {
        while (!isOver) {
          const { signal } = await stage.start(['worker', poison, '--workers', '1', '--until-ended']).ended;
          if (signal === 'SIGKILL') died++;
          else return;
        }
      };
      const fleet = [keepOne(), keepOne()];
      const ended = await endsWith(coordinator, 3, 'the coordinator');
      isOver = true;
      await Promise.all(fleet);
      const { cases, lost } = stage.runOf(ended) as { cases: number; lost?: readonly unknown[] };
      check((lost ?? []).length > 0, 'no lost range is named in the summary');
      const runs = Number(campaignWith('none')[1]);
      check(cases < runs && cases >= runs / 2, `${cases} of ${runs} cases were judged`);
      return `exit 3, ${cases} cases, lost ${JSON.stringify(lost)}; ${died} workers died`;
    },
  },
  {
    name: 'a worker of another version',
    async act(stage) {
      await stage.serve();
      // As a coordinator of that version would have written it.
      await stage.server.redis.set(
        stage.keys.record,
        JSON.stringify({ schemaVersion: 1, run: 'r', tool: '9.9.9' }),
      );
      const { stderr } = await endsWith(stage.worker(), 2, 'the worker of another version');
      check(/9\.9\.9/.test(stderr), `it says: ${stderr}`);
      await stage.server.redis.del(stage.keys.record);
      const coordinator = stage.coordinator();
      const worker = stage.worker();
      const happened = await endsWhole(stage, coordinator);
      await endsWith(worker, 0, 'the other worker');
      return `${happened}; said: ${stderr.trim().split('\n').at(-1)!.slice(0, 160)}`;
    },
  },
];
