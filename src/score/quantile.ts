/** The middle and the ninth tenth of how many cases it took. Knows nothing of who was killed. */
import type { CasesToKill, GroupScore, KillStatistics } from '../archive/score-record.ts';

/**
 * The smallest value that a share of them does not exceed (nearest rank); a survivor, null, is later than any
 * kill. The median of an even number is the lower of the two in the middle.
 * @throws RangeError for no values.
 */
export function quantile(values: readonly CasesToKill[], share: number): CasesToKill {
  if (values.length === 0) throw new RangeError('no values have no quantile');
  const sorted = values.map((value) => value ?? Infinity).sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return value === Infinity ? null : value;
}

export function statisticsOf(perSeed: readonly CasesToKill[]): KillStatistics {
  return {
    killedSeeds: perSeed.filter((cases) => cases !== null).length,
    median: quantile(perSeed, 0.5),
    percentile90: quantile(perSeed, 0.9),
    perSeed,
  };
}

/** A mutant is killed where it is in every seed; it stands in the group by its median. */
export function groupOf<Name extends string>(
  name: Name,
  members: readonly KillStatistics[],
): GroupScore & { readonly name: Name } {
  const medians = members.map(({ median }) => median);
  return {
    name,
    mutants: members.length,
    killed: members.filter(({ perSeed }) => !perSeed.includes(null)).length,
    median: members.length === 0 ? null : quantile(medians, 0.5),
    percentile90: members.length === 0 ? null : quantile(medians, 0.9),
  };
}
