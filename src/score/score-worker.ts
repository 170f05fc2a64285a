/**
 * The process that runs the mutants: what they print is
 * seen and goes nowhere, and a hang is its parent's to end.
 */
import { setImmediate } from 'node:timers/promises';
import { references as loaders } from '../../reference/index.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { muteOutput } from '../subjects/watch-output.ts';
import { answerOneJob } from '../worker/one-job.ts';
import { everyMutant } from './mutants/in-halves.ts';
import { recordOf } from './record-score.ts';
import { runScore } from './run-score.ts';
import type { ScoreJob, ScoreReply } from './score-job.ts';

async function perform(job: ScoreJob): Promise<ScoreReply> {
  const start = performance.now();
  const mutants = everyMutant.filter(({ name }) => job.mutants.includes(name));
  const others = job.oracles.includes('differential') ? await loadEmbedded() : [];
  const results = await runScore(mutants, job, others, (progress) => {
    send({ kind: 'progress', progress });
    return setImmediate(); // or nothing would leave
  });
  return { kind: 'scored', record: recordOf(mutants, job, results, (performance.now() - start) / 1000) };
}

/** Those that come with the package: what everybody can compare with. */
async function loadEmbedded(): Promise<readonly Implementation[]> {
  const loaded: Implementation[] = [];
  for (const loader of loaders.filter(({ embedded }) => embedded)) {
    const reference = await loader.load();
    if (reference.kind === 'missing') throw new Error(`${loader.name} is missing: ${reference.reason}`);
    loaded.push(reference.implementation);
  }
  return loaded;
}

function send(reply: ScoreReply): void {
  process.send!(reply);
}

muteOutput();
answerOneJob(perform);
