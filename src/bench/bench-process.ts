/** A process of its own for one job of `bench`. */
import { answerOf, forkProgram } from '../worker/one-job.ts';
import type { BenchJob, BenchReply } from './bench-job.ts';
import type { Rate } from './rate.ts';

/** `flags` are V8's. */
export async function rateIn(job: BenchJob, flags: readonly string[] = []): Promise<Rate> {
  const reply = await inProcess(job, flags);
  if (reply.kind !== 'rate') throw new Error(`a process answered ${reply.kind}, not a rate`);
  return reply.rate;
}

export async function inProcess(
  job: BenchJob,
  flags: readonly string[] = [],
): Promise<Exclude<BenchReply, { kind: 'failed' }>> {
  const child = forkProgram('bench/bench-worker', { execArgv: [...process.execArgv, ...flags] });
  const reply = await answerOf<BenchJob, BenchReply>(child, { job, what: "the benchmark's process" });
  if (reply.kind !== 'failed') return reply;
  throw Object.assign(new Error(`the benchmark failed: ${reply.message}`), { stack: reply.stack });
}
