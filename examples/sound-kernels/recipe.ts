/**
 * How a kernel computes: its rounding, exp, log, sums and quotients, and how it works a lane.
 * The parts are to be swapped.
 */
import { plainFormulas, type Formulas } from './formulas.ts';

export type Round = (value: number) => number;
export type Sum = (terms: Float64Array) => number;

export interface Recipe {
  /** What becomes of a value that is read, and of the result of one +, −, × or ÷. */
  readonly load: Round;
  readonly round: Round;
  /** `k` is the class of `n` that it is asked for: a vector's body and its tail may differ. */
  readonly exp: (x: number, k: number, n: number) => number;
  readonly log: Round;
  /** How terms are summed, in the order in which they stand. */
  readonly sum: Sum;
  /** Σ a·b. */
  readonly dot: (a: Float64Array, b: Float64Array) => number;
  /** a·b + c. */
  readonly multiplyAdd: (a: number, b: number, c: number) => number;
  readonly divide: (a: number, b: number) => number;
  /** In which order the products and sums of a formula are taken. */
  readonly formulas: Formulas;
  /** The work on a lane with a finite maximum. */
  readonly workLane: (x: Float64Array, recipe: Recipe) => WorkedLane;
}

export interface WorkedLane {
  readonly p: Float64Array;
  /** e^(x − max) and their sum, where the formulas divide by it later. */
  readonly powers?: Float64Array;
  readonly total?: number;
  readonly logP: Float64Array;
  readonly logSumExp: number;
}

/** The textbook's float kernel, correctly rounded at every step, and what is to be otherwise. */
export function recipeOf(round: Round, different: Partial<Recipe> = {}): Recipe {
  const sum = different.sum ?? sequential(round);
  return {
    load: (value) => value,
    round,
    exp: (x) => round(Math.exp(x)),
    log: (x) => round(Math.log(x)),
    sum,
    dot: (a, b) => sum(a.map((value, k) => round(value * b[k]!))),
    multiplyAdd: (a, b, c) => round(round(a * b) + c),
    divide: (a, b) => round(a / b),
    formulas: plainFormulas,
    workLane: inThreePasses,
    ...different,
  };
}

/** The maximum; e^(x − max) and its sum; the quotients. */
export function inThreePasses(x: Float64Array, recipe: Recipe): WorkedLane {
  const { round, exp, log, sum, divide } = recipe;
  const max = maximumOf(x);
  const z = x.map((value) => round(value - max));
  const e = z.map((value, k) => exp(value, k, z.length));
  const total = sum(e);
  const logTotal = log(total);
  return {
    p: e.map((value) => divide(value, total)),
    powers: e,
    total,
    logP: z.map((value) => round(value - logTotal)),
    logSumExp: round(max + logTotal),
  };
}

export function maximumOf(x: Float64Array): number {
  let max = -Infinity;
  for (const value of x) max = Math.max(max, value);
  return max;
}

export function sequential(round: Round): Sum {
  return (terms) => {
    let sum = 0;
    for (const term of terms) sum = round(sum + term);
    return sum;
  };
}

/** Blocks of `block` one after the other, and halves above. */
export function pairwise(round: Round, block = 8): Sum {
  const addBlock = sequential(round);
  const sum: Sum = (terms) => {
    if (terms.length <= block) return addBlock(terms);
    const half = block * Math.ceil(terms.length / block / 2);
    return round(sum(terms.subarray(0, half)) + sum(terms.subarray(half)));
  };
  return sum;
}

export function kahan(round: Round): Sum {
  return (terms) => {
    let [sum, lost] = [0, 0];
    for (const term of terms) {
      const corrected = round(term - lost);
      const total = round(sum + corrected);
      lost = Number.isFinite(total) ? round(round(total - sum) - corrected) : 0;
      sum = total;
    }
    return sum;
  };
}

/** `width` accumulators over the body, added in halves; then the tail, one by one. */
export function inAccumulators(round: Round, width: number): Sum {
  const halves = pairwise(round, 1);
  return (terms) => {
    const accumulators = new Float64Array(width);
    const body = bodyOf(terms.length, width);
    for (let k = 0; k < body; k++) accumulators[k % width] = round(accumulators[k % width]! + terms[k]!);
    let sum = halves(accumulators);
    for (let k = body; k < terms.length; k++) sum = round(sum + terms[k]!);
    return sum;
  };
}

/** How many of `n` elements fill whole vectors. */
export function bodyOf(n: number, width: number): number {
  return n - (n % width);
}
