/**
 * What the exact oracle says of a column: cases of one kernel and format, side by side in flat arrays, of
 * which it is told at a look who surely agrees. What it cannot say at a look is the object path's
 * (judge-values.ts).
 */
import type { Case } from '../case/case.ts';
import type { AssumedArithmetic } from '../contract/subject.ts';
import { isAccepted } from '../float/acceptance.ts';
import type { ArrayPool } from '../float/pool.ts';
import { formatFacts, isHalf, type FloatArray, type Format } from '../float/format.ts';
import { ExactWork, type FlatAnswer } from './exact-work.ts';
import { float32UncertaintyShareMax } from './judge-values.ts';

/** What is due of the cases of a column, in their order: each in its output's own row-major order. */
export type ColumnAnswer = Pick<
  FlatAnswer,
  'exact' | 'exactLow' | 'careful' | 'offsets' | 'uncertainty' | 'format'
>;

/** Whether cases of the format are judged in columns. */
export function hasColumns(format: Format): boolean {
  return !isHalf(format);
}

/** What all who are judged on the cases share. */
export class ColumnWork {
  readonly #exact: ExactWork;

  /** The cases are of one kernel and format, and one at least; arrays are taken from the pool. */
  constructor(cases: readonly Case[], pool?: ArrayPool) {
    this.#exact = new ExactWork(cases, pool);
  }

  /** The answers with the careful tolerances of an arithmetic. */
  answer(arithmetic: AssumedArithmetic): ColumnAnswer {
    return this.#exact.specified.answer(arithmetic);
  }
}

/**
 * The largest error ÷ careful tolerance of case i, as `judgeValues` tells it, where every element surely
 * agrees; −1 where the object path has to say.
 */
export function screen(answer: ColumnAnswer, i: number, got: FloatArray, format: Format): number {
  const { exact, exactLow, careful, offsets } = answer;
  const inFloat64 = formatFacts(format).exactPrecision === 'float64';
  const uncertainty = inFloat64 ? null : answer.uncertainty;
  let worst = 0;
  for (let k = 0, at = offsets[i]!; at < offsets[i + 1]!; k++, at++) {
    const allowed = careful[at]!;
    if (allowed === Infinity) return -1;
    const due = exact[at]!;
    if (!(Math.abs(due) < Infinity)) {
      if (!Object.is(got[k], due)) return -1;
      continue;
    }
    const error = Math.abs(got[k]! - due - exactLow[at]!);
    // as sureOf of judge-values.ts, and as judgeElement there
    const tolerance =
      uncertainty === null ? allowed * (1 - float32UncertaintyShareMax) : allowed - uncertainty[at]!;
    const isSure = uncertainty === null ? error <= tolerance : error <= 0;
    if (!isSure && !isAccepted(got[k]!, { exact: due, exactLow: exactLow[at]!, tolerance, format }))
      return -1;
    const ratio = error / allowed;
    if (ratio > worst && ratio !== Infinity) worst = ratio;
  }
  return worst;
}
