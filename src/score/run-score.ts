/**
 * The whole score, in this process: every mutant in every
 * column and seed, then the tolerances in use elsewhere.
 */
import type { OracleName } from '../case/verdict.ts';
import { nativeFormats, type Format } from '../float/format.ts';
import type { Implementation } from '../subjects/implementation.ts';
import type { Column } from './evaluate.ts';
import {
  alarmsByRule,
  killsByRule,
  type AlarmsByRule,
  type KillsByRule,
} from './judge-by-other-tolerances.ts';
import type { Mutant } from './mutants/mutant.ts';
import { drawPlainCases } from './plain-cases.ts';
import { caseOf, scoreSeed, type TrialOutcome, type Trial } from './score-seed.ts';

export interface ScorePlan {
  readonly seeds: readonly string[];
  /** Most cases of each seed, and of each kind of input for the tolerances. */
  readonly runs: number;
  /** What the cases are drawn in; default the native formats. */
  readonly formats?: readonly Format[];
  /** The oracles that evaluate alone too. */
  readonly oracles: readonly OracleName[];
  /** Whether the tolerances in use elsewhere are tried. */
  readonly elsewhere: boolean;
}

export interface Progress {
  /** What is being done, in a few words. */
  readonly stage: string;
  readonly cases: number;
  readonly of: number;
}

export interface OtherTolerances {
  readonly plain: KillsByRule;
  readonly own: KillsByRule;
  readonly alarms: AlarmsByRule;
}

export interface ScoreResults {
  /** The outcomes by seed, in their order; within a seed by mutant and column. */
  readonly outcomes: readonly (readonly TrialOutcome[])[];
  readonly elsewhere: OtherTolerances | null;
}

/** Cases between two reports; each of them is a turn of the event loop. */
const reportEvery = 200;

/** `others` are whom the differential oracle compares with. */
export async function runScore(
  mutants: readonly Mutant[],
  plan: ScorePlan,
  others: readonly Implementation[],
  onProgress: (progress: Progress) => void | Promise<void>,
): Promise<ScoreResults> {
  const { seeds, runs, formats = nativeFormats } = plan;
  const report = (stage: string) => (index: number) =>
    index % reportEvery === 0 ? onProgress({ stage, cases: index, of: runs }) : undefined;
  const outcomes: (readonly TrialOutcome[])[] = [];
  for (const seed of seeds) {
    const trials = trialsOf(mutants, plan.oracles, outcomes);
    const onCase = (index: number, alive: number): void | Promise<void> =>
      report(`seed ${seed}, ${alive} of ${trials.length} trials not yet ended by a kill`)(index);
    outcomes.push(await scoreSeed(trials, { seed, runs, formats, others }, onCase));
  }
  if (!plan.elsewhere) return { outcomes, elsewhere: null };
  const seed = seeds[0]!;
  const plainCases = drawPlainCases(runs, Number(BigInt(seed) & 0x7fff_ffffn));
  const plain = await killsByRule(mutants, plainCases, report('tolerances on plain inputs'));
  const own = await killsByRule(mutants, ownCases(seed, runs), report('tolerances on generated cases'));
  const alarms = await alarmsByRule(ownCases(seed, runs), report('tolerances on sound kernels'));
  return { outcomes, elsewhere: { plain, own, alarms } };
}

/** A mutant that one oracle alone did not kill in the first seed is not put to it again: it survives. */
function trialsOf(
  mutants: readonly Mutant[],
  oracles: readonly OracleName[],
  before: readonly (readonly TrialOutcome[])[],
): readonly Trial[] {
  const survived = (mutant: Mutant, column: Column): boolean =>
    before.some((outcomes) =>
      outcomes.some((o) => o.mutant === mutant && o.column === column && o.casesToKill === null),
    );
  const columns: readonly Column[] = ['campaign', ...oracles];
  return mutants.flatMap((mutant) =>
    columns
      .filter((column) => column === 'campaign' || !survived(mutant, column))
      .map((column) => ({ mutant, column })),
  );
}

function* ownCases(seed: string, runs: number): Iterable<ReturnType<typeof caseOf>> {
  for (let index = 0; index < runs; index++) yield caseOf(seed, index);
}
