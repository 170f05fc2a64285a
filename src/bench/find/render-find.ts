/** The time to find as text: a table of the finders, and what of the goal is not met. Pure. */
import { toolName } from './finder-names.ts';
import { limitSeconds, quantile, type FindRecord, type FoundMutant } from './find-record.ts';

const twoDigits = (value: number | null): string =>
  value === null ? '–' : value >= 9.95 ? value.toFixed(0) : Number(value.toPrecision(2)).toString();

/** The finders, one a row: name, found, median, 90 %, never, false alarms. */
export function finderRows({ finders }: FindRecord): readonly (readonly string[])[] {
  return finders.map(
    ({ name, seeds, capSeconds, mutants, found, median, percentile90, never, cases, alarms }) => [
      name,
      String(seeds.length),
      String(capSeconds),
      `${found} of ${mutants}`,
      twoDigits(median),
      twoDigits(percentile90),
      String(never),
      cases === null ? '0' : `${alarms} of ${cases}`,
    ],
  );
}

export const finderHead: readonly string[] = [
  'finder',
  'seeds',
  'up to',
  'found',
  'median',
  '90 %',
  'never',
  'false alarms',
];

/** Mutants that a loop finds sooner, those of the largest difference first. */
export function aheadOfUs({ mutants }: FindRecord): readonly FoundMutant[] {
  const lead = ({ loop, seconds }: FoundMutant): number =>
    loop === null ? -Infinity : (seconds[toolName] ?? Infinity) - seconds[loop]!;
  return mutants.filter((row) => lead(row) > 0).sort((a, b) => lead(b) - lead(a));
}

export function missed({ mutants }: FindRecord): readonly FoundMutant[] {
  return mutants
    .filter(({ isMet }) => !isMet)
    .sort(
      (a, b) => (b.seconds[toolName] ?? Infinity) / b.limit - (a.seconds[toolName] ?? Infinity) / a.limit,
    );
}

/** How many of those that no loop finds this tool finds, and the median. */
export function missedByLoops({ mutants }: FindRecord): {
  readonly mutants: number;
  readonly found: number;
  readonly median: number | null;
} {
  const rows = mutants.filter(({ loop }) => loop === null);
  const own = rows.map(({ seconds }) => seconds[toolName] ?? null);
  return {
    mutants: rows.length,
    found: own.filter((one) => one !== null).length,
    median: quantile(own, 0.5),
  };
}

export const mutantHead: readonly string[] = [
  'mutant',
  'CPU s',
  'cases',
  'µs a case',
  'fastest loop',
  'its CPU s',
  'allowed',
];

/** What this tool took, and what there is to set beside it. */
export function mutantCells({ name, seconds, cases, loop, limit }: FoundMutant): readonly string[] {
  const own = seconds[toolName] ?? null;
  return [
    name,
    twoDigits(own),
    String(cases),
    own === null ? '–' : ((1e6 * own) / Math.max(cases, 1)).toFixed(0),
    loop ?? 'none',
    loop === null ? '–' : twoDigits(seconds[loop]!),
    twoDigits(limit),
  ];
}

export function findLines(record: FindRecord): readonly string[] {
  const { capSeconds, mutants, missing } = record;
  const rest = missedByLoops(record);
  const over = missed(record);
  return [
    '',
    `CPU seconds until a planted mutant is found, up to ${capSeconds}: ${mutants.length} mutants`,
    ...aligned([finderHead, ...finderRows(record)]),
    ...missing.map(({ name, reason }) => `skipped 1 finder, ${name}: ${reason}`),
    `no loop finds ${rest.mutants}; of these logitfuzz finds ${rest.found}, median ${twoDigits(rest.median)} s (goal ${limitSeconds})`,
    `the goal is met for ${mutants.length - over.length} of ${mutants.length}`,
    ...(over.length === 0 ? [] : aligned([mutantHead, ...over.map(mutantCells)])),
  ];
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]! + 2))).join(''),
  );
}
