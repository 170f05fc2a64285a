/** A process that looks for planted mutants, so that what it spends is spent on that alone. */
import { mutants } from '../../score/mutants/mutants.ts';
import { findByLoops } from './find-by-loops.ts';
import { findByPython } from './find-by-python.ts';
import { findByTool } from './find-by-tool.ts';
import { protectNumerics } from '../../subjects/protect-numerics.ts';
import { muteOutput } from '../../subjects/watch-output.ts';
import { answerOneJob } from '../../worker/one-job.ts';
import type { FindJob, FindReply } from './find-job.ts';

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
answerOneJob(perform);
