/**
 * A score as lines for a terminal: a mutant each, then
 * classes, oracles and the tolerances in use elsewhere. Pure.
 */
import type { CasesToKill, GroupScore, MutantScore, ScoreRecord } from '../archive/score-record.ts';

const [nameColumns, cellColumns] = [32, 13];

export function renderScore(record: ScoreRecord): string {
  const { mutants, classes, overall, subtle, seeds, runs, seconds } = record;
  const survivors = mutants.filter(({ killed }) => !killed);
  return [
    `${overall.killed} of ${overall.mutants} mutants killed in each of ${seeds.length} seeds of ${runs} cases, ${seconds.toFixed(0)} s`,
    '',
    ...mutantLines(record),
    '',
    line('class', ['mutants', 'killed', 'median', '90 %']),
    ...[...classes, ...(subtle === null ? [] : [subtle]), overall].map(groupLine),
    ...oracleLines(record),
    ...toleranceLines(record),
    ...survivors.map(survivorSentence),
  ].join('\n');
}

/** What cannot be left to a table. */
function survivorSentence({ name, change, perSeed, inconclusive }: MutantScore): string {
  const seeds = perSeed.filter((cases) => cases === null).length;
  const undecided = inconclusive === 0 ? '' : `, ${inconclusive} cases inconclusive`;
  return `\nSURVIVES  ${name} in ${seeds} of ${perSeed.length} seeds${undecided}: ${change}`;
}

/** Cases to kill: all oracles (median, 90 %), each alone, and tfjs's tolerance on plain inputs. */
function mutantLines({ mutants, oracles, tolerances }: ScoreRecord): readonly string[] {
  const names = oracles.map(({ name }) => name);
  const elsewhere = tolerances.length > 0;
  const head = ['median', '90 %', ...names, ...(elsewhere ? ['±10, 1e-3'] : [])];
  return [
    'cases to kill, - where it survives',
    line('mutant', head),
    ...mutants.map((mutant) =>
      line(mutant.name, [
        cell(mutant.casesToKill),
        cell(mutant.casesToKillPercentile90),
        ...names.map((name) => cell(aloneOf(mutant, name))),
        ...(elsewhere ? [cell(mutant.elsewhere['tfjs']!.plain)] : []),
      ]),
    ),
  ];
}

export function aloneOf({ oracles }: MutantScore, name: string): CasesToKill {
  return oracles.find(({ oracle }) => oracle === name)?.alone?.median ?? null;
}

function oracleLines({ oracles }: ScoreRecord): readonly string[] {
  if (oracles.length === 0) return [];
  return ['', line('oracle alone', ['mutants', 'killed', 'median', '90 %']), ...oracles.map(groupLine)];
}

function groupLine({ name, mutants, killed, median, percentile90 }: GroupScore): string {
  return line(name, [String(mutants), String(killed), cell(median), cell(percentile90)]);
}

function toleranceLines({ tolerances }: ScoreRecord): readonly string[] {
  if (tolerances.length === 0) return [];
  return [
    '',
    line('tolerance', ['killed, ±10', 'killed, own', 'false alarms', 'on kernels']),
    ...tolerances.map(({ name, killedOnPlain, killedOnOwn, falseAlarms }) =>
      line(name, [
        String(killedOnPlain),
        String(killedOnOwn),
        alarmRange(falseAlarms.map(({ alarms }) => alarms)),
        `${falseAlarms.filter(({ alarms }) => alarms > 0).length} of ${falseAlarms.length}`,
      ]),
    ),
  ];
}

/** Fewest and most over the sound kernels. */
export function alarmRange(alarms: readonly number[]): string {
  const [least, most] = [Math.min(...alarms), Math.max(...alarms)];
  return least === most ? String(least) : `${least}…${most}`;
}

function line(name: string, cells: readonly string[]): string {
  return name.padEnd(nameColumns) + cells.map((text) => text.padStart(cellColumns)).join('');
}

function cell(cases: CasesToKill): string {
  return cases === null ? '-' : String(cases);
}
