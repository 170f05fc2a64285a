/**
 * The one file that derives tolerances. Each bound is first order in the unit roundoff, re-derived in
 * docs/numerics.md (the § beside it), and a sum of named terms, so that a verdict can say which rounding was
 * allowed what.
 *
 * u: unit roundoff · a_j = max − x_j · S = Σ e^(−a_i) · H = Σ p_i a_i · E, E_l: errors of exp and log in
 * units of u · c: rounding of a sum of n · d: of the division by S · f: how often the rounding of x − max is
 * allowed · F: the underflow floor.
 */
import { isIndexTarget, type Loss } from '../case/case.ts';
import type { ToleranceName, ToleranceTerm } from '../case/verdict.ts';
import type { AssumedArithmetic, KernelName } from '../contract/subject.ts';
import { formatFacts, type NativeFormat } from '../float/format.ts';
import { scaleOf } from './exact-float64.ts';
import type { ColumnLanes, FlatColumn } from './flat-column.ts';
import { regular, type Analysis } from './lane-analysis.ts';
import type { LossFacts } from './loss-facts.ts';
import { high, LaneProducts, low, netPart, ownPart, smoothingOf, type Smoothing } from './loss-products.ts';
import { floorOf, kernelUnderflow, oracleUnderflow, type Underflow } from './underflow.ts';

/**
 * What an algorithm is allowed. The oracle's own error is
 * bounded by the same formulas with its own allowance.
 */
export interface Allowance {
  readonly u: number;
  readonly exp: number;
  readonly log: number;
  readonly division: number;
  readonly shift: number;
  /** 1 where the share may be exp(logSoftmax) in the forward too, else 0. */
  readonly throughLog: number;
  readonly floor: number;
  readonly underflow: Underflow;
  /** Null where u is so small that first order is all there is. */
  readonly coarse: Coarse | null;
  sum(n: number): number;
}

/** Where u is so large that first order is no bound (§20). */
export interface Coarse {
  /** How often a rounding of log S is allowed in a share that went through the logarithm, in the forward. */
  readonly throughLog: number;
  /** What a stored power may lose or gain, beside its relative error, which is e^growth − 1. */
  lostOfPower(power: number, growth: number): number;
}

/** A careful sum may add so many values one after the other before it goes pairwise (§2). */
const sumBlock = 16;

/**
 * careful: exp and log within 1 ULP (2u), a sum pairwise over blocks of 16, x − max rounded once. naive: exp
 * and log within 2 ULPs, the sum sequential; the exponent rounded twice and a quarter, which is exp2((x −
 * max)·log2 e) with its rounded constant; and the share may be exp(logSoftmax) (§3). A kernel that declares a
 * coarser exp or log is allowed that in both.
 */
export function allowanceFor(
  tolerance: ToleranceName,
  format: NativeFormat,
  { expUlps, logUlps }: AssumedArithmetic,
): Allowance {
  const isNaive = tolerance === 'naive';
  const ulps = isNaive ? 4 : 2;
  return {
    u: formatFacts(format).unitRoundoff,
    exp: Math.max(ulps, 2 * expUlps),
    log: Math.max(ulps, 2 * logUlps),
    division: 2,
    shift: isNaive ? 2.25 : 1,
    throughLog: isNaive ? 1 : 0,
    floor: floorOf(format),
    underflow: underflows[format],
    coarse: null,
    sum: isNaive ? (n) => Math.max(0, n - 1) : carefulSum,
  };
}

const underflows: Readonly<Record<NativeFormat, Underflow>> = {
  float32: kernelUnderflow('float32'),
  float64: kernelUnderflow('float64'),
};

export function carefulSum(n: number): number {
  return n <= 1 ? 0 : Math.min(n - 1, 32 - Math.clz32(n - 1) + sumBlock); // ⌈log2 n⌉
}

/**
 * The float64 oracle's own allowance: V8's exp and log are within 1 ULP, its sums compensated (2 roundings).
 */
export const float64Oracle: Allowance = {
  u: 2 ** -53,
  exp: 2,
  log: 2,
  division: 2,
  shift: 1,
  throughLog: 0,
  floor: 2 ** -1021,
  underflow: oracleUnderflow(2 ** -1021),
  coarse: null,
  sum: () => 3,
};

/** The double-double oracle's own allowance: its exp and log within 2^-98, its sums sequential. */
export const doubleDoubleOracle: Allowance = {
  u: 2 ** -101,
  exp: 8,
  log: 8,
  division: 2,
  shift: 1,
  throughLog: 0,
  floor: 2 ** -1066,
  underflow: oracleUnderflow(2 ** -1066),
  coarse: null,
  sum: (n) => Math.max(0, n - 1),
};

export interface BoundedColumn {
  readonly column: FlatColumn;
  readonly analysis: Analysis;
  readonly facts: LossFacts | null;
  /** The exact answers, flat over the outputs. */
  readonly exact: Float64Array;
}

interface Bound {
  readonly names: readonly string[];
  /**
   * Writes the terms of a lane's output elements into `terms`, one element after the other, each in the order
   * of the names. A whole lane at once, since a call for each element costs more than its terms.
   */
  readonly fillLane: (terms: Float64Array, lane: number) => void;
  /** The same of the one output element of a case that is reduced. */
  readonly fillReduced?: (terms: Float64Array, caseNumber: number) => void;
}

/** The terms of the last lane, in an array as long as the longest was. */
let shared = new Float64Array(1024);

function termsFor(length: number): Float64Array {
  if (shared.length < length) shared = new Float64Array(length);
  return shared;
}

/**
 * The absolute error allowed to each element of the outputs;
 * 0 where the answer is no finite number of a formula.
 */
export function tolerancesOf(bounded: BoundedColumn, allowance: Allowance): Float64Array {
  const { exact } = bounded;
  const tolerances = bounded.column.pool.float64(exact.length);
  const bound = boundOf(bounded, allowance);
  const width = bound.names.length;
  visit(bounded, bound, (terms, first, step, count) => {
    for (let k = 0, i = first, t = 0; k < count; k++, i += step) {
      let sum = 0;
      for (const end = t + width; t < end; t++) sum += terms[t]!;
      if (!(Math.abs(exact[i]!) < Infinity)) continue;
      // a bound that overflowed allows everything: judged inconclusive
      tolerances[i] = sum === sum ? sum : Infinity;
    }
  });
  return tolerances;
}

/** The terms of one element's tolerance; they sum to what `tolerancesOf` gives it. */
export function termsOf(
  bounded: BoundedColumn,
  allowance: Allowance,
  element: number,
): readonly ToleranceTerm[] {
  const bound = boundOf(bounded, allowance);
  const width = bound.names.length;
  let result: readonly ToleranceTerm[] = [];
  if (!Number.isFinite(bounded.exact[element]!)) return result;
  visit(bounded, bound, (terms, first, step, count) => {
    const k = (element - first) / step;
    if (!Number.isInteger(k) || k < 0 || k >= count) return;
    result = bound.names.map((name, t) => ({ name, value: terms[k * width + t]! }));
  });
  return result;
}

/** Takes the terms of a lane whose elements are first, first + step, … in the outputs. */
type OfLane = (terms: Float64Array, first: number, step: number, count: number) => void;

function visit(bounded: BoundedColumn, bound: Bound, each: OfLane): void {
  const { column, analysis, facts } = bounded;
  const { lanes, state } = analysis;
  if (column.kernel === 'crossEntropy') return visitLosses(bounded, bound, each);
  const isPerLane = column.kernel === 'logSumExp';
  const width = bound.names.length;
  for (let lane = 0; lane < lanes.count; lane++) {
    if (state[lane] !== regular || facts?.kept[lane] === 0) continue;
    const length = isPerLane ? 1 : lanes.length[lane]!;
    const terms = termsFor(length * width);
    bound.fillLane(terms, lane);
    if (isPerLane) each(terms, lane, 1, 1);
    else each(terms, lanes.start[lane]!, lanes.stride[lane]!, length);
  }
}

/** All lanes of a case together, or each for itself. */
function visitLosses({ column, analysis, facts }: BoundedColumn, bound: Bound, each: OfLane): void {
  const { cases, lanesFrom, outputsFrom } = column;
  const { losses, kept } = facts!;
  const terms = termsFor(bound.names.length);
  for (let i = 0; i < cases.length; i++) {
    const output = outputsFrom[i]!;
    if (losses[i]!.reduction !== 'none') {
      bound.fillReduced!(terms, i);
      each(terms, output, 1, 1);
      continue;
    }
    const first = lanesFrom[i]!;
    for (let lane = first; lane < lanesFrom[i + 1]!; lane++) {
      if (analysis.state[lane] !== regular || kept[lane] === 0) continue;
      bound.fillLane(terms, lane);
      each(terms, output + lane - first, 1, 1);
    }
  }
}

function boundOf(bounded: BoundedColumn, allowance: Allowance): Bound {
  return bounds[bounded.column.kernel](bounded, allowance);
}

const bounds: Readonly<Record<KernelName, (bounded: BoundedColumn, allowance: Allowance) => Bound>> = {
  softmax: softmaxBound,
  softmaxBackward: softmaxGradientBound,
  logSoftmax: logSoftmaxBound,
  logSoftmaxBackward: logSoftmaxGradientBound,
  logSumExp: logSumExpBound,
  logSumExpBackward: logSumExpGradientBound,
  crossEntropy: lossBound,
  crossEntropyBackward: lossGradientBound,
  crossEntropyTargetBackward: targetGradientBound,
};

/** x·y, where 0 times an infinite gap is 0: a class whose probability is 0 has no error to scale. */
function times(x: number, y: number): number {
  return x === 0 ? 0 : x * y;
}

/** The relative error that roundings and errors of an exponent come to, x in all: x to first order. */
function grown(x: number, { coarse }: Allowance): number {
  return coarse === null ? x : Math.expm1(x);
}

/** The same of what divides: −log(1 − x), so that `grown` of it is 1/(1 − x) − 1. */
function inverted(x: number, { coarse }: Allowance): number {
  return coarse === null ? x : x < 1 ? -Math.log1p(-x) : Infinity;
}

/**
 * §20: by how much log Ŝ may be off, −log(1 − θ), θ = e^(c·u)·(Σ p_i·e^(u·(f·a_i + E)) + R) − 1; Λ, what log
 * adds to it; and B_j.
 */
function coarseLogs(
  { gap, p, rest, logSum, logP, lanes }: Analysis,
  { u, exp, log, shift, sum, coarse }: Allowance,
): { ofSum(lane: number): number; ofLog(lane: number): number; ofLogShare(i: number, lane: number): number } {
  const perLane = new Map<number, number>();
  const work = (lane: number): number => {
    const length = lanes.length[lane]!;
    const stride = lanes.stride[lane]!;
    let theta = 0;
    const total = 1 + rest[lane]!;
    for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
      if (p[i] === 0) continue;
      const error = u * (shift * gap[i]! + exp);
      theta += p[i]! * Math.expm1(error);
      theta += coarse!.lostOfPower(p[i]! * total, error) / total;
    }
    const ofAdditions = Math.expm1(u * sum(length));
    theta += ofAdditions * (1 + theta);
    return theta < 1 ? -Math.log1p(-theta) : Infinity;
  };
  const ofSum = (lane: number): number => {
    let known = perLane.get(lane);
    if (known === undefined) perLane.set(lane, (known = work(lane)));
    return known;
  };
  const ofLog = (lane: number): number => ofSum(lane) + u * log * (logSum[lane]! + ofSum(lane));
  return {
    ofSum,
    ofLog,
    ofLogShare: (i, lane) => {
      const before = u * shift * gap[i]! + ofLog(lane);
      return before + u * (Math.abs(logP[i]!) + before);
    },
  };
}

/**
 * §3: |ŷ_j − y_j| ≤ y_j·u·(f·(a_j + H) + 2E + c + d + e·(1 + E_l)·log S) + F; e = 1 for naive, 0 for careful.
 */
function softmaxBound(bounded: BoundedColumn, allowance: Allowance): Bound {
  if (allowance.coarse !== null) return coarseSoftmaxBound(bounded, allowance);
  const { analysis } = bounded;
  const { u, exp, log, division, shift, throughLog, floor, sum } = allowance;
  const { p, gap, meanGap, logSum, lanes } = analysis;
  return {
    names: [
      'rounding of x − max',
      'exp of the class and of the sum',
      'the sum',
      'the division',
      'the log, if by exp(logSoftmax)',
      'underflow',
    ],
    fillLane(terms, lane) {
      const length = lanes.length[lane]!;
      const stride = lanes.stride[lane]!;
      const c = sum(length);
      for (let k = 0, i = lanes.start[lane]!, at = 0; k < length; k++, i += stride, at += 6) {
        const y = p[i]!;
        terms[at] = times(y * u * shift, gap[i]! + meanGap[lane]!);
        terms[at + 1] = y * u * 2 * exp;
        terms[at + 2] = y * u * c;
        terms[at + 3] = y * u * division;
        terms[at + 4] = y * u * throughLog * (1 + log) * logSum[lane]!;
        terms[at + 5] = floor;
      }
    },
  };
}

/** §20: y_j·(e^(ε_j) − 1) + F. */
function coarseSoftmaxBound(bounded: BoundedColumn, allowance: Allowance): Bound {
  const { p, lanes } = bounded.analysis;
  const { direct } = shareErrors(bounded, allowance);
  return {
    names: ['the share', 'underflow'],
    fillLane(terms, lane) {
      const length = lanes.length[lane]!;
      const stride = lanes.stride[lane]!;
      const errors = direct(lane);
      for (let k = 0, i = lanes.start[lane]!, at = 0; k < length; k++, i += stride, at += 2) {
        terms[at] = times(p[i]!, grown(errors[k]!, allowance));
        terms[at + 1] = allowance.floor;
      }
    },
  };
}

/** §4: |L̂ − L| ≤ u·(f·H + E + c + E_l·log S + |L|) + F. */
function logSumExpBound({ analysis, exact }: BoundedColumn, allowance: Allowance): Bound {
  const { u, exp, log, shift, floor, sum, coarse } = allowance;
  if (coarse !== null) {
    const { ofSum, ofLog } = coarseLogs(analysis, allowance);
    return {
      names: ['x − max, exp and the sum', 'log', 'the last addition', 'underflow'],
      fillLane(terms, lane) {
        terms[0] = ofSum(lane);
        terms[1] = ofLog(lane) - ofSum(lane);
        terms[2] = u * (Math.abs(exact[lane]!) + ofLog(lane));
        terms[3] = floor;
      },
    };
  }
  const { meanGap, logSum, lanes } = analysis;
  return {
    names: ['rounding of x − max', 'exp', 'the sum', 'log', 'the last addition', 'underflow'],
    fillLane(terms, lane) {
      terms[0] = u * shift * meanGap[lane]!;
      terms[1] = u * exp;
      terms[2] = u * sum(lanes.length[lane]!);
      terms[3] = u * log * logSum[lane]!;
      terms[4] = u * Math.abs(exact[lane]!);
      terms[5] = floor;
    },
  };
}

/** §5: |ℓ̂_j − ℓ_j| ≤ B_j = u·(f·(a_j + H) + E + c + E_l·log S + |ℓ_j|) + F. */
function logSoftmaxBound({ analysis }: BoundedColumn, allowance: Allowance): Bound {
  const { u, exp, log, shift, floor, sum, coarse } = allowance;
  const { gap, meanGap, logSum, logP, lanes } = analysis;
  if (coarse !== null) {
    const { ofLogShare } = coarseLogs(analysis, allowance);
    return {
      names: ['the logarithm', 'underflow'],
      fillLane(terms, lane) {
        const length = lanes.length[lane]!;
        const stride = lanes.stride[lane]!;
        for (let k = 0, i = lanes.start[lane]!, at = 0; k < length; k++, i += stride, at += 2) {
          terms[at] = ofLogShare(i, lane);
          terms[at + 1] = floor;
        }
      },
    };
  }
  return {
    names: ['rounding of x − max', 'exp', 'the sum', 'log', 'the last subtraction', 'underflow'],
    fillLane(terms, lane) {
      const length = lanes.length[lane]!;
      const stride = lanes.stride[lane]!;
      const c = sum(length);
      for (let k = 0, i = lanes.start[lane]!, at = 0; k < length; k++, i += stride, at += 6) {
        terms[at] = u * shift * (gap[i]! + meanGap[lane]!);
        terms[at + 1] = u * exp;
        terms[at + 2] = u * c;
        terms[at + 3] = u * log * logSum[lane]!;
        terms[at + 4] = u * Math.abs(logP[i]!);
        terms[at + 5] = floor;
      }
    },
  };
}

/**
 * ε_j of §3, and ε'_j of §6, which lets s be exp(logSoftmax) whatever the severity.
 * Relative errors of the softmax, for `grown`.
 */
function shareErrors({ analysis }: BoundedColumn, allowance: Allowance): ShareErrors {
  const { gap, meanGap, logSum, lanes } = analysis;
  const { u, exp, log, division, shift, throughLog, sum, coarse } = allowance;
  const logs = coarse === null ? null : coarseLogs(analysis, allowance);
  const ofLane = (lane: number, isViaLog: boolean): Float64Array => {
    const length = lanes.length[lane]!;
    const stride = lanes.stride[lane]!;
    const errors = errorsFor(length);
    const mean = meanGap[lane]!;
    const fixed = 2 * exp + sum(length) + division;
    const logarithm = (1 + log) * logSum[lane]!;
    if (logs !== null) {
      const ofSum = logs.ofSum(lane);
      const ofLog = logs.ofLog(lane);
      for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
        const own = u * (shift * gap[i]! + exp + division);
        errors[k] = isViaLog
          ? own + u * (gap[i]! + logSum[lane]!) + ofLog
          : own + ofSum + u * coarse!.throughLog * logSum[lane]!;
      }
    } else if (isViaLog) {
      for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride)
        errors[k] = u * (shift * (gap[i]! + mean) + fixed + gap[i]! + logarithm);
    } else {
      for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride)
        errors[k] = u * (shift * (gap[i]! + mean) + fixed + throughLog * logarithm);
    }
    return errors;
  };
  return { direct: (lane) => ofLane(lane, false), viaLog: (lane) => ofLane(lane, true) };
}

/** By the place of an element in the lane; good until the next lane is asked for. */
interface ShareErrors {
  direct(lane: number): Float64Array;
  viaLog(lane: number): Float64Array;
}

/** The errors of the last lane, in an array as long as the longest was. */
let laneErrors = new Float64Array(256);

function errorsFor(length: number): Float64Array {
  if (laneErrors.length < length) laneErrors = new Float64Array(length);
  return laneErrors;
}

/**
 * §6: g_j = s_j(dy_j − D), D = Σ s_i dy_i: |ĝ_j − g_j| ≤ s_j|dy_j − D|(ε_j + 3u) + λ_j|dy_j − D|
 * + (s_j + λ_j)·(Σ s_i|dy_i|(ε_i + (c+3)u) + Σ λ_i|dy_i| + nF) + 2F.
 */
function softmaxGradientBound(bounded: BoundedColumn, allowance: Allowance): Bound {
  const { p, gap, lanes } = bounded.analysis;
  const { u, floor, underflow, sum, coarse } = allowance;
  const dy = bounded.column.cotangent;
  const { direct } = shareErrors(bounded, allowance);
  return {
    names: [
      'the share and the two last operations',
      'Σ s·dy',
      'underflow of the share',
      'underflow within the sum',
      'underflow of the result',
    ],
    fillLane(terms, lane) {
      const length = lanes.length[lane]!;
      const stride = lanes.stride[lane]!;
      const start = lanes.start[lane]!;
      const c = sum(length);
      const errors = direct(lane);
      let [dot, dotError, dotLost] = [0, 0, length * floor];
      for (let k = 0, i = start; k < length; k++, i += stride) {
        dot += p[i]! * dy[i]!;
        dotError += times(p[i]! * Math.abs(dy[i]!), grown(errors[k]! + (c + 3) * u, allowance));
        if (p[i]! <= underflow.below) dotLost += underflow.share(p[i]!, gap[i]!) * Math.abs(dy[i]!);
      }
      for (let k = 0, i = start, at = 0; k < length; k++, i += stride, at += 5) {
        const lost = p[i]! <= underflow.below ? underflow.share(p[i]!, gap[i]!) : 0;
        const difference = Math.abs(dy[i]! - dot);
        const share = coarse === null ? p[i]! : p[i]! + times(p[i]!, grown(errors[k]! + 3 * u, allowance));
        terms[at] = times(p[i]! * difference, grown(errors[k]! + 3 * u, allowance));
        terms[at + 1] = (share + lost) * dotError;
        terms[at + 2] = lost * difference;
        terms[at + 3] = (share + lost) * dotLost;
        terms[at + 4] = 2 * floor;
      }
    },
  };
}

/** §7: g_j = dy_j − s_j·T: ≤ u|g_j| + s_j|T|(ε'_j + u) + λ_j|T| + (s_j + λ_j)(c·u·Σ|dy| + nF) + 2F. */
function logSoftmaxGradientBound(bounded: BoundedColumn, allowance: Allowance): Bound {
  const { analysis, exact } = bounded;
  const { p, gap, lanes } = analysis;
  const { u, floor, underflow, sum, coarse } = allowance;
  const dy = bounded.column.cotangent;
  const { viaLog } = shareErrors(bounded, allowance);
  return {
    names: ['the last subtraction', 'the share', 'Σ dy', 'underflow of the share', 'underflow'],
    fillLane(terms, lane) {
      const length = lanes.length[lane]!;
      const stride = lanes.stride[lane]!;
      const start = lanes.start[lane]!;
      const c = sum(length);
      const errors = viaLog(lane);
      let [total, absolute] = [0, 0];
      for (let k = 0, i = start; k < length; k++, i += stride) {
        total += dy[i]!;
        absolute += Math.abs(dy[i]!);
      }
      for (let k = 0, i = start, at = 0; k < length; k++, i += stride, at += 5) {
        const lost = p[i]! <= underflow.below ? underflow.share(p[i]!, gap[i]!) : 0;
        terms[at] = u * Math.abs(exact[i]!);
        terms[at + 1] = times(p[i]! * Math.abs(total), grown(errors[k]! + u, allowance));
        terms[at + 2] = (p[i]! + lost) * c * u * absolute;
        terms[at + 3] = lost * Math.abs(total);
        terms[at + 4] = (p[i]! + lost) * length * floor + 2 * floor;
        if (coarse === null) continue;
        const share = p[i]! + times(p[i]!, grown(errors[k]! + u, allowance));
        terms[at + 2] = (share + lost) * grown(c * u, allowance) * absolute;
        terms[at + 4] = (share + lost) * length * floor + 2 * floor;
        terms[at] = terms[at]! + u * (terms[at + 1]! + terms[at + 2]!);
      }
    },
  };
}

/** §8: g_j = dy·s_j: ≤ |dy|·s_j·(ε'_j + u) + λ_j|dy| + F. */
function logSumExpGradientBound(bounded: BoundedColumn, allowance: Allowance): Bound {
  const { p, gap, lanes } = bounded.analysis;
  const { u, floor, underflow } = allowance;
  const dy = bounded.column.cotangent;
  const { viaLog } = shareErrors(bounded, allowance);
  return {
    names: ['the share and the product', 'underflow'],
    fillLane(terms, lane) {
      const length = lanes.length[lane]!;
      const stride = lanes.stride[lane]!;
      const start = lanes.start[lane]!;
      const errors = viaLog(lane);
      const scale = Math.abs(dy[lane]!);
      for (let k = 0, i = start, at = 0; k < length; k++, i += stride, at += 2) {
        const lost = p[i]! <= underflow.below ? underflow.share(p[i]!, gap[i]!) : 0;
        terms[at] = times(p[i]! * scale, grown(errors[k]! + u, allowance));
        terms[at + 1] = lost * scale + floor;
      }
    },
  };
}

/** Roundings of t' = (1 − ε)·t + ε/C beyond the exact t (§9): κ. */
export function smoothingRoundings(loss: Loss): number {
  return loss.labelSmoothing > 0 ? 3 : 0;
}

/**
 * §9: ≤ [Σ_pos Σ_c A_c·(B_c + |ℓ_c|·u·(c_C + 2 + κ)) + u·(c_P + r')·ΣΣ A_c|ℓ_c|] / |den|, and underflow: of
 * each product of 1/D, w, a part of t' and ℓ, of partial sums where terms differ in sign, of weights in D,
 * and F. none: c_P = r' = 0; sum: r' = 0; mean: r' = 2 (a division, or 1/D and a product), and c_P more where
 * D is a sum too.
 */
function lossBound(bounded: BoundedColumn, allowance: Allowance): Bound {
  const { column, analysis } = bounded;
  const facts = bounded.facts!;
  const { lanes, logP, gap, meanGap, logSum } = analysis;
  const { u, exp, log, shift, floor, underflow } = allowance;
  const { weights, targets } = facts;
  const coarse = allowance.coarse === null ? null : coarseLogs(analysis, allowance);
  const sums = new LossSums();
  const lostOf = (factor: number, smallOfClass: number, costOfClass: number): number =>
    factor === 0 ? 0 : underflow.product(smallOfClass * low(factor), costOfClass * high(factor));
  const addElement = (of: LossOfCase, lane: number, k: number, i: number): void => {
    const a = facts.absolute[i]!;
    if (a === 0 && facts.weighted[i] === 0) return;
    const size = Math.abs(logP[i]!);
    const logError =
      coarse === null
        ? u * (shift * (gap[i]! + meanGap[lane]!) + exp + of.ofSum + log * logSum[lane]! + size)
        : coarse.ofLogShare(i, lane) * (1 + of.own);
    sums.logarithms += a * logError;
    sums.products += a * size * of.own;
    sums.absolute += a * size;
    if (!of.hasSigns && of.quick * (of.isPlain ? low(a) : 1) * low(size) > underflow.below) return;
    const w = weights[of.weightsFrom + k]!;
    const { smoothing } = of;
    const own = ownPart(targets[i]!, smoothing);
    const net = netPart(targets[i]!, smoothing);
    const smallOfClass = of.small * low(w) * low(size);
    const costOfClass = of.cost * high(w) * high(size);
    sums.lost += lostOf(own, smallOfClass, costOfClass) + lostOf(smoothing.spread, smallOfClass, costOfClass);
    sums.largest = Math.max(sums.largest, smallOfClass * low(own), smallOfClass * smoothing.spread);
    if (net > 0) {
      sums.lost += lostOf(net, smallOfClass, costOfClass);
      // t' itself may be flushed where it is no larger than what rounds in it.
      const amount = costOfClass * ((smallOfClass * net) / floor);
      const rounding = of.kappa * u * a * (size / of.denominator);
      if (amount <= costOfClass + rounding) sums.lost += Math.min(costOfClass, a * (size / of.denominator));
    }
  };
  const addLane = (of: LossOfCase, lane: number): void => {
    const start = lanes.start[lane]!;
    const stride = lanes.stride[lane]!;
    const y = facts.hot[lane]!;
    if (y >= 0) return addElement(of, lane, y, start + y * stride);
    const length = lanes.length[lane]!;
    for (let k = 0, i = start; k < length; k++, i += stride) addElement(of, lane, k, i);
  };
  const conclude = (terms: Float64Array, of: LossOfCase, size: number): void => {
    const { denominator } = of;
    const { logarithms, products, absolute, lost, largest } = sums;
    const ofSums = of.hasSigns && largest <= (size * floor) / u ? size * of.cost : 0;
    terms[0] = logarithms / denominator;
    terms[1] = products / denominator;
    terms[2] =
      coarse === null
        ? (u * (of.overPositions + of.byMean) * absolute) / denominator
        : (grown(of.lastErrors, allowance) * (absolute + logarithms + products)) / denominator;
    terms[3] = lost + ofSums + (absolute * of.flushed) / denominator + floor;
  };
  let known = lossOfCase(bounded, allowance, 0);
  const inCase = (caseNumber: number): LossOfCase =>
    known.caseNumber === caseNumber ? known : (known = lossOfCase(bounded, allowance, caseNumber));
  return {
    names: [
      'the logarithms',
      'the products and the sum over classes',
      'the sum over positions and the mean',
      'underflow',
    ],
    fillLane(terms, lane) {
      const of = inCase(lanes.caseOf[lane]!);
      sums.clear();
      addLane(of, lane);
      conclude(terms, of, lanes.length[lane]!);
    },
    fillReduced(terms, caseNumber) {
      const of = inCase(caseNumber);
      sums.clear();
      const end = column.lanesFrom[caseNumber + 1]!;
      for (let lane = column.lanesFrom[caseNumber]!; lane < end; lane++)
        if (facts.kept[lane] === 1) addLane(of, lane);
      conclude(terms, of, of.classes * facts.positions[caseNumber]!);
    },
  };
}

/** What the terms of a loss are sums of. A variable that closures change would be a new object each time. */
class LossSums {
  logarithms = 0;
  products = 0;
  absolute = 0;
  lost = 0;
  largest = 0;

  clear(): void {
    this.logarithms = 0;
    this.products = 0;
    this.absolute = 0;
    this.lost = 0;
    this.largest = 0;
  }
}

/** What is the same in all lanes of a case, for `lossBound`. */
interface LossOfCase {
  readonly caseNumber: number;
  readonly classes: number;
  readonly weightsFrom: number;
  readonly smoothing: Smoothing;
  readonly kappa: number;
  readonly ofSum: number;
  readonly own: number;
  readonly overPositions: number;
  readonly byMean: number;
  /** As u·(c_P + r'), where a sum of weights divides. */
  readonly lastErrors: number;
  readonly denominator: number;
  readonly small: number;
  readonly cost: number;
  readonly hasSigns: boolean;
  readonly isPlain: boolean;
  /**
   * Not above any product's factors below 1, but for its ℓ; of plain probabilities, but for their w·t' too.
   */
  readonly quick: number;
  readonly flushed: number;
}

function lossOfCase(bounded: BoundedColumn, allowance: Allowance, caseNumber: number): LossOfCase {
  const facts = bounded.facts!;
  const loss = facts.losses[caseNumber]!;
  const { u, floor, underflow, sum } = allowance;
  const { reduction, weight } = loss;
  const classes = classesOf(bounded.column, caseNumber);
  const ofSum = sum(classes);
  const overPositions = reduction === 'none' ? 0 : sum(facts.positions[caseNumber]!);
  const byMean = reduction === 'mean' ? 2 + (isWeightedMean(loss) ? overPositions : 0) : 0;
  const denominator = Math.abs(facts.denominator[caseNumber]!);
  const small = low(1 / denominator);
  const isPlain = weight === undefined && loss.labelSmoothing === 0;
  const kappa = smoothingRoundings(loss);
  return {
    caseNumber,
    classes,
    weightsFrom: facts.weightsFrom[caseNumber]!,
    smoothing: smoothingOf(facts, caseNumber, classes),
    kappa,
    ofSum,
    own: grown(u * (ofSum + 2 + kappa), allowance),
    overPositions,
    byMean,
    lastErrors:
      byMean > 2
        ? u * (overPositions + 2) + inverted(u * overPositions, allowance)
        : u * (overPositions + byMean),
    denominator,
    small,
    cost: floor * high(1 / denominator),
    hasSigns: hasBothSigns(bounded.column, facts, caseNumber),
    isPlain,
    quick: isPlain || isIndexTarget(loss.target) ? small * smallestOfIndices(loss, classes) : 0,
    flushed: flushedWeights(bounded.column, facts, caseNumber, underflow),
  };
}

/** C of a case; 0 of one without lanes. */
function classesOf({ lanes, lanesFrom }: FlatColumn, caseNumber: number): number {
  const first = lanesFrom[caseNumber]!;
  return first < lanesFrom[caseNumber + 1]! ? lanes.length[first]! : 0;
}

/** Whether a sum of the case's w·t' may cancel: some of them are negative. */
function hasBothSigns(
  { lanesFrom }: FlatColumn,
  { kept, total, absoluteTotal }: LossFacts,
  caseNumber: number,
): boolean {
  for (let lane = lanesFrom[caseNumber]!; lane < lanesFrom[caseNumber + 1]!; lane++)
    if (kept[lane] === 1 && absoluteTotal[lane]! * (1 - 2 ** -30) > total[lane]!) return true;
  return false;
}

/** Where D is a sum of weights: what 1/D gains, relative, where each weight that may be flushed is. */
function flushedWeights(
  { lanesFrom }: FlatColumn,
  { losses, kept, denominator }: LossFacts,
  caseNumber: number,
  { below, floor }: Underflow,
): number {
  const { target, weight, reduction } = losses[caseNumber]!;
  if (reduction !== 'mean' || weight === undefined || !isIndexTarget(target)) return 0;
  const first = lanesFrom[caseNumber]!;
  let lost = 0;
  for (let lane = first; lane < lanesFrom[caseNumber + 1]!; lane++) {
    const w = kept[lane] === 0 ? 0 : weight.data[target.data[lane - first]!]!;
    if (w <= below) lost += Math.min(w, floor);
  }
  const sum = denominator[caseNumber]!;
  return lost < sum ? lost / (sum - lost) : Infinity;
}

function isWeightedMean({ target }: Loss): boolean {
  return isIndexTarget(target);
}

/**
 * §10: |ĝ_j − g_j| ≤ |k|·(p_j|T|·(ε'_j + u) + p_j·ΣA_c·u·(c_C + 2 + κ) + A_j·u·(2 + κ)) + u|g_j|(1 + r), and
 * underflow: of the products of dy, 1/D, w_c and a part of t'_c, each alone and with p_j; of T, of the
 * difference, of weights in D, and 2F. r = 1 (none, sum), 3 (mean over probabilities), 3 + c_P (mean over
 * indices).
 */
function lossGradientBound(bounded: BoundedColumn, allowance: Allowance): Bound {
  const { column, analysis, exact } = bounded;
  const facts = bounded.facts!;
  const { p, gap, lanes } = analysis;
  const { u, floor, underflow, coarse } = allowance;
  const { viaLog } = shareErrors(bounded, allowance);
  const products = new LaneProducts(underflow);
  let known = lossGradientOfCase(bounded, allowance, 0);
  const inCase = (caseNumber: number): LossGradientOfCase =>
    known.caseNumber === caseNumber ? known : (known = lossGradientOfCase(bounded, allowance, caseNumber));
  return {
    names: ['the share', 'Σ w·t', 'the target', 'the last operations', 'underflow'],
    fillLane(terms, lane) {
      const of = inCase(lanes.caseOf[lane]!);
      const { c, kappa, r, inverse, smoothing } = of;
      const length = lanes.length[lane]!;
      const stride = lanes.stride[lane]!;
      const dy = Math.abs(column.cotangent[lane]!);
      const scale = Math.abs(scaleOf(column, facts, lane));
      const total = Math.abs(facts.total[lane]!);
      const absolute = facts.absoluteTotal[lane]!;
      const small = low(dy) * low(inverse);
      const cost = floor * high(dy) * high(inverse);
      const y = facts.hot[lane]!;
      const costOfDifference = y >= 0 ? cost * high(facts.weights[of.weightsFrom + y]!) : cost;
      const errors = viaLog(lane);
      const scaled = { small, cost, smoothing };
      const smallest = small * smallestFactors(facts, lanes, lane, of);
      const isSigned = absolute * (1 - 2 ** -30) > facts.total[lane]! && smallest <= (length * floor) / u;
      let isFilled = smallest <= underflow.below || isSigned;
      if (isFilled) products.fill(facts, lanes, lane, scaled);
      for (let k = 0, i = lanes.start[lane]!, at = 0; k < length; k++, i += stride, at += 5) {
        const size = Math.abs(exact[i]!);
        const share = scale * p[i]!;
        terms[at] = times(share * total, grown(errors[k]! + u, allowance));
        terms[at + 1] = share * absolute * u * (c + 2 + kappa);
        terms[at + 2] = scale * facts.absolute[i]! * u * (2 + kappa);
        terms[at + 3] = u * size * (1 + r);
        if (coarse !== null) {
          const grownShare = share + times(share, grown(errors[k]! + u, allowance));
          terms[at + 1] = grownShare * absolute * grown(u * (c + 2 + kappa), allowance);
          terms[at + 2] = scale * facts.absolute[i]! * grown(u * (2 + kappa), allowance);
          const before = terms[at]! + terms[at + 1]! + terms[at + 2]!;
          terms[at + 3] = grown(of.lastErrors, allowance) * (size + before);
        }
        let underflowed = 2 * floor + times(size, of.flushed);
        const held = p[i]! > underflow.below ? p[i]! : underflow.held(p[i]!, gap[i]!);
        if (held * smallest <= underflow.below && held > 0) {
          if (!isFilled) products.fill(facts, lanes, lane, scaled);
          isFilled = true;
          underflowed += products.lostWith(held);
        }
        if (isFilled) underflowed += products.lost[k]!;
        if (isSigned) {
          if (products.largest <= (length * floor) / u) underflowed += p[i]! * length * cost;
          if (p[i]! * products.largest <= floor / u) underflowed += Math.min(cost, share * absolute);
        }
        if (size <= costOfDifference + terms[at]! + terms[at + 1]! + terms[at + 2]! + terms[at + 3]!)
          underflowed += Math.min(costOfDifference, share * total + scale * facts.absolute[i]!);
        terms[at + 4] = underflowed;
      }
    },
  };
}

/** What is the same in all lanes of a case, for `lossGradientBound`. */
interface LossGradientOfCase {
  readonly caseNumber: number;
  readonly weightsFrom: number;
  readonly smoothing: Smoothing;
  readonly c: number;
  readonly kappa: number;
  readonly r: number;
  readonly lastErrors: number;
  readonly flushed: number;
  readonly inverse: number;
  readonly smallestOfIndices: number;
  readonly areIndices: boolean;
}

function lossGradientOfCase(
  bounded: BoundedColumn,
  allowance: Allowance,
  caseNumber: number,
): LossGradientOfCase {
  const facts = bounded.facts!;
  const loss = facts.losses[caseNumber]!;
  const { u, underflow, sum } = allowance;
  const classes = classesOf(bounded.column, caseNumber);
  const isMean = loss.reduction === 'mean';
  const overPositions = isMean && isWeightedMean(loss) ? sum(facts.positions[caseNumber]!) : 0;
  return {
    caseNumber,
    weightsFrom: facts.weightsFrom[caseNumber]!,
    smoothing: smoothingOf(facts, caseNumber, classes),
    c: sum(classes),
    kappa: smoothingRoundings(loss),
    r: isMean ? 3 + overPositions : 1,
    lastErrors: u * (1 + (isMean ? 3 : 1)) + inverted(u * overPositions, allowance),
    flushed: flushedWeights(bounded.column, facts, caseNumber, underflow),
    inverse: 1 / Math.abs(facts.denominator[caseNumber]!),
    smallestOfIndices: smallestOfIndices(loss, classes),
    areIndices: isIndexTarget(loss.target),
  };
}

/** No product of w and a part of t' has less of factors below 1, where t is 0 or 1. Cheap, and not sharp. */
function smallestOfIndices({ weight, labelSmoothing }: Loss, classes: number): number {
  let smallest = 1;
  if (weight !== undefined) {
    const { data } = weight;
    for (let k = 0; k < data.length; k++) if (data[k]! > 0 && data[k]! < smallest) smallest = data[k]!;
  }
  return labelSmoothing === 0
    ? smallest
    : smallest * Math.min(labelSmoothing / classes, labelSmoothing < 1 ? 1 - labelSmoothing : 1);
}

/** The same of a position, whatever t is. */
function smallestFactors(
  { hot, weights, targets }: LossFacts,
  lanes: ColumnLanes,
  lane: number,
  of: LossGradientOfCase,
): number {
  const y = hot[lane]!;
  if (y >= 0) return low(weights[of.weightsFrom + y]!);
  if (of.areIndices) return of.smallestOfIndices;
  const { keep, spread } = of.smoothing;
  const length = lanes.length[lane]!;
  const stride = lanes.stride[lane]!;
  let smallest = 1;
  for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
    const t = targets[i]!;
    const own = Math.abs(t);
    if (own < smallest && own > 0) smallest = own;
    if (t >= 0 || spread === 0) continue;
    const net = Math.abs(keep * t + spread);
    if (net < smallest && net > 0) smallest = net;
  }
  return of.smallestOfIndices * smallest;
}

/**
 * §11: ≤ |k|·w'_c·(B_c + 6u|ℓ_c|) with w' = (1−ε)w, the underflow of the product of dy, 1/D, 1−ε, w and ℓ,
 * and F.
 */
function targetGradientBound(bounded: BoundedColumn, allowance: Allowance): Bound {
  const { column, analysis } = bounded;
  const facts = bounded.facts!;
  const { logP, gap, meanGap, logSum, lanes } = analysis;
  const { u, exp, log, shift, floor, underflow, sum } = allowance;
  const { losses, weights, weightsFrom, denominator } = facts;
  const coarse = allowance.coarse === null ? null : coarseLogs(analysis, allowance);
  const ofProducts = grown(6 * u, allowance);
  return {
    names: ['the logarithm', 'the products', 'underflow'],
    fillLane(terms, lane) {
      const length = lanes.length[lane]!;
      const stride = lanes.stride[lane]!;
      const caseNumber = lanes.caseOf[lane]!;
      const from = weightsFrom[caseNumber]!;
      const c = sum(length);
      const keep = 1 - losses[caseNumber]!.labelSmoothing;
      const inverse = 1 / Math.abs(denominator[caseNumber]!);
      const dy = Math.abs(column.cotangent[lane]!);
      const scale = Math.abs(scaleOf(column, facts, lane));
      const small = low(dy) * low(inverse) * keep;
      const cost = floor * high(dy) * high(inverse);
      for (let k = 0, i = lanes.start[lane]!, at = 0; k < length; k++, i += stride, at += 3) {
        const w = weights[from + k]!;
        const size = Math.abs(logP[i]!);
        const logError =
          coarse === null
            ? u * (shift * (gap[i]! + meanGap[lane]!) + exp + c + log * logSum[lane]! + size)
            : coarse.ofLogShare(i, lane) * (1 + ofProducts);
        const product = times(scale, w * keep);
        terms[at] = times(product, logError);
        terms[at + 1] = coarse === null ? times(product, size) * 6 * u : times(product, size) * ofProducts;
        const isNothing = small === 0 || w === 0 || size === 0;
        const lost = isNothing
          ? 0
          : underflow.product(small * low(w) * low(size), cost * high(w) * high(size));
        terms[at + 2] = lost + floor;
      }
    },
  };
}
