/**
 * The products that a cross-entropy is a sum of, as sets of factors whose order is left open: w_c,
 * (1−ε)·|t_c|, ε/C, and what all of them are scaled by. Factors below 1 are multiplied apart from those
 * above: see underflow.ts.
 */
import { isIndexTarget } from '../case/case.ts';
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

/**
 * A target's parts at one class, each a factor of a product of its own: (1−ε)·|t|, ε/C, and their sum where
 * they cancel.
 */
export interface TargetParts {
  /** |t|, for a kernel that has 1 − ε multiply a sum. */
  target: number;
  /** 0 where t is. */
  own: number;
  /** 0 without smoothing. */
  spread: number;
  /** |(1−ε)·t + ε/C| where t is negative and ε is not 0, else 0. */
  net: number;
}

export function noParts(): TargetParts {
  return { target: 0, own: 0, spread: 0, net: 0 };
}

export type PartsReader = (parts: TargetParts, k: number, i: number, lane: number) => void;

/** Fills in the parts of class k of a position, flat position i. */
export function partsReader({ loss }: LossFacts, classes: number): PartsReader {
  const { target, labelSmoothing } = loss;
  const keep = 1 - labelSmoothing;
  const spread = labelSmoothing / classes;
  const isIndex = isIndexTarget(target);
  return (parts, k, i, lane) => {
    const t = isIndex ? (target.data[lane] === k ? 1 : 0) : target.data[i]!;
    parts.target = Math.abs(t);
    parts.own = keep * Math.abs(t);
    parts.spread = spread;
    parts.net = spread > 0 && t < 0 ? Math.abs(keep * t + spread) : 0;
  };
}

/**
 * The products w_c·t'_c of one position, scaled by dy and 1/D: filled anew for each position that needs
 * them.
 */
export class LaneProducts {
  /** By class: what its own products lose. */
  lost: Float64Array = new Float64Array(0);
  readonly #underflow: Underflow;
  readonly #parts: TargetParts = noParts();
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
    { facts, read, lane, start }: { facts: LossFacts; read: PartsReader; lane: number; start: number },
    { length, stride }: { readonly length: number; readonly stride: number },
    { small, cost }: { readonly small: number; readonly cost: number },
  ): void {
    const { weight } = facts.loss;

    if (this.#small.length < 3 * length) {
      this.#small = new Float64Array(3 * length);
      this.#amount = new Float64Array(3 * length);
      this.lost = new Float64Array(length);
    }
    const { lost } = this;
    this.#sums = null;
    [this.#count, this.#amounts, this.#costs, this.#smallest, this.#largest] = [0, 0, 0, Infinity, 0];
    for (let k = 0, i = start; k < length; k++, i += stride) {
      lost[k] = 0;
      const w = weight === undefined ? 1 : weight.data[k]!;
      if (w === 0) continue;
      read(this.#parts, k, i, lane);
      const { own, spread, net } = this.#parts;
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

  /** The sums of the first amounts, in the order of the smalls. */
  #sort(): Float64Array {
    const order = Array.from({ length: this.#count }, (_, n) => n).sort(
      (a, b) => this.#small[a]! - this.#small[b]!,
    );
    const sums = new Float64Array(this.#count + 1);
    order.forEach((n, at) => (sums[at + 1] = sums[at]! + this.#amount[n]!));
    this.#small.set(order.map((n) => this.#small[n]!));
    return sums;
  }
}
