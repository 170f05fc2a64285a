/** A process of its own for one job of a command that measures: how it is started, asked and answers. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { InfrastructureError } from '../contract/failure.ts';
import { packageFolder } from '../contract/package-version.ts';

/**
 * Starts a program by its place in src, such as 'score/score-worker': the compiled one, also where this runs
 * from source or from a bundle. What it prints is thrown away: the native libraries of the references do.
 */
export function forkProgram(
  program: string,
  { execArgv = process.execArgv }: { readonly execArgv?: string[] } = {},
): ChildProcess {
  return fork(join(packageFolder, 'dist', 'src', `${program}.js`), [], {
    execArgv,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

/**
 * The first that the process says of its job; `what` it is, for the error.
 * @throws InfrastructureError where it ends before.
 */
export function answerOf<Job extends object, Reply>(
  child: ChildProcess,
  { job, what }: { readonly job: Job; readonly what: string },
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Reply));
    child.once('exit', (code, signal) =>
      reject(new InfrastructureError(`${what} ended with ${signal ?? code}`)),
    );
    child.once('error', reject);
    child.send(job, () => undefined);
  });
}

export interface Failed {
  readonly kind: 'failed';
  readonly message: string;
  /** '' where what was thrown is no error. */
  readonly stack: string;
}

/** In that process: takes its job, answers it, and lets the process end. */
export function answerOneJob<Job, Reply>(perform: (job: Job) => Promise<Reply>): void {
  process.once('message', (job) => {
    perform(job as Job)
      .catch((error: unknown): Failed => ({
        kind: 'failed',
        message: String(error),
        stack: error instanceof Error ? (error.stack ?? '') : '',
      }))
      .then((reply) => process.send!(reply, () => process.disconnect()))
      .catch(() => (process.exitCode = 70)); // EX_SOFTWARE: nobody is left to be told
  });
}
