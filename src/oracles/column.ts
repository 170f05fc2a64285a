/**
 * What the exact oracle says of a column: cases of one kernel and format, side by side in flat arrays, of
 * which it is told at a look who surely agrees. What it cannot say at a look is the object path's
 * (judge-values.ts).
 */
import type { Case } from '../case/case.ts';
import type { AssumedArithmetic } from '../contract/subject.ts';
import { isAccepted } from '../float/acceptance.ts';
import { formatFacts, type FloatArray, type Format } from '../float/format.ts';
import type { Answer } from './answer.ts';
import { CaseWork } from './exact.ts';
import { float32UncertaintyShareMax } from './judge-values.ts';

/** What is due of the cases of a column, in their order: each in its output's own row-major order. */
export interface ColumnAnswer {
  readonly exact: Float64Array;
  readonly exactLow: Float64Array;
  readonly careful: Float64Array;
  /** The output of case i goes from offsets[i] to offsets[i + 1]. */
  readonly offsets: Int32Array;
}

/** Whether cases of the format are judged in columns. */
export function hasColumns(format: Format): boolean {
  return format === 'float32';
}

/** What all who are judged on the cases share. */
export class ColumnWork {
  readonly #works: readonly CaseWork[];

  constructor(cases: readonly Case[]) {
    this.#works = cases.map((c) => new CaseWork(c));
  }

  /** The answers with the careful tolerances of an arithmetic. */
  answer(arithmetic: AssumedArithmetic): ColumnAnswer {
    const answers = this.#works.map((work) => work.answer(arithmetic));
    const offsets = new Int32Array(answers.length + 1);
    for (const [i, { exact }] of answers.entries()) offsets[i + 1] = offsets[i]! + exact.length;
    const gather = (name: 'exact' | 'exactLow' | 'careful'): Float64Array => {
      const all = new Float64Array(offsets[answers.length]!);
      answers.forEach((answer: Answer, i) => all.set(answer[name], offsets[i]));
      return all;
    };
    return { exact: gather('exact'), exactLow: gather('exactLow'), careful: gather('careful'), offsets };
  }
}

/**
 * The largest error ÷ careful tolerance of case i, as `judgeValues` tells it, where every element surely
 * agrees; −1 where the object path has to say.
 */
export function screen(
  { exact, exactLow, careful, offsets }: ColumnAnswer,
  i: number,
  got: FloatArray,
  format: Format,
): number {
  const surelyWithin = formatFacts(format).exactPrecision === 'float64' ? 1 - float32UncertaintyShareMax : 0;
  let worst = 0;
  for (let k = 0, at = offsets[i]!; at < offsets[i + 1]!; k++, at++) {
    const allowed = careful[at]!;
    if (allowed === Infinity) return -1;
    if (!(Math.abs(exact[at]!) < Infinity)) {
      if (!Object.is(got[k], exact[at])) return -1;
      continue;
    }
    const error = Math.abs(got[k]! - exact[at]! - exactLow[at]!);
    const tolerance = allowed * surelyWithin;
    if (!(error <= tolerance)) {
      const interval = { exact: exact[at]!, exactLow: exactLow[at]!, tolerance, format };
      if (surelyWithin === 0 || !isAccepted(got[k]!, interval)) return -1;
    }
    const ratio = error / allowed;
    if (ratio > worst && ratio !== Infinity) worst = ratio;
  }
  return worst;
}
