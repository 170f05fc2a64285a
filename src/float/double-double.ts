/**
 * Double-double arithmetic: a value as the unevaluated sum hi + lo of two float64, |lo| ≤ ulp(hi)/2, about
 * 106 bits. The error-free transformations are Dekker's and Knuth's; no FMA is assumed. Knows no softmax.
 *
 * A pair of its own for each result would cost more than the arithmetic: an operation changes the number that
 * it is called on, and takes the parts of the other.
 */
import { powerOfTwo } from './power-of-two.ts';
import { exponentOf } from './ulp.ts';

/**
 * a + b − sum, exactly, where `sum` is a + b rounded; 0 where that is not finite. Dekker's, the larger first:
 * Knuth's needs no order, but its intermediate results overflow where the sum does not.
 */
export function lostOfSum(a: number, b: number, sum: number): number {
  if (!(Math.abs(sum) < Infinity)) return 0;
  return Math.abs(a) >= Math.abs(b) ? b - (sum - a) : a - (sum - b);
}

/** The same where |a| ≥ |b|, or a is 0. */
function lostOfOrderedSum(a: number, b: number, sum: number): number {
  return Math.abs(sum) < Infinity ? b - (sum - a) : 0;
}

/** Far from where anything over- or underflows. */
function isModerate(x: number): boolean {
  const size = Math.abs(x);
  return size < 2 ** 400 && size > 2 ** -400;
}

const splitter = 2 ** 27 + 1;
const splitLimit = 2 ** 996; // above it the product with the splitter overflows

/** a · b − product, exactly (Dekker), where neither the product nor its low part over- or underflows. */
export function lostOfProduct(a: number, b: number, product: number): number {
  if (!(Math.abs(product) < Infinity) || product === 0) return 0;
  if (Math.abs(a) > splitLimit || Math.abs(b) > splitLimit) return lostOfLargeProduct(a, b, product);
  return lostOfSplitProduct(a, b, product);
}

function lostOfLargeProduct(a: number, b: number, product: number): number {
  return Math.abs(a) > splitLimit
    ? lostOfProduct(a * 2 ** -53, b, product * 2 ** -53) * 2 ** 53
    : lostOfProduct(a, b * 2 ** -53, product * 2 ** -53) * 2 ** 53;
}

function lostOfSplitProduct(a: number, b: number, product: number): number {
  const ta = splitter * a;
  const aHi = ta - (ta - a);
  const aLo = a - aHi;
  const tb = splitter * b;
  const bHi = tb - (tb - b);
  const bLo = b - bHi;
  return aHi * bHi - product + aHi * bLo + aLo * bHi + aLo * bLo;
}

/** A number that changes: each operation leaves its result in it. */
export class DoubleDouble {
  hi: number;
  lo: number;

  constructor(hi = 0, lo = 0) {
    this.hi = hi;
    this.lo = lo;
  }

  set(hi: number, lo = 0): this {
    this.hi = hi;
    this.lo = lo;
    return this;
  }

  /** a + b of two float64, exactly; just the sum where that is not finite. */
  setSum(a: number, b: number): this {
    this.hi = a + b;
    this.lo = lostOfSum(a, b, this.hi);
    return this;
  }

  /** a · b of two float64, as exactly as `lostOfProduct` says. */
  setProduct(a: number, b: number): this {
    this.hi = a * b;
    this.lo = lostOfProduct(a, b, this.hi);
    return this;
  }

  add(hi: number, lo = 0): this {
    const sum = this.hi + hi;
    if (!(Math.abs(sum) < Infinity)) return this.set(sum);
    const sumOfLow = this.lo + lo;
    const rest = lostOfSum(this.hi, hi, sum) + sumOfLow;
    const high = sum + rest;
    const low = lostOfOrderedSum(sum, rest, high) + lostOfSum(this.lo, lo, sumOfLow);
    this.hi = high + low;
    this.lo = lostOfOrderedSum(high, low, this.hi);
    return this;
  }

  subtract(hi: number, lo = 0): this {
    return this.add(-hi, -lo);
  }

  negate(): this {
    return this.set(-this.hi, -this.lo);
  }

  multiply(hi: number, lo = 0): this {
    const product = this.hi * hi;
    if (!(Math.abs(product) < Infinity) || product === 0) return this.set(product);
    const low = lostOfProduct(this.hi, hi, product) + (this.hi * lo + this.lo * hi);
    this.hi = product + low;
    this.lo = lostOfOrderedSum(product, low, this.hi);
    return this;
  }

  /**
   * Long division: three quotient digits of 53 bits. Scaled near the largest finite,
   * where quotient · divisor may overflow.
   */
  divide(hi: number, lo = 0): this {
    if (isModerate(this.hi) && isModerate(hi)) return this.#divideModerate(hi, lo);
    if (Math.abs(this.hi) > splitLimit && Number.isFinite(this.hi)) {
      return this.scale(-64).divide(hi, lo).scale(64);
    }
    const first = this.hi / hi;
    if (!Number.isFinite(first) || first === 0 || !Number.isFinite(hi)) return this.set(first);
    product.set(hi, lo).multiply(first);
    this.subtract(product.hi, product.lo);
    const second = this.hi / hi;
    product.set(hi, lo).multiply(second);
    this.subtract(product.hi, product.lo);
    const third = this.hi / hi;
    const quotient = first + second;
    return this.set(quotient, lostOfOrderedSum(first, second, quotient)).add(third);
  }

  /** The same where nothing comes near the limits of float64: nearly always, and with no look at them. */
  #divideModerate(hi: number, lo: number): this {
    const first = this.hi / hi;
    this.#subtractMultiple(first, hi, lo);
    const second = this.hi / hi;
    this.#subtractMultiple(second, hi, lo);
    const third = this.hi / hi;
    const quotient = first + second;
    return this.set(quotient, second - (quotient - first)).add(third);
  }

  /** − factor · (hi + lo), which is so near that the difference of the high parts is exact. */
  #subtractMultiple(factor: number, hi: number, lo: number): void {
    const product = hi * factor;
    const rounded = lostOfSplitProduct(hi, factor, product) + lo * factor;
    const productHi = product + rounded;
    const productLo = rounded - (productHi - product);
    const own = this.lo;
    const sum = this.hi - productHi;
    const rest = own - productLo;
    const added = rest - own; // Knuth's two-sum
    const lostOfLow = own - (rest - added) - (productLo + added);
    const high = sum + rest;
    const low = rest - (high - sum) + lostOfLow;
    this.hi = high + low;
    this.lo = low - (this.hi - high);
  }

  /** · 2^n; exact unless it over- or underflows. */
  scale(n: number): this {
    if (n > 1000) return this.set(this.hi * 2 ** 1000, this.lo * 2 ** 1000).scale(n - 1000);
    if (n < -1000) return this.set(this.hi * 2 ** -1000, this.lo * 2 ** -1000).scale(n + 1000);
    const power = powerOfTwo(n);
    return this.set(this.hi * power, this.lo * power);
  }

  /** As `expAll` says. */
  exp(): this {
    one.hi[0] = this.hi;
    one.lo[0] = this.lo;
    expAll(one, 1);
    return this.set(one.hi[0]!, one.lo[0]!);
  }

  /**
   * For what is above 0: two Newton steps' worth of series around float64's logarithm.
   * Absolute error below 2^-98·max(1, |log|).
   */
  log(): this {
    if (!(this.hi > 0) || this.hi === Infinity) return this.set(Math.log(this.hi));
    const y = Math.log(this.hi);
    power.set(-y).exp();
    return this.refineLog(y, power.hi, power.lo);
  }

  /** The logarithm, of which y is float64's and e^−y = hi + lo. */
  refineLog(y: number, hi: number, lo: number): this {
    const z = this.multiply(hi, lo).subtract(1); // x·exp(−y) − 1, about 2^-52
    const third = (z.hi * z.hi * z.hi) / 3;
    power.set(z.hi, z.lo).multiply(z.hi, z.lo).scale(-1);
    z.subtract(power.hi, power.lo).add(third);
    const { hi: restHi, lo: restLo } = z;
    return this.set(y).add(restHi, restLo);
  }

  /** log(1 + x) for x > −1, relative error below 2^-98: by 2·atanh(x/(2 + x)) where x is small. */
  log1p(): this {
    if (!(Math.abs(this.hi) < series1pLimit)) {
      const { hi, lo } = this;
      return this.set(1).add(hi, lo).log();
    }
    divisor.set(2).add(this.hi, this.lo);
    const s = this.divide(divisor.hi, divisor.lo);
    square.set(s.hi, s.lo).multiply(s.hi, s.lo);
    sum.set(0);
    power.set(1);
    for (let n = 1; n <= 61 && (n === 1 || Math.abs(power.hi) > 2 ** -110); n += 2) {
      term.set(power.hi, power.lo).divide(n);
      sum.add(term.hi, term.lo);
      power.multiply(square.hi, square.lo);
    }
    return s.multiply(sum.hi, sum.lo).scale(1);
  }
}

const series1pLimit = 0.125;

// What the operations work with, each of them in one alone; `product` is the division's.
const product = new DoubleDouble();
const power = new DoubleDouble();
const divisor = new DoubleDouble();
const square = new DoubleDouble();
const sum = new DoubleDouble();
const term = new DoubleDouble();

/**
 * The product of several factors, without an overflow or underflow on the way that the result does not have.
 */
export class ScaledProduct {
  readonly #result = new DoubleDouble(1);
  #exponent = 0;
  /**
   * Where a factor is 0, ±∞ or NaN: its sign and kind decide, not the sizes of the others.
   */
  #special = 1;
  #isSpecial = false;

  start(): this {
    this.#result.set(1);
    this.#exponent = 0;
    this.#special = 1;
    this.#isSpecial = false;
    return this;
  }

  times(hi: number, lo = 0): this {
    const isFinite = Number.isFinite(hi);
    this.#special *= isFinite ? Math.sign(hi) : hi;
    if (hi === 0 || !isFinite) this.#isSpecial = true;
    if (this.#isSpecial) return this;
    const own = exponentOf(hi);
    this.#exponent += own;
    factor.set(hi, lo).scale(-own);
    this.#result.multiply(factor.hi, factor.lo);
    return this;
  }

  /** Leaves the product in `to`. */
  into(to: DoubleDouble): DoubleDouble {
    if (this.#isSpecial) return to.set(this.#special);
    return to.set(this.#result.hi, this.#result.lo).scale(this.#exponent);
  }

  /** Adds the product, which is a finite one, to `sum`. */
  addTo(sum: ScaledSum): void {
    if (!this.#isSpecial) sum.add(this.#result.hi, this.#result.lo, this.#exponent);
  }
}

const factor = new DoubleDouble();

/** A sum of finite numbers, whose exponent is kept apart: no partial sum overflows. */
export class ScaledSum {
  readonly #sum = new DoubleDouble();
  #exponent = 0;

  start(): this {
    this.#sum.set(0);
    this.#exponent = 0;
    return this;
  }

  /** Adds (hi + lo)·2^exponent. */
  add(hi: number, lo: number, exponent: number): void {
    if (hi === 0) return;
    const own = exponentOf(hi);
    const total = own + exponent;
    if (this.#sum.hi === 0 || total > this.#exponent) {
      this.#sum.scale(this.#exponent - total);
      this.#exponent = total;
    }
    // in two steps: the first loses no bit, and the second no more than the sum does
    factor.set(hi, lo).scale(-own);
    factor.scale(total - this.#exponent);
    this.#sum.add(factor.hi, factor.lo);
  }

  divide(hi: number, lo = 0): this {
    const own = exponentOf(hi);
    factor.set(hi, lo).scale(-own);
    this.#sum.divide(factor.hi, factor.lo);
    this.#exponent -= own;
    return this;
  }

  /** log2 of its size. */
  get exponent(): number {
    return Math.log2(Math.abs(this.#sum.hi)) + this.#exponent;
  }

  /** Leaves the sum in `to`; ±∞ where it is beyond float64. */
  into(to: DoubleDouble): DoubleDouble {
    return to.set(this.#sum.hi, this.#sum.lo).scale(this.#exponent);
  }
}

/** Numbers in two arrays, the high parts and the low ones. */
export interface DoubleDoubles {
  readonly hi: Float64Array;
  readonly lo: Float64Array;
}

export function doubleDoubles(length: number): DoubleDoubles {
  return { hi: new Float64Array(length), lo: new Float64Array(length) };
}

const one = doubleDoubles(1);

// ln 2 in three parts, the first of 32 bits so that its product with an exponent is exact.
const ln2High = 0.6931471803691238;
const ln2Middle = 1.9082149292705877e-10;
/** log 2 to 107 bits. */
export const ln2: Readonly<Pick<DoubleDouble, 'hi' | 'lo'>> = {
  hi: 0.6931471805599453,
  lo: 2.3190468138462996e-17,
};
/**
 * ln 2 − ln2High − ln2Middle, computed from the double-double ln 2; the sum of the parts is good to 2^-105.
 */
const ln2Rest: number = new DoubleDouble(ln2.hi, ln2.lo).subtract(ln2High).subtract(ln2Middle).hi;

const halvings = 9;
const taylorTerms = 10; // |r| ≤ ln 2/1024: r^11/11! is below 2^-140
/** 1/n, at its place: a division in the series costs as much as four products. */
const inverses = doubleDoubles(taylorTerms + 1);
for (let n = 1; n <= taylorTerms; n++) {
  const { hi, lo } = new DoubleDouble(1).divide(n);
  inverses.hi[n] = hi;
  inverses.lo[n] = lo;
}

/** So many numbers at once stay in the nearest cache. */
const blockLength = 64;
const exponents = new Float64Array(blockLength);
const rests = doubleDoubles(blockLength);
const powers = doubleDoubles(blockLength);

/**
 * e^x of the first `count` numbers, in place; relative error below 2^-98. x = k·ln 2 + 512·r, exp(r) − 1 by
 * Taylor, squared nine times as exp − 1 so that the small part keeps its bits. Underflows gradually; below
 * 2^-1022 the low part is lost first.
 *
 * One step of all numbers of a block after the other, as none of a number waits for the last of another: of
 * one number alone each operation waits for the one before, and takes four times as long as it needs.
 */
export function expAll(x: DoubleDoubles, count: number): void {
  for (let from = 0; from < count; from += blockLength) {
    const length = Math.min(blockLength, count - from);
    reduce(x, from, length);
    for (let n = taylorTerms; n >= 1; n--) addTaylorTerm(n, length);
    for (let i = 0; i < halvings; i++) squarePowers(length);
    finish(x, from, length);
  }
}

const estimates = new Float64Array(blockLength);
const inverted = doubleDoubles(blockLength);

/**
 * log(1 + x) of the first `count` numbers, in place, as `DoubleDouble.log1p` says: the powers that the
 * logarithms of a block are refined by are worked out at once.
 */
export function log1pAll(x: DoubleDoubles, count: number): void {
  for (let from = 0; from < count; from += blockLength) {
    const length = Math.min(blockLength, count - from);
    for (let i = 0; i < length; i++) {
      const hi = x.hi[from + i]!;
      reduced.set(1).add(hi, x.lo[from + i]!);
      const isRefined = hi >= series1pLimit && reduced.hi < Infinity;
      estimates[i] = isRefined ? Math.log(reduced.hi) : 0;
      inverted.hi[i] = -estimates[i]!;
      inverted.lo[i] = 0;
    }
    expAll(inverted, length);
    for (let i = 0; i < length; i++) {
      reduced.set(x.hi[from + i]!, x.lo[from + i]!);
      if (estimates[i] === 0) reduced.log1p();
      else {
        const { hi, lo } = reduced;
        reduced.set(1).add(hi, lo).refineLog(estimates[i]!, inverted.hi[i]!, inverted.lo[i]!);
      }
      x.hi[from + i] = reduced.hi;
      x.lo[from + i] = reduced.lo;
    }
  }
}

/** Where e^x is a power at all: not NaN, nor ±∞, nor 0, nor beyond what float64 holds. */
function isRegular(x: number): boolean {
  return x !== 0 && x <= 709.79 && x >= -745.14;
}

function reduce(x: DoubleDoubles, from: number, length: number): void {
  for (let i = 0; i < length; i++) {
    const hi = x.hi[from + i]!;
    powers.hi[i] = 0;
    powers.lo[i] = 0;
    const k = isRegular(hi) ? Math.round(hi / ln2.hi) : 0;
    exponents[i] = k;
    reduced.set(isRegular(hi) ? hi : 0, x.lo[from + i]!).subtract(k * ln2High);
    product.setProduct(k, ln2Middle);
    reduced.subtract(product.hi, product.lo);
    product.setProduct(k, ln2Rest);
    reduced.subtract(product.hi, product.lo).scale(-halvings);
    rests.hi[i] = reduced.hi;
    rests.lo[i] = reduced.lo;
  }
}

const reduced = new DoubleDouble();

/** p = r·(1 + p)/n: Horner's step for exp(r) − 1. Of 1 + p the larger is known, and its low part is 0. */
function addTaylorTerm(n: number, length: number): void {
  const inverseHi = inverses.hi[n]!;
  const inverseLo = inverses.lo[n]!;
  for (let i = 0; i < length; i++) {
    const pHi = powers.hi[i]!;
    const rHi = rests.hi[i]!;
    const sum = 1 + pHi;
    const rest = pHi - (sum - 1) + powers.lo[i]!;
    const hi = sum + rest;
    const lo = rest - (hi - sum);

    let product = rHi * hi;
    if (product === 0) {
      powers.hi[i] = product * inverseHi;
      powers.lo[i] = 0;
      continue;
    }
    let low = lostOfSplitProduct(rHi, hi, product) + (rHi * lo + rests.lo[i]! * hi);
    const qHi = product + low;
    const qLo = low - (qHi - product);

    product = qHi * inverseHi;
    if (product === 0) {
      powers.hi[i] = product;
      powers.lo[i] = 0;
      continue;
    }
    low = lostOfSplitProduct(qHi, inverseHi, product) + (qHi * inverseLo + qLo * inverseHi);
    const next = product + low;
    powers.hi[i] = next;
    powers.lo[i] = low - (next - product);
  }
}

/** p = 2p + p²: exp(2r) − 1 of exp(r) − 1. |p| is below 1, so that 2p is the larger. */
function squarePowers(length: number): void {
  for (let i = 0; i < length; i++) {
    const pHi = powers.hi[i]!;
    const pLo = powers.lo[i]!;
    const product = pHi * pHi;
    let squareHi = product;
    let squareLo = 0;
    if (product !== 0) {
      const low = lostOfSplitProduct(pHi, pHi, product) + (pHi * pLo + pLo * pHi);
      squareHi = product + low;
      squareLo = low - (squareHi - product);
    }
    const twice = 2 * pHi;
    const sum = twice + squareHi;
    const twiceLo = 2 * pLo;
    const sumOfLow = twiceLo + squareLo;
    const added = sumOfLow - twiceLo; // Knuth's two-sum
    const lostOfLow = twiceLo - (sumOfLow - added) + (squareLo - added);
    const rest = squareHi - (sum - twice) + sumOfLow;
    const hi = sum + rest;
    const lo = rest - (hi - sum) + lostOfLow;
    powers.hi[i] = hi + lo;
    powers.lo[i] = lo - (hi + lo - hi);
  }
}

function finish(x: DoubleDoubles, from: number, length: number): void {
  for (let i = 0; i < length; i++) {
    const own = x.hi[from + i]!;
    if (isRegular(own)) reduced.set(1).add(powers.hi[i]!, powers.lo[i]!).scale(exponents[i]!);
    else if (own === 0)
      reduced.set(1); // the low part of 0 is 0
    else if (own > 0) reduced.set(Infinity);
    else if (own < 0) reduced.set(0);
    else reduced.set(own, x.lo[from + i]!);
    x.hi[from + i] = reduced.hi;
    x.lo[from + i] = reduced.lo;
  }
}
