/** How the runs of one subject under a root went, one after the other. Pure. */
import type { RunRecord } from '../../archive/run-record.ts';

export interface TrendPoint {
  readonly run: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly version: string;
  readonly seed: string;
  /** Cases that the subject took, and those of them in which it was off. */
  readonly judged: number;
  readonly diverge: number;
  /** Findings of the subject: wrong and inaccurate. */
  readonly wrong: number;
  readonly inaccurate: number;
  /** Largest error ÷ careful tolerance where it agrees, over its kernels; null where nothing agrees. */
  readonly worstRatio: number | null;
}

/** The runs of that subject, in the order in which they are given: oldest first. */
export function trendOf(runs: readonly RunRecord[], subject: string): readonly TrendPoint[] {
  return runs.filter((run) => run.subject.name === subject).map(pointOf);
}

function pointOf(run: RunRecord): TrendPoint {
  const own = run.findings.filter(({ blame }) => blame === 'subject');
  const ratios = Object.entries(run.worstRatio).filter(([key]) => isOfSubject(run, key));
  return {
    run: run.run,
    startedAt: run.startedAt,
    version: run.subject.version,
    seed: run.seed,
    judged: run.cases - run.verdicts.skip,
    diverge: run.verdicts.diverge,
    wrong: own.filter(({ severity }) => severity === 'wrong').length,
    inaccurate: own.filter(({ severity }) => severity === 'inaccurate').length,
    worstRatio: ratios.length === 0 ? null : Math.max(...ratios.map(([, ratio]) => ratio)),
  };
}

/** A key is `operation/direction/implementation`, and a name may have a slash. */
function isOfSubject({ subject }: RunRecord, key: string): boolean {
  return key.split('/').slice(2).join('/') === subject.name;
}

/** Share of the cases that it took in which it was off; 0 where it took none. */
export function shareOff({ judged, diverge }: TrendPoint): number {
  return judged === 0 ? 0 : diverge / judged;
}
