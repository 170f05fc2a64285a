/**
 * What underflow costs (docs/numerics.md §1): a product loses itself, and only where some order of its
 * factors takes a partial product below the floor. Knows no formula.
 */
import { formatFacts, type Format } from '../float/format.ts';

/** Twice the smallest normal: a kernel may flush subnormals, of its intermediate results too (§1). */
export function floorOf(format: Format): number {
  return 2 * formatFacts(format).smallestNormal;
}

/**
 * A product is given as `small`, its factors below 1 multiplied out, and `cost`, the floor times its factors
 * above 1: the product is small · cost / floor, and no partial product, in any order, is below `small`.
 */
export interface Underflow {
  readonly floor: number;
  /** A larger `small` loses nothing. */
  readonly below: number;
  /** The error of a share p ≤ `below` with the gap a. */
  share(p: number, gap: number): number;
  /**
   * A share as it enters products: p, or the smallest magnitude where float64 lost it though exp may hold it.
   */
  held(p: number, gap: number): number;
  product(small: number, cost: number): number;
  /**
   * The same of products that are known by their sum, amounts and costs each, of which `smallest` is the
   * smallest `small`.
   */
  products(amount: number, cost: number, smallest: number): number;
}

/**
 * Roundings that may double a value among the subnormals: 2^8 − 1 times itself, or half the smallest of them
 * each (§1).
 */
const gainMax = 255;
const gainSteps = 4;

/**
 * The cut-off of exp is taken on a rounded exponent: e^z is off by 2.25·88·2^-24 in float32, and by less in
 * float64.
 */
const ofCutOff = 1 + 2 ** -16;

/** The least that float64 holds: factors that are not 0 have a product that is not. */
const least = Number.MIN_VALUE;

/** What a share or a product that underflow reaches may be off by, where `eta` is the smallest magnitude. */
function losses(eta: number, floor: number): Pick<Underflow, 'held' | 'share' | 'products'> {
  const gapOfNothing = -Math.log(eta) + 2 * Math.LN2; // e^−a < η/4: no exp within a few ULPs holds it
  const held = (p: number, gap: number): number => (p > 0 ? p : gap < gapOfNothing ? eta : 0);
  return {
    held,
    share: (p, gap) => (p === 0 ? 2 * held(p, gap) : Math.max(p, Math.min(8 * p, 2 * eta))),
    products(amount, cost, smallest) {
      if (smallest > gainSteps * eta) return amount;
      return Math.max(amount, Math.min(gainMax * amount, cost * ((gainSteps * eta) / floor)));
    },
  };
}

export function kernelUnderflow(format: Format): Underflow {
  return flushingUnderflow(floorOf(format), formatFacts(format).smallestSubnormal);
}

/** What may be flushed below the floor, or rounded to multiples of `eta` there. */
export function flushingUnderflow(floor: number, eta: number): Underflow {
  const below = floor * ofCutOff;
  const { held, share, products } = losses(eta, floor);
  return {
    floor,
    below,
    held,
    share,
    product: (small, cost) =>
      small > below ? 0 : products(cost * (Math.max(small, least) / floor), cost, small),
    products,
  };
}

/**
 * What may only be rounded to multiples of `eta`, below the smallest normal: one stored value is off by half
 * of it, and the floor is two of them at one place (docs/numerics.md §20).
 */
export function gradualUnderflow(smallestNormal: number, eta: number): Underflow {
  const floor = eta;
  const { held } = losses(eta, floor);
  const products = (amount: number, cost: number): number =>
    Math.min(gainMax * amount, cost * ((gainSteps * eta) / floor));
  return {
    floor,
    below: smallestNormal,
    held,
    share: (p, gap) => (p === 0 ? 2 * held(p, gap) : Math.min(8 * p, eta)),
    product: (small, cost) =>
      small > smallestNormal ? 0 : products(cost * (Math.max(small, least) / floor), cost),
    products,
  };
}

/**
 * What underflow costs an oracle: its floor, whatever the factors; no more than a kernel's where that is
 * less.
 */
export function oracleUnderflow(floor: number): Underflow {
  const { held, share, products } = losses(least, floor);
  const bounded = (amount: number, cost: number, smallest: number): number =>
    Math.min(cost, products(amount, cost, smallest));
  return {
    floor,
    below: Infinity,
    held,
    share: (p, gap) => (p > floor ? floor : share(p, gap)),
    product: (small, cost) => bounded(cost * (Math.max(small, least) / floor), cost, small),
    products: bounded,
  };
}
