/**
 * The coordinator's side of the two queues: jobs out, results in, and what became of a job that nothing came
 * of.
 */
import { jobsQueue, resultsQueue, type KeyNames } from './names.ts';
import type { QueueJob } from './job.ts';
import type { JobLike, QueueLike, WorkerLike } from './libraries.ts';
import type { Server } from './server.ts';
import { attemptsMax, lockMs, stallsMax } from './timing.ts';

export interface JobCounts {
  readonly waiting: number;
  readonly active: number;
  readonly failed: number;
  /** Results that are not taken yet. */
  readonly results: number;
}

export interface Desk {
  /** Those that are there already stay as they are. */
  hand(jobs: readonly { readonly id: string; readonly job: QueueJob }[]): Promise<void>;
  counts(): Promise<JobCounts>;
  /** Whether anybody has the job, or may take it. */
  isThere(id: string): Promise<boolean>;
  /**
   * Jobs that were given up, which are removed: nobody came back with them, or all said that they could not.
   */
  takeFailed(): Promise<readonly { readonly id: string; readonly why: string }[]>;
  /** Takes back what nobody has begun. */
  drain(): Promise<void>;
  /** Removes both queues. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const failedPerLook = 100;

/** `take` is given one result after another, and has it on disk when it returns. */
export async function openDesk(
  server: Server,
  keys: KeyNames,
  take: (data: unknown) => Promise<void>,
): Promise<Desk> {
  const { Queue, Worker } = server.libraries.bullmq;
  const { prefix } = keys;
  const queueOf = (name: string): QueueLike => {
    const queue = new Queue(name, {
      connection: server.redis,
      prefix,
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: {
        attempts: attemptsMax,
        backoff: { type: 'fixed', delay: 1_000 },
        removeOnComplete: true,
        removeOnFail: false,
      },
    });
    return queue.on('error', (error) => server.tell(error));
  };
  const [jobs, results] = [queueOf(jobsQueue), queueOf(resultsQueue)];
  const options = {
    connection: server.connection(),
    prefix,
    concurrency: 1,
    lockDuration: lockMs(process.env),
    stalledInterval: lockMs(process.env) / 2,
    maxStalledCount: stallsMax,
  };
  const taker: WorkerLike = new Worker(resultsQueue, async (job: JobLike) => take(job.data), options);
  server.restWhileRefused(taker);

  return {
    async hand(handed) {
      const added = handed.map(({ id, job }) => ({ name: job.kind, data: job, opts: { jobId: id } }));
      await server.untilAccepted(() => jobs.addBulk(added));
    },
    async counts() {
      const [own, theirs] = await Promise.all([
        jobs.getJobCounts('waiting', 'active', 'delayed', 'failed', 'paused'),
        results.getJobCounts('waiting', 'active', 'delayed', 'paused'),
      ]);
      const { waiting = 0, active = 0, delayed = 0, failed = 0, paused = 0 } = own;
      const untaken = Object.values(theirs).reduce((sum, count) => sum + count, 0);
      return { waiting: waiting + delayed + paused, active, failed, results: untaken };
    },
    async isThere(id) {
      return !['unknown', 'completed'].includes(await jobs.getJobState(id));
    },
    async takeFailed() {
      const failed = await jobs.getFailed(0, failedPerLook - 1);
      const taken: { id: string; why: string }[] = [];
      for (const job of failed) {
        if (job?.id === undefined) continue;
        await job.remove();
        taken.push({ id: job.id, why: job.failedReason ?? 'it was given up' });
      }
      return taken;
    },
    drain: () => jobs.drain(true),
    async clear() {
      await server.closeWorker(taker, { withinMs: 1_000 });
      for (const queue of [jobs, results]) await queue.obliterate({ force: true });
    },
    async close() {
      await server.closeWorker(taker, { withinMs: 1_000 });
      await Promise.all([jobs.close(), results.close()]);
    },
  };
}
