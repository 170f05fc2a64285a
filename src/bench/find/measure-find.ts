/** Has processes of their own look for planted mutants. Keeps no record: see find-record.ts. */
import { spawnSync } from 'node:child_process';
import { defaultPython } from '../../connect/python.ts';
import { InfrastructureError } from '../../contract/failure.ts';
import { flagsOfWorker } from '../../worker/fork-worker.ts';
import { answerOf, forkProgram } from '../../worker/one-job.ts';
import type { Alarms, FindJob, FindReply, Search } from './find-job.ts';

export interface Searched {
  readonly searches: readonly Search[];
  readonly alarms: readonly Alarms[];
}

/** Why the loop in Python cannot be measured; null where it can. */
export function pythonMissing(python: string = defaultPython()): string | null {
  const { status, error, stderr } = spawnSync(python, ['-c', 'import hypothesis.extra.numpy'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return `${python} is not there`;
  return status === 0 ? null : `${python}: ${stderr.trim().split('\n').at(-1)}`;
}

/**
 * Where it is the tool, it is started as a worker of a campaign is.
 * @throws InfrastructureError where the process fails.
 */
export async function searchInProcess(job: FindJob): Promise<Searched> {
  const flags = job.kind === 'tool' ? flagsOfWorker({ hasSpareCore: true }) : [];
  const child = forkProgram('bench/find/find-worker', { execArgv: [...process.execArgv, ...flags] });
  const reply = await answerOf<FindJob, FindReply>(child, { job, what: 'a process that looks for mutants' });
  if (reply.kind === 'searched') return reply;
  throw new InfrastructureError(`looking for mutants failed: ${reply.stack || reply.message}`);
}
