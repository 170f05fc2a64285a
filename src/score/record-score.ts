/**
 * Outcomes → the record: medians over the seeds, groups, and what each oracle and each tolerance is worth.
 */
import type {
  CasesToKill,
  GroupScore,
  KillStatistics,
  MutantScore,
  OracleScore,
  OracleWorth,
  ScoreRecord,
  ToleranceWorth,
} from '../archive/score-record.ts';
import { oracleNames, type OracleName } from '../case/verdict.ts';
import { isHalf } from '../float/format.ts';
import { packageVersion } from '../contract/package-version.ts';
import { generatorVersion } from '../generate/generate-case.ts';
import type { Column } from './evaluate.ts';
import { rules } from './judge-by-other-tolerances.ts';
import { mutantClasses, type Mutant } from './mutants/mutant.ts';
import { groupOf, statisticsOf } from './quantile.ts';
import type { OtherTolerances, ScorePlan, ScoreResults } from './run-score.ts';
import type { TrialOutcome } from './score-seed.ts';

/** The tolerance on plain inputs that a subtle mutant passes. */
const subtleBy = 'tfjs';

export function recordOf(
  mutants: readonly Mutant[],
  plan: ScorePlan,
  { outcomes, elsewhere }: ScoreResults,
  seconds: number,
): ScoreRecord {
  const all = outcomes.flat();
  const scores = mutants.map((mutant, place) => mutantScore(mutant, place, plan, all, elsewhere));
  const campaign = scores.map(statisticsOfCampaign);
  const subtle = campaign.filter((_, place) => scores[place]!.isSubtle === true);
  return {
    schemaVersion: 1,
    command: 'score',
    exitCode: scores.every(({ killed }) => killed) ? 0 : 1,
    tool: packageVersion,
    generatorVersion,
    node: process.version,
    seeds: plan.seeds,
    runs: plan.runs,
    ...(plan.formats === undefined ? {} : { formats: plan.formats }),
    seconds,
    mutants: scores,
    classes: classesOf(scores),
    overall: groupOf('all', campaign),
    subtle: elsewhere === null ? null : groupOf('subtle', subtle),
    oracles: plan.oracles.map((oracle) => worthOf(oracle, scores, all)),
    tolerances: elsewhere === null ? [] : tolerancesOf(elsewhere),
  };
}

function mutantScore(
  mutant: Mutant,
  place: number,
  { oracles, formats }: ScorePlan,
  all: readonly TrialOutcome[],
  elsewhere: OtherTolerances | null,
): MutantScore {
  const own = all.filter((outcome) => outcome.mutant === mutant);
  const campaign = own.filter(({ column }) => column === 'campaign');
  const { killedSeeds, median, percentile90, perSeed } = statisticsIn(own, 'campaign');
  const { name, change, seen, isGradient } = mutant;
  const isOfHalves = formats?.some(isHalf) ?? false;
  return {
    name,
    class: mutant.class,
    change,
    seen,
    isGradient,
    isSubtle: elsewhere === null ? null : elsewhere.plain.get(subtleBy)![place] === null,
    killed: killedSeeds === perSeed.length,
    casesToKill: median,
    casesToKillPercentile90: percentile90,
    perSeed,
    ...(isOfHalves ? { casesToWrong: campaign.map(({ casesToWrong }) => casesToWrong) } : {}),
    inconclusive: campaign.reduce((sum, { inconclusive }) => sum + inconclusive, 0),
    oracles: oracleNames.map((oracle): OracleScore => ({
      oracle,
      first: campaign.filter((outcome) => outcome.oracles[0] === oracle).length,
      also: campaign.filter((outcome) => outcome.oracles.indexOf(oracle) > 0).length,
      alone: oracles.includes(oracle) ? statisticsIn(own, oracle) : null,
    })),
    elsewhere: elsewhere === null ? {} : killsElsewhere(elsewhere, place),
  };
}

function statisticsIn(outcomes: readonly TrialOutcome[], column: Column): KillStatistics {
  return statisticsOf(
    outcomes.filter((outcome) => outcome.column === column).map(({ casesToKill }) => casesToKill),
  );
}

function killsElsewhere({ plain, own }: OtherTolerances, place: number): MutantScore['elsewhere'] {
  return Object.fromEntries(
    rules.map(({ name }) => [name, { plain: plain.get(name)![place]!, own: own.get(name)![place]! }]),
  );
}

function statisticsOfCampaign({ perSeed }: MutantScore): KillStatistics {
  return statisticsOf(perSeed);
}

function classesOf(scores: readonly MutantScore[]): readonly GroupScore[] {
  return mutantClasses
    .filter((name) => scores.some((score) => score.class === name))
    .map((name) => groupOf(name, scores.filter((score) => score.class === name).map(statisticsOfCampaign)));
}

function worthOf(
  name: OracleName,
  scores: readonly MutantScore[],
  all: readonly TrialOutcome[],
): OracleWorth {
  const alone = scores.map(({ oracles }) => oracles.find(({ oracle }) => oracle === name)!.alone!);
  const heard = all.filter(({ column }) => column === name);
  return {
    ...groupOf(name, alone),
    killedInSome: alone.filter(({ killedSeeds }) => killedSeeds > 0).length,
    alarms: heard.reduce((sum, { alarms }) => sum + alarms, 0),
  };
}

function tolerancesOf({ plain, own, alarms }: OtherTolerances): readonly ToleranceWorth[] {
  const killed = (kills: readonly CasesToKill[]): number => kills.filter((cases) => cases !== null).length;
  return rules.map(({ name, definition, source }) => ({
    name,
    definition,
    source,
    killedOnPlain: killed(plain.get(name)!),
    killedOnOwn: killed(own.get(name)!),
    falseAlarms: alarms.get(name)!,
  }));
}
