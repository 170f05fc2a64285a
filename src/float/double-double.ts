/**
 * Double-double arithmetic: a value as the unevaluated sum hi + lo of two float64, |lo| ≤ ulp(hi)/2, about
 * 106 bits. The error-free transformations are Dekker's and Knuth's; no FMA is assumed. Knows no softmax.
 */
import { exponentOf } from './ulp.ts';

export interface DoubleDouble {
  readonly hi: number;
  readonly lo: number;
}

export const zero: DoubleDouble = { hi: 0, lo: 0 };
export const one: DoubleDouble = { hi: 1, lo: 0 };

export function from(hi: number): DoubleDouble {
  return { hi, lo: 0 };
}

/**
 * a + b exactly (Dekker's two-sum, the larger first: Knuth's needs no order, but its intermediate results
 * overflow where the sum does not); just the sum where that is not finite.
 */
export function twoSum(a: number, b: number): DoubleDouble {
  return Math.abs(a) >= Math.abs(b) ? quickTwoSum(a, b) : quickTwoSum(b, a);
}

function quickTwoSum(a: number, b: number): DoubleDouble {
  const hi = a + b;
  return { hi, lo: Number.isFinite(hi) ? b - (hi - a) : 0 };
}

const splitter = 2 ** 27 + 1;
const splitLimit = 2 ** 996; // above it the product with the splitter overflows

/** a · b exactly (Dekker), where neither the product nor its low part over- or underflows. */
export function twoProduct(a: number, b: number): DoubleDouble {
  const hi = a * b;
  if (!Number.isFinite(hi) || hi === 0) return { hi, lo: 0 };
  if (Math.abs(a) > splitLimit) return scale(twoProduct(a * 2 ** -53, b), 53);
  if (Math.abs(b) > splitLimit) return scale(twoProduct(a, b * 2 ** -53), 53);
  const ta = splitter * a;
  const aHi = ta - (ta - a);
  const aLo = a - aHi;
  const tb = splitter * b;
  const bHi = tb - (tb - b);
  const bLo = b - bHi;
  return { hi, lo: aHi * bHi - hi + aHi * bLo + aLo * bHi + aLo * bLo };
}

export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const s = twoSum(a.hi, b.hi);
  if (!Number.isFinite(s.hi)) return { hi: s.hi, lo: 0 };
  const t = twoSum(a.lo, b.lo);
  const u = quickTwoSum(s.hi, s.lo + t.hi);
  return quickTwoSum(u.hi, u.lo + t.lo);
}

export function negate(a: DoubleDouble): DoubleDouble {
  return { hi: -a.hi, lo: -a.lo };
}

export function subtract(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  return add(a, negate(b));
}

export function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const p = twoProduct(a.hi, b.hi);
  if (!Number.isFinite(p.hi) || p.hi === 0) return p;
  return quickTwoSum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

/**
 * The quotient a ÷ b by long division: three quotient digits of 53 bits. Scaled near the largest finite,
 * where quotient · b may overflow.
 */
export function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  if (Math.abs(a.hi) > splitLimit && Number.isFinite(a.hi)) return scale(divide(scale(a, -64), b), 64);
  const q1 = a.hi / b.hi;
  if (!Number.isFinite(q1) || q1 === 0 || !Number.isFinite(b.hi)) return { hi: q1, lo: 0 };
  const r1 = subtract(a, multiply(b, from(q1)));
  const q2 = r1.hi / b.hi;
  const r2 = subtract(r1, multiply(b, from(q2)));
  return add(quickTwoSum(q1, q2), from(r2.hi / b.hi));
}

/**
 * The product of several factors, without an overflow or underflow on the way that the result does not have.
 */
export function product(factors: readonly DoubleDouble[]): DoubleDouble {
  let result = one;
  let exponent = 0;
  for (const factor of factors) {
    if (factor.hi === 0 || !Number.isFinite(factor.hi)) return specialProduct(factors);
    const own = exponentOf(factor.hi);
    exponent += own;
    result = multiply(result, scale(factor, -own));
  }
  return scale(result, exponent);
}

/** The product where a factor is 0, ±∞ or NaN: its sign and kind decide, not the sizes of the others. */
function specialProduct(factors: readonly DoubleDouble[]): DoubleDouble {
  return from(factors.reduce((result, { hi }) => result * (Number.isFinite(hi) ? Math.sign(hi) : hi), 1));
}

/** a · 2^n; exact unless it over- or underflows. */
export function scale({ hi, lo }: DoubleDouble, n: number): DoubleDouble {
  if (n > 1000) return scale({ hi: hi * 2 ** 1000, lo: lo * 2 ** 1000 }, n - 1000);
  if (n < -1000) return scale({ hi: hi * 2 ** -1000, lo: lo * 2 ** -1000 }, n + 1000);
  return { hi: hi * 2 ** n, lo: lo * 2 ** n };
}

// ln 2 in three parts, the first of 32 bits so that its product with an exponent is exact.
const ln2High = 0.6931471803691238;
const ln2Middle = 1.9082149292705877e-10;
/** log 2 to 107 bits. */
export const ln2: DoubleDouble = { hi: 0.6931471805599453, lo: 2.3190468138462996e-17 };

const halvings = 9;
const taylorTerms = 10; // |r| ≤ ln 2/1024: r^11/11! is below 2^-140
/** 1/n, at its place: a division in the series costs as much as four products. */
const inverses: readonly DoubleDouble[] = Array.from({ length: taylorTerms + 1 }, (_, n) =>
  n === 0 ? zero : divide(one, from(n)),
);

/**
 * exp(a), relative error below 2^-98: a = k·ln 2 + 512·r, exp(r) − 1 by Taylor, squared nine times as exp − 1
 * so that the small part keeps its bits. Underflows gradually; below 2^-1022 the low part is lost first.
 */
export function exp(a: DoubleDouble): DoubleDouble {
  if (Number.isNaN(a.hi)) return a;
  if (a.hi === 0) return one; // the low part of 0 is 0
  if (a.hi > 709.79) return { hi: Infinity, lo: 0 };
  if (a.hi < -745.14) return zero;
  const k = Math.round(a.hi / ln2.hi);
  const r = scale(
    subtract(subtract(subtract(a, from(k * ln2High)), twoProduct(k, ln2Middle)), twoProduct(k, ln2Rest)),
    -halvings,
  );
  let p = zero; // Horner for exp(r) − 1
  for (let n = taylorTerms; n >= 1; n--) p = multiply(multiply(r, add(one, p)), inverses[n]!);
  for (let i = 0; i < halvings; i++) p = add(scale(p, 1), multiply(p, p));
  return scale(add(one, p), k);
}

/**
 * ln 2 − ln2High − ln2Middle, computed from the double-double ln 2; the sum of the parts is good to 2^-105.
 */
const ln2Rest: number = subtract(subtract(ln2, from(ln2High)), from(ln2Middle)).hi;

/**
 * log(a) for a > 0: two Newton steps' worth of series around float64's logarithm.
 * Absolute error below 2^-98·max(1, |log a|).
 */
export function log(a: DoubleDouble): DoubleDouble {
  if (!(a.hi > 0) || a.hi === Infinity) return from(Math.log(a.hi));
  const y = Math.log(a.hi);
  const z = subtract(multiply(a, exp(from(-y))), one); // a·exp(−y) − 1, about 2^-52
  const z2 = multiply(z, z);
  const series = add(subtract(z, scale(z2, -1)), from((z.hi * z.hi * z.hi) / 3));
  return add(from(y), series);
}

const series1pLimit = 0.125;

/** log(1 + a) for a > −1, relative error below 2^-98: by 2·atanh(a/(2 + a)) where a is small. */
export function log1p(a: DoubleDouble): DoubleDouble {
  if (!(Math.abs(a.hi) < series1pLimit)) return log(add(one, a));
  const s = divide(a, add(from(2), a));
  const s2 = multiply(s, s);
  let sum = zero;
  let power = one;
  for (let n = 1; n <= 61 && (n === 1 || Math.abs(power.hi) > 2 ** -110); n += 2) {
    sum = add(sum, divide(power, from(n)));
    power = multiply(power, s2);
  }
  return scale(multiply(s, sum), 1);
}
