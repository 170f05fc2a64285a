/** How many cases in how much time, and how rates are set beside each other. Measures nothing. */

/** The share of the time that warms up: both peers are measured warm. */
export const warmUpShare: number = 1 / 3;

/** By the clock. */
export interface ClockRate {
  readonly cases: number;
  readonly elements: number;
  readonly seconds: number;
}

export interface Rate extends ClockRate {
  /** User and system, children included; NaN where nobody can tell. */
  readonly cpuSeconds: number;
}

export function perSecond({ cases, seconds }: ClockRate): number {
  return cases / seconds;
}

export function perCpuSecond({ cases, cpuSeconds }: Rate): number {
  return cases / cpuSeconds;
}

/** The upper of the two in the middle where their number is even. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** The rates of processes that ran side by side as that of one. */
export function sumOf(rates: readonly Rate[]): Rate {
  const seconds = rates[0]!.seconds;
  const sum = (of: (rate: Rate) => number): number => rates.reduce((total, rate) => total + of(rate), 0);
  return {
    cases: seconds * sum(perSecond),
    elements: sum(({ elements }) => elements),
    seconds,
    // so that the cases of a CPU second are those of all, in the CPU seconds of all
    cpuSeconds: (seconds * sum(perSecond) * sum(({ cpuSeconds }) => cpuSeconds)) / sum(({ cases }) => cases),
  };
}

/** A round of runs that alternate. */
export interface Pair {
  readonly baseline: Rate;
  readonly measured: Rate;
}

/** Medians over rounds, in cases per second; `ratio` = measured ÷ baseline, likewise. */
export interface Medians {
  readonly baseline: number;
  readonly measured: number;
  readonly ratio: number;
  readonly rounds: readonly number[];
}

/** By the clock, and by the CPU's time. */
export interface Comparison extends Medians {
  readonly cpu: Medians;
}

export function comparisonOf(pairs: readonly Pair[]): Comparison {
  return { ...mediansOf(pairs, perSecond), cpu: mediansOf(pairs, perCpuSecond) };
}

function mediansOf(pairs: readonly Pair[], speed: (rate: Rate) => number): Medians {
  const ratios = pairs.map(({ baseline, measured }) => speed(measured) / speed(baseline));
  return {
    baseline: median(pairs.map(({ baseline }) => speed(baseline))),
    measured: median(pairs.map(({ measured }) => speed(measured))),
    ratio: median(ratios),
    rounds: ratios,
  };
}
