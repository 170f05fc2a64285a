/** A process of its own for one job of `bench`. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { InfrastructureError } from '../contract/failure.ts';
import type { BenchJob, BenchReply } from './bench-job.ts';
import type { Rate } from './rate.ts';

/** `flags` are V8's. */
export async function rateIn(job: BenchJob, flags: readonly string[] = []): Promise<Rate> {
  const reply = await inProcess(job, flags);
  if (reply.kind !== 'rate') throw new Error(`a process answered ${reply.kind}, not a rate`);
  return reply.rate;
}

/** What the job's process prints is thrown away: the native libraries of the references do. */
export function inProcess(
  job: BenchJob,
  flags: readonly string[] = [],
): Promise<Exclude<BenchReply, { kind: 'failed' }>> {
  const child = fork(workerEntry(), [], {
    execArgv: [...process.execArgv, ...flags],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      const reply = message as BenchReply;
      if (reply.kind !== 'failed') return resolve(reply);
      reject(Object.assign(new Error(`the benchmark failed: ${reply.message}`), { stack: reply.stack }));
    });
    child.once('exit', (code, signal) =>
      reject(new InfrastructureError(`the benchmark's process ended with ${signal ?? code}`)),
    );
    child.once('error', reject);
    child.send(job, () => undefined);
  });
}

/** The compiled one, also from source. */
function workerEntry(): string {
  const here = import.meta.url.endsWith('.ts')
    ? '../../dist/src/bench/bench-worker.js'
    : '../bench/bench-worker.js';
  return fileURLToPath(new URL(here, import.meta.url));
}
