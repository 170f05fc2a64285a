/** Has a process of its own score the mutants, and watches it. Judges nothing. */
import type { ChildProcess } from 'node:child_process';
import type { ScoreRecord } from '../archive/score-record.ts';
import { InfrastructureError } from '../contract/failure.ts';
import { forkProgram } from '../worker/one-job.ts';
import type { Progress } from './run-score.ts';
import type { ScoreJob, ScoreReply } from './score-job.ts';

/** Some hundred cases lie between two words of it: whole seconds, never minutes. */
const silenceMaxMs = 300_000;

/** @throws InfrastructureError where its process fails, or says nothing for five minutes. */
export function scoreInProcess(
  job: ScoreJob,
  onProgress: (progress: Progress) => void,
): Promise<ScoreRecord> {
  const child = forkProgram('score/score-worker');
  return listen(child, job, onProgress).finally(() => void child.kill('SIGKILL'));
}

function listen(
  child: ChildProcess,
  job: ScoreJob,
  onProgress: (progress: Progress) => void,
): Promise<ScoreRecord> {
  return new Promise((resolve, reject) => {
    let last: Progress | null = null;
    const fail = (why: string): void => reject(new InfrastructureError(`the score failed: ${why}`));
    const where = (): string =>
      last === null ? 'before the first case' : `${last.stage}, case ${last.cases}`;
    const watchdog = setTimeout(
      () => fail(`a mutant gave no answer for ${silenceMaxMs / 1000} s (${where()})`),
      silenceMaxMs,
    );
    child.on('message', (message) => {
      const reply = message as ScoreReply;
      watchdog.refresh();
      switch (reply.kind) {
        case 'progress':
          last = reply.progress;
          return onProgress(reply.progress);
        case 'scored':
          clearTimeout(watchdog);
          return resolve(reply.record);
        case 'failed':
          clearTimeout(watchdog);
          return fail(reply.stack || reply.message);
      }
    });
    child.once('exit', (code, signal) => {
      clearTimeout(watchdog);
      fail(`its process ended with ${signal ?? code} (${where()})`);
    });
    child.once('error', reject);
    child.send(job, () => undefined);
  });
}
