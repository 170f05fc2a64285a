/** Judges each value against the exact answer and its own tolerance. Knows no formula: see tolerance.ts. */
import { levelText } from '../case/arithmetic-text.ts';
import type { Case } from '../case/case.ts';
import { toleranceNameOf, type Divergence, type Severity, type Symptom } from '../case/verdict.ts';
import type { AssumedArithmetic } from '../contract/subject.ts';
import { acceptedError, isAccepted } from '../float/acceptance.ts';
import { formatFacts, isHalf, type FloatArray, type Format } from '../float/format.ts';
import { toldUlps, ulpSize } from '../float/ulp.ts';
import { howFarText, isToldInUlps } from '../text/far-off.ts';
import { numberText, roundedText } from '../text/number-text.ts';
import { toMultiIndex, type Tensor } from '../tensor/tensor.ts';
import type { Answer } from './answer.ts';
import type { CaseWork } from './exact.ts';

export interface ValuesJudgement {
  readonly divergence: Divergence | null;
  /**
   * Largest |got − exact| ÷ careful tolerance over the finite elements that agree; of halves, whose last
   * rounding may be far more than all others, ÷ the tolerance and half an ULP.
   */
  readonly worstRatio: number;
  readonly inconclusiveElements: number;
}

/** undecided: the answer's own uncertainty leaves it open; a finer answer may decide. */
export type ElementVerdict = 'agree' | 'inaccurate' | 'wrong' | 'inconclusive' | 'undecided';

/**
 * Goes up to double-double by itself, once, where the answer's own uncertainty leaves an element undecided.
 */
export function judgeValues(
  work: CaseWork,
  got: Tensor,
  answer: Answer,
  arithmetic: AssumedArithmetic,
): ValuesJudgement {
  const c = work.case;
  const first = judgeAll(got.data, answer);
  if (first.undecided === 0) return conclude(c, got.data, answer, first, arithmetic);
  const refined = work.refined(arithmetic);
  return conclude(c, got.data, refined, judgeAll(got.data, refined), arithmetic);
}

interface Count {
  worstRatio: number;
  inconclusive: number;
  undecided: number;
  guilty: number;
  /** Position of the worst guilty element; −1 where there is none. */
  worst: number;
  worstRank: number;
}

/**
 * On float32 data, whose answer is worked out in float64, the answer's own uncertainty is below this part of
 * the careful tolerance, element by element (§13): both are bounded by the same formulas, term by term, at
 * units of roundoff 2^29 apart. Not so on float64 data, whose factors may lie below the oracle's own
 * underflow floor.
 */
export const float32UncertaintyShareMax: number = 2 ** -26;

function judgeAll(got: FloatArray, answer: Answer): Count {
  const { exact, exactLow, careful } = answer;
  const count: Count = { worstRatio: 0, inconclusive: 0, undecided: 0, guilty: 0, worst: -1, worstRank: 0 };
  const roundingOf = lastRoundingOf(answer.format);
  const isSure = sureOf(answer, roundingOf);
  for (let i = 0; i < exact.length; i++) {
    const error = Math.abs(got[i]! - exact[i]! - exactLow[i]!);
    const verdict = isSure(got[i]!, error, i) ? 'agree' : judgeElement(got[i]!, answer, i);
    switch (verdict) {
      case 'agree': {
        const ratio = error / (careful[i]! + roundingOf(exact[i]!));
        if (ratio > count.worstRatio && ratio !== Infinity) count.worstRatio = ratio;
        break;
      }
      case 'inconclusive':
        count.inconclusive++;
        break;
      case 'undecided':
        count.undecided++;
        break;
      case 'inaccurate':
      case 'wrong': {
        count.guilty++;
        const rank = rankOf(verdict, got[i]!, answer, i);
        if (count.worst >= 0 && rank <= count.worstRank) break;
        count.worst = i;
        count.worstRank = rank;
      }
    }
  }
  return count;
}

/** Half an ULP at a value, of halves; 0 of native formats, whose last rounding is in every tolerance. */
type LastRounding = (exact: number) => number;

const noRounding: LastRounding = () => 0;

function lastRoundingOf(format: Format): LastRounding {
  return isHalf(format) ? (exact) => ulpSize(exact, format) / 2 : noRounding;
}

type Sure = (got: number, error: number, i: number) => boolean;

/**
 * Whether an element agrees by a look at it, which nearly all do: what `judgeElement` says of it, without
 * the answer's own error and the naive tolerance, each of which takes as long to work out as the careful one.
 * True only where that says 'agree':
 *
 * 1. Within a tolerance that is less than the careful one by more than the answer's own error. False for NaN
 *    and ±∞.
 * 2. In halves, the number of the format that is nearest to the exact one. It is nearest where it is nearer
 *    than half an ULP of the exact one's binade: the numbers of that binade and its ends are an ULP apart,
 *    and one below it is no less than half an ULP from all of the binade. The difference of two numbers so
 *    near is exact, or is rounded to no less than the half where it is no less. And rounding is monotonic:
 *    RN(exact − t) ≤ RN(exact) ≤ RN(exact + t), for every t ≥ 0.
 * 3. Within the smaller tolerance of 1, once its ends are rounded to the format.
 */
function sureOf({ format, exact, exactLow, careful }: Answer, roundingOf: LastRounding): Sure {
  const isRoundedApart = isHalf(format);
  const surelyWithin = formatFacts(format).exactPrecision === 'float64' ? 1 - float32UncertaintyShareMax : 0;
  return (got, error, i) => {
    if (careful[i]! === Infinity) return false;
    const tolerance = careful[i]! * surelyWithin;
    if (error <= tolerance) return true;
    if (surelyWithin === 0 || !Number.isFinite(exact[i]!)) return false;
    if (isRoundedApart && exactLow[i]! === 0 && error < roundingOf(exact[i]!)) return true;
    return isAccepted(got, { exact: exact[i]!, exactLow: exactLow[i]!, tolerance, format });
  };
}

/** What one value is, by the exact answer to its element and the element's two tolerances. */
export function judgeElement(got: number, answer: Answer, i: number): ElementVerdict {
  const { format } = answer;
  const exact = answer.exact[i]!;
  const exactLow = answer.exactLow[i]!;
  const careful = answer.careful[i]!;
  if (!Number.isFinite(exact)) {
    if (careful === Infinity) return 'inconclusive';
    if (Object.is(got, exact)) return 'agree';
    // ∞ − ∞, where a partial sum of the other sign overflowed.
    const mayCancel = !Number.isNaN(exact) && answer.mayOverflow[i] === 1;
    return Number.isNaN(got) && mayCancel ? 'inconclusive' : 'wrong';
  }
  const naive = answer.naive[i]!;
  const unsure = answer.uncertainty[i]!;
  if (isAccepted(got, { exact, exactLow, tolerance: careful - unsure, format })) {
    return careful === Infinity ? 'inconclusive' : 'agree';
  }
  if (!Number.isFinite(got) && answer.mayOverflow[i] === 1) return 'inconclusive';
  if (Number.isNaN(got)) return 'wrong';
  if (careful === Infinity) return 'inconclusive';
  if (isAccepted(got, { exact, exactLow, tolerance: careful + unsure, format })) return 'undecided';
  if (isAccepted(got, { exact, exactLow, tolerance: naive - unsure, format })) return 'inaccurate';
  return isAccepted(got, { exact, exactLow, tolerance: naive + unsure, format }) ? 'undecided' : 'wrong';
}

/** wrong before inaccurate; NaN, then infinity, then by error ÷ tolerance. */
function rankOf(verdict: 'inaccurate' | 'wrong', got: number, answer: Answer, i: number): number {
  const { exact, careful, format } = answer;
  const allowed = careful[i]! + lastRoundingOf(format)(exact[i]!);
  if (verdict === 'inaccurate') return Math.min(1e-200, Math.abs(got - exact[i]!) / allowed / 1e300);
  if (Number.isNaN(got) || Number.isNaN(exact[i]!)) return Infinity;
  if (!Number.isFinite(got) || !Number.isFinite(exact[i]!)) return Number.MAX_VALUE;
  // Half of either, as the difference itself may overflow; 0 ÷ 0 where half of a subnormal number is none.
  const ratio = Math.abs(got / 2 - exact[i]! / 2) / allowed;
  return Number.isNaN(ratio) ? 1e300 : Math.min(1e300, ratio);
}

function conclude(
  c: Case,
  got: FloatArray,
  answer: Answer,
  count: Count,
  arithmetic: AssumedArithmetic,
): ValuesJudgement {
  const { worstRatio, inconclusive, undecided, worst } = count;
  const told = (severity: Severity): string =>
    isHalf(c.format) ? ` (${levelText(arithmetic, severity)})` : '';
  const divergence =
    worst < 0 ? null : describe(got[worst]!, answer, { at: worst, guilty: count.guilty, told });
  return { divergence, worstRatio, inconclusiveElements: inconclusive + undecided };
}

/** `told` is what was assumed, in words, where that is not the same for every kernel. */
function describe(
  got: number,
  answer: Answer,
  { at, guilty, told }: { at: number; guilty: number; told: (severity: Severity) => string },
): Divergence {
  const { format } = answer;
  const exact = answer.exact[at]!;
  const severity = judgeElement(got, answer, at) === 'wrong' ? 'wrong' : 'inaccurate';
  const tolerance = answer[toleranceNameOf(severity)][at]!;
  const allowed = Number.isFinite(exact) ? acceptedError(got, { exact, tolerance, format }) : null;
  const ulps = toldUlps(got, { exact, format });
  const where = `[${toMultiIndex(at, answer.shape).join(', ')}]`;
  const others = guilty === 1 ? '' : `, and ${guilty - 1} more`;
  const howFar = howFarText(ulps, { got, exact, allowed, format });
  const isInUlps = isToldInUlps(ulps, { exact, format });
  const lead = howFar === null ? '' : `${howFar}${isInUlps ? ' allowed' : ''}: `;
  const within = isInUlps || allowed === null ? '' : ` ± ${roundedText(allowed)}`;
  return {
    oracle: 'exact',
    severity,
    symptom: symptomOf(got, exact, answer.naive[at]!),
    detail: `${lead}got ${numberText(got, format)}, exact ${exact}${within} at ${where}${others}${told(severity)}`,
    law: null,
    element: at,
    got,
    exact,
    ulps,
    allowed,
    guilty,
  };
}

/** zero: 0 where 0 is outside the tolerance. sign: the other sign, where the exact one is beyond doubt. */
function symptomOf(got: number, exact: number, naive: number): Symptom {
  if (Number.isNaN(got) || Number.isNaN(exact)) return 'nan';
  if (!Number.isFinite(got) || !Number.isFinite(exact)) return 'inf';
  if (got === 0) return 'zero';
  return got * exact < 0 && Math.abs(exact) > naive ? 'sign' : 'ulps';
}
