/** No fault, but every way of dealing a campaign to machines: it ends as the undivided one. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobLike, QueueLike } from '../../src/queue/libraries.ts';
import { jobsQueue } from '../../src/queue/names.ts';
import { check, endsWhole, endsWith, type Row } from './row.ts';
import type { Stage } from './stage.ts';

const withReferences = 'tfjs-cpu,tfjs-wasm';

export const dealRows: readonly Row[] = [undefined, withReferences].flatMap((references) => [
  ...[1, 2, 7].map((number) => dealtTo(number, references)),
  {
    name: `seven workers${suffix(references)}: three join late, two leave early`,
    ...(references === undefined ? {} : { references }),
    async act(stage: Stage) {
      await stage.serve();
      const coordinator = stage.coordinator();
      const early = [stage.worker(), stage.worker(), stage.worker(), stage.worker()];
      await stage.midway();
      await early[0]!.kill('SIGTERM');
      const late = [stage.worker(), stage.worker()];
      await stage.midway(4_000);
      await early[1]!.kill('SIGTERM');
      late.push(stage.worker());
      const happened = await endsWhole(stage, coordinator);
      for (const worker of [...early, ...late]) await endsWith(worker, 0, 'a worker');
      return happened;
    },
  },
  {
    name: `every job is delivered twice${suffix(references)}`,
    ...(references === undefined ? {} : { references }),
    async act(stage: Stage) {
      await stage.serve();
      const coordinator = stage.coordinator();
      const workers = [stage.worker(), stage.worker()];
      const twice = deliverTwice(stage);
      const happened = await endsWhole(stage, coordinator);
      const count = await twice.stop();
      for (const worker of workers) await endsWith(worker, 0, 'a worker');
      check(count >= 6, `only ${count} jobs were delivered a second time`);
      return `${happened}; ${count} jobs a second time`;
    },
  },
]);

function suffix(references: string | undefined): string {
  return references === undefined ? '' : ` with ${references}`;
}

function dealtTo(number: number, references: string | undefined): Row {
  const who = number === 1 ? 'one worker' : `${number} workers`;
  return {
    name: `${who} from the start${suffix(references)}`,
    ...(references === undefined ? {} : { references }),
    async act(stage) {
      await stage.serve();
      const coordinator = stage.coordinator();
      const workers = Array.from({ length: number }, () => stage.worker());
      const happened = await endsWhole(stage, coordinator);
      for (const worker of workers) await endsWith(worker, 0, 'a worker');
      return happened;
    },
  };
}

/** Puts each job into the queue once more when it is done. */
function deliverTwice({ server, keys }: Stage): { stop(): Promise<number> } {
  const { Queue } = server.libraries.bullmq;
  const queue: QueueLike = new Queue(jobsQueue, { connection: server.redis, prefix: keys.prefix });
  const seen = new Map<string, JobLike>();
  const again = new Set<string>();
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      for (const job of await queue.getJobs(['waiting', 'active']))
        if (job?.id !== undefined) seen.set(job.id, job);
      for (const [id, { name, data }] of seen) {
        if (isOver || again.has(id) || name !== 'judge') continue;
        if ((await queue.getJobState(id)) !== 'unknown') continue;
        again.add(id);
        await queue.add(name, data, { jobId: id, removeOnComplete: true });
      }
      await sleep(50);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await watching;
      await queue.obliterate({ force: true }); // what came after the end
      await queue.close();
      return again.size;
    },
  };
}
