/**
 * The products that a cross-entropy is a sum of, as sets of factors whose order is left open: w_c,
 * (1−ε)·|t_c|, ε/C, and what all of them are scaled by. Factors below 1 are multiplied apart from those
 * above: see underflow.ts.
 */
import type { FlatColumn } from './flat-column.ts';
import type { LossFacts } from './loss-facts.ts';
import type { Underflow } from './underflow.ts';

/** min(1, x) of a magnitude. */
export function low(x: number): number {
  return x < 1 ? x : 1;
}

/** max(1, x) of a magnitude. */
export function high(x: number): number {
  return x > 1 ? x : 1;
}

/** What the parts of a target are worked out with: 1 − ε, and ε/C. */
export interface Smoothing {
  readonly keep: number;
  readonly spread: number;
}

/** The smoothing of case i, whose lanes have so many classes. */
export function smoothingOf({ losses }: LossFacts, i: number, classes: number): Smoothing {
  const { labelSmoothing } = losses[i]!;
  return { keep: 1 - labelSmoothing, spread: labelSmoothing / classes };
}

/*
 * A target's parts at one class, each a factor of a product of its own: (1−ε)·|t|, ε/C, and their sum where
 * they cancel.
 */

/** (1−ε)·|t|: 0 where t is. */
export function ownPart(t: number, { keep }: Smoothing): number {
  return keep * Math.abs(t);
}

/** |(1−ε)·t + ε/C| where t is negative and ε is not 0, else 0. */
export function netPart(t: number, { keep, spread }: Smoothing): number {
  return spread > 0 && t < 0 ? Math.abs(keep * t + spread) : 0;
}

/**
 * The products w_c·t'_c of one position, scaled by dy and 1/D: filled anew for each position that needs
 * them.
 */
export class LaneProducts {
  /** By class: what its own products lose. */
  lost: Float64Array = new Float64Array(0);
  readonly #underflow: Underflow;
  #small: Float64Array = new Float64Array(0);
  #amount: Float64Array = new Float64Array(0);
  #sums: Float64Array | null = null;
  #count = 0;
  #amounts = 0;
  #costs = 0;
  #smallest = Infinity;
  #largest = 0;

  constructor(underflow: Underflow) {
    this.#underflow = underflow;
  }

  /** The largest of the products of factors below 1. */
  get largest(): number {
    return this.#largest;
  }

  fill(
    { weights, weightsFrom, targets, hot }: LossFacts,
    lanes: FlatColumn['lanes'],
    lane: number,
    { small, cost, smoothing }: { small: number; cost: number; smoothing: Smoothing },
  ): void {
    const length = lanes.length[lane]!;
    const stride = lanes.stride[lane]!;
    const weightAt = weightsFrom[lanes.caseOf[lane]!]!;
    if (this.#small.length < 3 * length) {
      this.#small = new Float64Array(3 * length);
      this.#amount = new Float64Array(3 * length);
      this.lost = new Float64Array(length);
    }
    const { lost } = this;
    this.#sums = null;
    [this.#count, this.#amounts, this.#costs, this.#smallest, this.#largest] = [0, 0, 0, Infinity, 0];
    const { spread } = smoothing;
    lost.fill(0, 0, length);
    const y = hot[lane]!;
    const end = y < 0 ? length : y + 1;
    for (let k = Math.max(0, y), i = lanes.start[lane]! + k * stride; k < end; k++, i += stride) {
      const w = weights[weightAt + k]!;
      if (w === 0) continue;
      const own = ownPart(targets[i]!, smoothing);
      const net = netPart(targets[i]!, smoothing);
      const [smallOfClass, costOfClass] = [small * low(w), cost * high(w)];
      if (own > 0) lost[k]! += this.#add(smallOfClass * low(own), costOfClass * high(own));
      if (spread > 0) lost[k]! += this.#add(smallOfClass * spread, costOfClass);
      if (net > 0) lost[k]! += this.#add(smallOfClass * low(net), costOfClass * high(net));
    }
  }

  #add(small: number, cost: number): number {
    const amount = cost * (Math.max(small, Number.MIN_VALUE) / this.#underflow.floor);
    this.#small[this.#count] = small;
    this.#amount[this.#count++] = amount;
    this.#amounts += amount;
    this.#costs += cost;
    this.#smallest = Math.min(this.#smallest, small);
    this.#largest = Math.max(this.#largest, small);
    return this.#underflow.product(small, cost);
  }

  /** What all of them lose together where a share is one more factor. */
  lostWith(share: number): number {
    if (share === 0 || this.#count === 0) return 0;
    const below = this.#underflow.below / share;
    if (this.#smallest > below) return 0;
    const amounts = this.#largest <= below ? this.#amounts : this.#amountBelow(below);
    return this.#underflow.products(share * amounts, this.#costs, share * this.#smallest);
  }

  /** Sorted once a position, for the shares that some of the products are lost with, and some are not. */
  #amountBelow(limit: number): number {
    this.#sums ??= this.#sort();
    let [from, to] = [0, this.#count];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#small[middle]! <= limit) from = middle + 1;
      else to = middle;
    }
    return this.#sums[from]!;
  }

  /** The sums of the first amounts, in the order of the smalls: both are put into it. */
  #sort(): Float64Array {
    if (this.#count > insertedMax) this.#sortMany();
    else for (let n = 1; n < this.#count; n++) this.#insert(n);
    const sums = new Float64Array(this.#count + 1);
    for (let n = 0; n < this.#count; n++) sums[n + 1] = sums[n]! + this.#amount[n]!;
    return sums;
  }

  /** Puts a product in its place among those before it, which are in order: after the last as small. */
  #insert(n: number): void {
    const small = this.#small[n]!;
    const amount = this.#amount[n]!;
    let at = n;
    for (; at > 0 && this.#small[at - 1]! > small; at--) {
      this.#small[at] = this.#small[at - 1]!;
      this.#amount[at] = this.#amount[at - 1]!;
    }
    this.#small[at] = small;
    this.#amount[at] = amount;
  }

  #sortMany(): void {
    const [small, amount] = [this.#small.slice(0, this.#count), this.#amount.slice(0, this.#count)];
    const order = Array.from(small.keys()).sort((a, b) => small[a]! - small[b]!);
    order.forEach((n, at) => {
      this.#small[at] = small[n]!;
      this.#amount[at] = amount[n]!;
    });
  }
}

/** So many are put in order faster one by one. */
const insertedMax = 32;
