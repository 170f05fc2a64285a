/** What a process that measures is to judge: a campaign without end, of which nothing is kept. */
import { kernelNames, operations } from '../contract/subject.ts';
import { defaultMaxElements } from '../generate/shape.ts';
import type { WorkerSetup } from '../worker/protocol.ts';

/** What `fuzz` draws where no option says another thing. */
export const drawnByDefault: Pick<WorkerSetup, 'halves' | 'kernels' | 'maxElements'> = {
  halves: 'as-declared',
  kernels: { among: kernelNames },
  maxElements: defaultMaxElements,
};

/** All kernels, no references, nothing shrunk; `own` is what differs. */
export function unwatchedSetup(
  own: Pick<WorkerSetup, 'subject' | 'seed' | 'formats'> & Partial<WorkerSetup>,
): WorkerSetup {
  return {
    references: [],
    corpus: [],
    operations,
    runs: null,
    shard: { number: 1, of: 1 },
    rssLimitMb: Infinity,
    shrinkEvaluations: 0,
    maximize: false,
    ...own,
  };
}
