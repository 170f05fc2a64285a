/**
 * What one oracle holds against one implementation on one case: its worst element, and how many there are.
 */
import {
  toleranceNameOf,
  type Divergence,
  type OracleName,
  type Severity,
  type Symptom,
} from '../case/verdict.ts';
import type { Format } from '../float/format.ts';
import { toldUlps } from '../float/ulp.ts';
import { measuredText } from '../float/decimal.ts';
import { isToldInUlps, timesText } from '../text/far-off.ts';
import { roundedText } from '../text/number-text.ts';
import { toMultiIndex } from '../tensor/tensor.ts';

/** One value outside what was allowed. */
export interface Violation {
  /** Flat position in the output; null where a sum over several is to blame. */
  readonly element: number | null;
  readonly got: number;
  /** What the oracle holds against it. */
  readonly expected: number;
  /** Outside the naive tolerance too. */
  readonly isWrong: boolean;
  /** The absolute errors allowed. */
  readonly careful: number;
  readonly naive: number;
}

export interface Violations {
  /** The violation furthest outside of what was allowed, among those of the worst severity. */
  worst: Violation | null;
  count: number;
}

export function noViolations(): Violations {
  return { worst: null, count: 0 };
}

export function addViolation(violations: Violations, violation: Violation): void {
  violations.count += 1;
  if (violations.worst === null || isWorse(violation, violations.worst)) violations.worst = violation;
}

function isWorse(a: Violation, b: Violation): boolean {
  if (a.isWrong !== b.isWrong) return a.isWrong;
  return excessOf(a) > excessOf(b);
}

/** How many times the allowed error; a NaN or an infinity out of place is worse than any number. */
function excessOf(violation: Violation): number {
  const { got, expected } = violation;
  const error = Math.abs(got / 2 - expected / 2); // halves: the difference itself may overflow
  return Number.isNaN(error) ? Infinity : error / allowedTo(violation);
}

function severityOf({ isWrong }: Violation): Severity {
  return isWrong ? 'wrong' : 'inaccurate';
}

function allowedTo(violation: Violation): number {
  return violation[toleranceNameOf(severityOf(violation))];
}

/** `sentence` opens the detail: which two values were compared. Null where nothing was held against it. */
export function divergenceOf(
  { worst, count }: Violations,
  about: {
    readonly oracle: OracleName;
    readonly law: string | null;
    readonly sentence: string;
    readonly format: Format;
    readonly shape: readonly number[];
  },
): Divergence | null {
  if (worst === null) return null;
  const { element, got, expected } = worst;
  const allowed = allowedTo(worst);
  const ulps = toldUlps(got, { exact: expected, format: about.format });
  const where = element === null ? '' : ` at [${toMultiIndex(element, about.shape).join(', ')}]`;
  const distance = distanceText(worst, { ulps, allowed, format: about.format });
  const others = count === 1 ? '' : ` (and ${count - 1} more)`;
  return {
    oracle: about.oracle,
    severity: severityOf(worst),
    symptom: symptomOf(got, expected),
    detail: `${about.sentence}: ${distance}${where}${others}`,
    law: about.law,
    element,
    got,
    exact: expected,
    ulps,
    allowed,
    guilty: count,
  };
}

/** The two values, what is allowed between them, and how far apart they are. */
function distanceText(
  { got, expected }: Violation,
  { ulps, allowed, format }: { ulps: number | null; allowed: number; format: Format },
): string {
  const values = `got ${measuredText(got, format)}, expected ${measuredText(expected, format)} ± ${roundedText(allowed)}`;
  const howFar = isToldInUlps(ulps, { exact: expected, format })
    ? `${roundedText(ulps)} ULPs`
    : timesText({ got, exact: expected, allowed, format });
  return howFar === null ? values : `${values}, off by ${howFar}`;
}

/** nan and inf: on either side. */
export function symptomOf(got: number, expected: number): Symptom {
  if (Number.isNaN(got) || Number.isNaN(expected)) return 'nan';
  if (!Number.isFinite(got) || !Number.isFinite(expected)) return 'inf';
  if (got === 0 && expected !== 0) return 'zero';
  return expected !== 0 && Math.sign(got) !== Math.sign(expected) ? 'sign' : 'ulps';
}
