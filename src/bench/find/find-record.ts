/** The time to find as a record: what each finder took for each mutant, and what is made of that. Pure. */
import { z } from 'zod';
import { toolName } from './finder-names.ts';
import type { Alarms, Search } from './find-job.ts';

/** CPU seconds; null: not within the cap. */
type Seconds = number | null;

export interface FindRecord {
  readonly capSeconds: number;
  readonly finders: readonly {
    readonly name: string;
    /** The seeds that it looked with. */
    readonly seeds: readonly string[];
    /** The CPU seconds that it had at least for each mutant, where it did not find it. */
    readonly capSeconds: number;
    /** Mutants that it looked for. */
    readonly mutants: number;
    /** Those that it found with every seed. */
    readonly found: number;
    /** Over the mutants, each of which stands for its median over the seeds. */
    readonly median: Seconds;
    readonly percentile90: Seconds;
    /** Those that it found with no seed. */
    readonly never: number;
    /**
     * Cases of all seeds, and those on which it rejects the sound kernels; null for this tool,
     * which never does.
     */
    readonly cases: number | null;
    readonly alarms: number | null;
  }[];
  /** Finders that are not there, and why. */
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
  readonly mutants: readonly FoundMutant[];
}

export interface FoundMutant {
  readonly name: string;
  readonly class: string;
  /** The median over the seeds of each finder that looked for it. */
  readonly seconds: Readonly<Record<string, Seconds>>;
  readonly perSeed: Readonly<Record<string, readonly Seconds[]>>;
  /** Cases that this tool judged until then, the median over the seeds. */
  readonly cases: number;
  /** The loop that was the fastest; null where none found it. */
  readonly loop: string | null;
  /** The most CPU seconds that the goal allows this tool. */
  readonly limit: number;
  readonly isMet: boolean;
}

const seconds = z.number().min(0).nullable();
const count = z.int().min(0);

export const findRecordSchema: z.ZodType<FindRecord> = z.strictObject({
  capSeconds: z.number().positive(),
  finders: z.array(
    z.strictObject({
      name: z.string(),
      seeds: z.array(z.string()),
      capSeconds: z.number().positive(),
      mutants: count,
      found: count,
      median: seconds,
      percentile90: seconds,
      never: count,
      cases: count.nullable(),
      alarms: count.nullable(),
    }),
  ),
  missing: z.array(z.strictObject({ name: z.string(), reason: z.string() })),
  mutants: z.array(
    z.strictObject({
      name: z.string(),
      class: z.string(),
      seconds: z.record(z.string(), seconds),
      perSeed: z.record(z.string(), z.array(seconds)),
      cases: count,
      loop: z.string().nullable(),
      limit: z.number().positive(),
      isMet: z.boolean(),
    }),
  ),
});

/** Where a loop needs longer than that, a tenth of what it needs is allowed; else `limitSeconds`. */
const slowSeconds = 1;
const slowShare = 0.1;
export const limitSeconds = 0.1;

export function findRecordOf(
  mutants: readonly { readonly name: string; readonly class: string }[],
  {
    searches,
    alarms,
    missing,
    finders,
    capSeconds,
  }: {
    readonly searches: readonly Search[];
    readonly alarms: readonly Alarms[];
    readonly missing: FindRecord['missing'];
    readonly finders: readonly string[];
    readonly capSeconds: number;
  },
): FindRecord {
  const present = finders.filter((name) => searches.some(({ finder }) => finder === name));
  const rows = mutants
    .filter(({ name }) => searches.some(({ finder, mutant }) => finder === toolName && mutant === name))
    .map((mutant) =>
      rowOf(
        mutant,
        searches.filter((search) => search.mutant === mutant.name),
        present,
        capSeconds,
      ),
    );
  return {
    capSeconds,
    finders: present.map((name) => {
      const own = rows.filter((row) => row.perSeed[name] !== undefined);
      const medians = own.map((row) => row.seconds[name]!);
      const told = alarms.filter(({ finder }) => finder === name);
      const sum = (key: 'cases' | 'alarms'): number | null =>
        told.length === 0 ? null : told.reduce((all, one) => all + one[key], 0);
      return {
        name,
        seeds: [...new Set(searches.filter(({ finder }) => finder === name).map(({ seed }) => seed))],
        capSeconds: Math.min(
          ...searches.filter(({ finder }) => finder === name).map((one) => one.capSeconds),
        ),
        mutants: own.length,
        found: own.filter((row) => !row.perSeed[name]!.includes(null)).length,
        median: quantile(medians, 0.5),
        percentile90: quantile(medians, 0.9),
        never: own.filter((row) => row.perSeed[name]!.every((one) => one === null)).length,
        cases: sum('cases'),
        alarms: sum('alarms'),
      };
    }),
    missing,
    mutants: rows,
  };
}

function rowOf(
  mutant: { readonly name: string; readonly class: string },
  searches: readonly Search[],
  finders: readonly string[],
  capSeconds: number,
): FoundMutant {
  const asked = finders.filter((name) => searches.some(({ finder }) => finder === name));
  const of = (name: string): readonly Search[] => searches.filter(({ finder }) => finder === name);
  const perSeed = Object.fromEntries(
    asked.map((name) => [name, of(name).map(({ cpuSeconds }) => cpuSeconds)]),
  );
  const medians = Object.fromEntries(asked.map((name) => [name, quantile(perSeed[name]!, 0.5)]));
  const loops = asked
    .filter((name) => name !== toolName && medians[name] !== null)
    .sort((a, b) => medians[a]! - medians[b]!);
  const best = loops[0] ?? null;
  const limit = limitOf(best === null ? null : medians[best]!, capSeconds);
  const own = medians[toolName] ?? null;
  return {
    name: mutant.name,
    class: mutant.class,
    seconds: medians,
    perSeed,
    cases: quantile(
      of(toolName).map(({ cases }) => cases),
      0.5,
    )!,
    loop: best,
    limit,
    isMet: own !== null && own <= limit,
  };
}

function limitOf(loopSeconds: number | null, capSeconds: number): number {
  if (loopSeconds === null) return capSeconds;
  return loopSeconds > slowSeconds ? slowShare * loopSeconds : limitSeconds;
}

/**
 * The smallest value that a share of them does not exceed (nearest rank); null is later than all others, and
 * what there is of no values.
 */
export function quantile(values: readonly (number | null)[], share: number): number | null {
  const sorted = values.map((value) => value ?? Infinity).sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Infinity;
  return value === Infinity ? null : value;
}
