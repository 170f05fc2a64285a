/** A process that looks for planted mutants, so that what it spends is spent on that alone. */
import { mutants } from '../score/mutants/mutants.ts';
import { findByLoops } from './find/find-by-loops.ts';
import { findByPython } from './find/find-by-python.ts';
import { findByTool } from './find/find-by-tool.ts';
import { protectNumerics } from '../subjects/protect-numerics.ts';
import { muteOutput } from '../subjects/watch-output.ts';
import type { FindJob, FindReply } from './find/find-job.ts';

async function perform(job: FindJob): Promise<FindReply> {
  switch (job.kind) {
    case 'tool': {
      const mutant = mutants.find(({ name }) => name === job.mutant)!;
      return { kind: 'searched', searches: [await findByTool(mutant, job)], alarms: [] };
    }
    case 'loops':
      return { kind: 'searched', ...(await findByLoops(named(job.mutants), job)) };
    case 'python':
      return { kind: 'searched', ...(await findByPython(named(job.mutants), job)) };
  }
}

function named(names: readonly string[]): typeof mutants {
  return mutants.filter(({ name }) => names.includes(name));
}

muteOutput();
protectNumerics();
process.once('message', (job) => {
  perform(job as FindJob)
    .catch((error: unknown): FindReply => ({
      kind: 'failed',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }))
    .then((reply) => process.send!(reply, () => process.disconnect()))
    .catch(() => (process.exitCode = 70)); // EX_SOFTWARE: nobody is left to be told
});
