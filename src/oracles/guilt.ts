/** What one oracle holds against one implementation on one case: its worst element, and how many there are. */
import type { Divergence, OracleName, Symptom } from '../case/verdict.ts';
import type { Format } from '../float/format.ts';
import { ulpError } from '../float/ulp.ts';
import { toMultiIndex } from '../tensor/tensor.ts';

/** One value outside what was allowed. */
export interface Offence {
  /** Flat position in the output; null where a sum over several is to blame. */
  readonly element: number | null;
  readonly got: number;
  /** What the oracle holds against it. */
  readonly due: number;
  /** Outside the naive bound too. */
  readonly isWrong: boolean;
  /** The absolute error allowed at that severity. */
  readonly allowed: number;
}

export interface Guilt {
  /** Of the worst severity there is, the one furthest outside of what was allowed. */
  worst: Offence | null;
  count: number;
}

export function noGuilt(): Guilt {
  return { worst: null, count: 0 };
}

export function addOffence(guilt: Guilt, offence: Offence): void {
  guilt.count += 1;
  if (guilt.worst === null || isWorse(offence, guilt.worst)) guilt.worst = offence;
}

function isWorse(a: Offence, b: Offence): boolean {
  if (a.isWrong !== b.isWrong) return a.isWrong;
  return excessOf(a) > excessOf(b);
}

/** How many times the allowed error; a NaN or an infinity out of place is worse than any number. */
function excessOf({ got, due, allowed }: Offence): number {
  const error = Math.abs(got / 2 - due / 2); // halves: the difference itself may overflow
  return Number.isNaN(error) ? Infinity : error / allowed;
}

/** `sentence` opens the detail: which two values were compared. Null where nothing was held against it. */
export function divergenceOf(
  { worst, count }: Guilt,
  about: {
    readonly oracle: OracleName;
    readonly law: string | null;
    readonly sentence: string;
    readonly format: Format;
    readonly shape: readonly number[];
  },
): Divergence | null {
  if (worst === null) return null;
  const { element, got, due, isWrong, allowed } = worst;
  const ulps = ulpError(got, { exact: due, format: about.format });
  const where = element === null ? '' : ` at [${toMultiIndex(element, about.shape).join(', ')}]`;
  const distance = ulps === null ? '' : `, ${ulps.toPrecision(3)} ULPs away`;
  const others = count === 1 ? '' : ` (and ${count - 1} more)`;
  return {
    oracle: about.oracle,
    severity: isWrong ? 'wrong' : 'inaccurate',
    symptom: symptomOf(got, due),
    detail: `${about.sentence}: got ${got}, due ${due} ± ${allowed.toPrecision(3)}${distance}${where}${others}`,
    law: about.law,
    element,
    got,
    exact: due,
    ulps,
    allowed,
    guilty: count,
  };
}

/** nan and inf: on either side. */
export function symptomOf(got: number, due: number): Symptom {
  if (Number.isNaN(got) || Number.isNaN(due)) return 'nan';
  if (!Number.isFinite(got) || !Number.isFinite(due)) return 'inf';
  if (got === 0 && due !== 0) return 'zero';
  return due !== 0 && Math.sign(got) !== Math.sign(due) ? 'sign' : 'ulps';
}
