/**
 * What a campaign counts. Plain data; adding two is associative
 * and commutative, so any split of the work agrees.
 */
import { sumOfBuckets, type ErrorBucket } from '../archive/error-bucket.ts';
import { isWorse, type WorstCase } from '../archive/worst-case.ts';
import type { Verdict } from '../case/verdict.ts';

export type VerdictCounts = Record<Verdict['kind'], number>;
export type Counts = Record<string, number>;

export interface Tally {
  cases: number;
  /** Elements of the logits, summed over the cases. */
  elements: number;
  /**
   * Elements of the subject's outputs that are finite by
   * specification, and those on which no oracle could decide.
   */
  finiteElements: number;
  inconclusiveElements: number;
  /** The subject's verdicts: they sum to `cases`. */
  verdicts: VerdictCounts;
  byImplementation: Record<string, VerdictCounts>;
  /** `operation/direction/implementation` → verdicts. */
  byKernel: Record<string, VerdictCounts>;
  /** `operation/direction/implementation` → largest error ÷ careful tolerance among the cases that agree. */
  worstRatio: Counts;
  /** `operation/direction` → the subject's case of the largest of these ratios. */
  worstCases: Record<string, WorstCase>;
  /** `implementation: reason` → cases. */
  skips: Counts;
  /** `operation/regime` → elements. */
  inconclusive: Counts;
  /** `regime/operation/direction/axis class` → cases. */
  coverage: Counts;
  /** `regime/width class` → cases. */
  widths: Counts;
  /** `check` or `check: why it was skipped` → cases. */
  checks: Counts;
  /** The form of the call, `plain` where it is the plain one → cases; absent where nobody counted. */
  forms?: Counts;
  /** Errors of a drawn share of the cases, and of those that diverge; keys as ErrorSample says. */
  errors: Record<string, ErrorBucket>;
}

export function emptyVerdictCounts(): VerdictCounts {
  return { agree: 0, diverge: 0, inconclusive: 0, skip: 0 };
}

export function emptyTally(): Tally {
  return {
    cases: 0,
    elements: 0,
    finiteElements: 0,
    inconclusiveElements: 0,
    verdicts: emptyVerdictCounts(),
    byImplementation: table(),
    byKernel: table(),
    worstRatio: table(),
    worstCases: table(),
    skips: table(),
    inconclusive: table(),
    coverage: table(),
    widths: table(),
    checks: table(),
    errors: table(),
  };
}

/** A table without a prototype: the keys are names from outside, and one may be called `constructor`. */
function table<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

/** Adds `more` into `tally`. */
export function addTally(tally: Tally, more: Tally): void {
  tally.cases += more.cases;
  tally.elements += more.elements;
  tally.finiteElements += more.finiteElements;
  tally.inconclusiveElements += more.inconclusiveElements;
  addVerdicts(tally.verdicts, more.verdicts);
  for (const [name, counts] of Object.entries(more.byImplementation)) {
    addVerdicts((tally.byImplementation[name] ??= emptyVerdictCounts()), counts);
  }
  for (const [name, counts] of Object.entries(more.byKernel)) {
    addVerdicts((tally.byKernel[name] ??= emptyVerdictCounts()), counts);
  }
  for (const [key, ratio] of Object.entries(more.worstRatio)) {
    tally.worstRatio[key] = Math.max(tally.worstRatio[key] ?? 0, ratio);
  }
  for (const [key, worst] of Object.entries(more.worstCases)) {
    const before = tally.worstCases[key];
    if (before === undefined || isWorse(worst, before)) tally.worstCases[key] = worst;
  }
  for (const [key, bucket] of Object.entries(more.errors)) {
    const before = tally.errors[key];
    tally.errors[key] = before === undefined ? bucket : sumOfBuckets(before, bucket);
  }
  for (const table of ['skips', 'inconclusive', 'coverage', 'widths', 'checks'] as const) {
    for (const [key, count] of Object.entries(more[table])) increment(tally[table], key, count);
  }
  for (const [form, count] of Object.entries(more.forms ?? {})) incrementForm(tally, form, count);
}

export function incrementForm(tally: Tally, form: string, by = 1): void {
  increment((tally.forms ??= table()), form, by);
}

/**
 * The same counts with the keys of their tables sorted: which case came first, and so how the work was
 * divided, does not show. Only the implementations stay in the order in which they are asked.
 */
export function canonicalTally(tally: Tally): Tally {
  const tables = Object.entries(tally).map(([name, value]: [string, unknown]) =>
    name === 'byImplementation' || name === 'verdicts' || typeof value !== 'object'
      ? [name, value]
      : [name, sorted(value as Record<string, unknown>)],
  );
  return Object.fromEntries(tables) as unknown as Tally;
}

function sorted(counts: Record<string, unknown>): Record<string, unknown> {
  const inOrder = table<unknown>();
  for (const key of Object.keys(counts).sort()) inOrder[key] = counts[key];
  return inOrder;
}

export function increment(counts: Counts, key: string, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by;
}

function addVerdicts(counts: VerdictCounts, more: VerdictCounts): void {
  counts.agree += more.agree;
  counts.diverge += more.diverge;
  counts.inconclusive += more.inconclusive;
  counts.skip += more.skip;
}
