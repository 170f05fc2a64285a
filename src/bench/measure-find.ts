/** Has processes of their own look for planted mutants. Keeps no record: see find-record.ts. */
import { fork, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { defaultPython } from '../connect/python.ts';
import { InfrastructureError } from '../contract/failure.ts';
import { flagsOfWorker } from '../worker/fork-worker.ts';
import type { Alarms, FindJob, FindReply, Search } from './find/find-job.ts';

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
export function searchInProcess(job: FindJob): Promise<Searched> {
  const child = fork(workerEntry(), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [...process.execArgv, ...(job.kind === 'tool' ? flagsOfWorker({ hasSpareCore: true }) : [])],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      const reply = message as FindReply;
      if (reply.kind === 'searched') return resolve(reply);
      reject(new InfrastructureError(`looking for mutants failed: ${reply.message}`));
    });
    child.once('exit', (code, signal) =>
      reject(new InfrastructureError(`a process that looks for mutants ended with ${signal ?? code}`)),
    );
    child.once('error', reject);
    child.send(job, () => undefined);
  });
}

/** The compiled one, also from source. */
function workerEntry(): string {
  const here = import.meta.url.endsWith('.ts')
    ? '../../dist/src/bench/find-worker.js'
    : '../bench/find-worker.js';
  return fileURLToPath(new URL(here, import.meta.url));
}
