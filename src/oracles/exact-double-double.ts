/**
 * The specified answer in double-double, about 100 bits: for float64 data, and where the float64 answer's own
 * error could turn a verdict. Slower by two orders; written apart from the float64 one, so that each is a
 * check on the other.
 */
import { isIndexTarget, type Case } from '../case/case.ts';
import * as dd from '../float/double-double.ts';
import type { DoubleDouble } from '../float/double-double.ts';
import { laneStart } from '../tensor/lanes.ts';
import { allMasked, hasInfinity, regular, type Analysis } from './lane-analysis.ts';
import type { LossFacts } from './loss-facts.ts';

export interface ExactPair {
  readonly exact: Float64Array;
  readonly exactLow: Float64Array;
}

interface Lane {
  readonly start: number;
  readonly state: number;
  readonly p: readonly DoubleDouble[];
  readonly logP: readonly DoubleDouble[];
  readonly max: DoubleDouble;
  readonly rest: DoubleDouble;
  readonly logSum: DoubleDouble;
}

const nan: DoubleDouble = { hi: NaN, lo: 0 };

/** Flat over the output. `analysis` lends its classification of the lanes only. */
export function exactInDoubleDouble(c: Case, analysis: Analysis, facts: LossFacts | null): ExactPair {
  const { lanes } = analysis;
  const values: DoubleDouble[] = [];
  const put = (at: number, value: DoubleDouble): void => void (values[at] = value);
  const all = Array.from({ length: lanes.count }, (_, lane) => laneOf(c, analysis, lane));
  if (c.operation === 'crossEntropy') {
    if (c.direction === 'forward') return pairOf(reducedLoss(c, analysis, facts!, all));
    const denominator = denominatorOf(c, facts!);
    all.forEach((lane, at) => gradientOfLoss(c, analysis, { facts: facts!, denominator, lane, at, put }));
  } else {
    all.forEach((lane, at) => fillLane(c, analysis, { lane, at, put }));
  }
  return pairOf(values);
}

function pairOf(values: readonly DoubleDouble[]): ExactPair {
  return {
    exact: Float64Array.from(values, ({ hi }) => hi),
    exactLow: Float64Array.from(values, ({ lo }) => lo),
  };
}

function laneOf(c: Case, { lanes, state, max, argmax }: Analysis, at: number): Lane {
  const { length, stride } = lanes;
  const start = laneStart(lanes, at);
  const base = { start, state: state[at]!, max: dd.from(max[at]!) };
  if (state[at] !== regular) return { ...base, p: [], logP: [], rest: nan, logSum: nan };
  const gaps = Array.from({ length }, (_, k) => dd.twoSum(c.logits.data[start + k * stride]!, -max[at]!));
  const powers = gaps.map(rememberTwo(dd.exp));
  const rest = powers.reduce((sum, power, k) => (k === argmax[at] ? sum : dd.add(sum, power)), dd.zero);
  const sum = dd.add(dd.one, rest);
  const logSum = dd.log1p(rest);
  const p = powers.map(rememberTwo((power) => dd.divide(power, sum)));
  const logP = gaps.map((gap) => dd.subtract(gap, logSum));
  return { ...base, p, logP, rest, logSum };
}

/** The function, which knows its last two answers: a wide lane often holds two values only. */
function rememberTwo(f: (a: DoubleDouble) => DoubleDouble): (a: DoubleDouble) => DoubleDouble {
  let [last, lastAnswer, other, otherAnswer] = [nan, nan, nan, nan];
  return (a) => {
    if (a.hi === last.hi && a.lo === last.lo) return lastAnswer;
    const isOther = a.hi === other.hi && a.lo === other.lo;
    [other, last] = [last, a];
    [otherAnswer, lastAnswer] = [lastAnswer, isOther ? otherAnswer : f(a)];
    return lastAnswer;
  };
}

type Put = (at: number, value: DoubleDouble) => void;

function fillLane(
  c: Case,
  { lanes }: Analysis,
  { lane, at, put }: { lane: Lane; at: number; put: Put },
): void {
  const { length, stride } = lanes;
  const { start, state, p, logP } = lane;
  if (c.operation === 'logSumExp' && c.direction === 'forward') return put(at, logSumExpOf(lane, length));
  const dy = (k: number): number => c.cotangent!.data[start + k * stride]!;
  const fill = (value: (k: number) => DoubleDouble): void => {
    for (let k = 0; k < length; k++) put(start + k * stride, state === regular ? value(k) : nan);
  };
  if (c.direction === 'forward') return fill((k) => (c.operation === 'softmax' ? p[k]! : logP[k]!));
  if (c.operation === 'logSumExp') return fill((k) => dd.multiply(dd.from(c.cotangent!.data[at]!), p[k]!));
  if (state !== regular) return fill(() => nan);
  if (c.operation === 'softmax') {
    const mean = p.reduce((sum, share, k) => dd.add(sum, dd.multiply(share, dd.from(dy(k)))), dd.zero);
    return fill((k) => dd.multiply(p[k]!, dd.subtract(dd.from(dy(k)), mean)));
  }
  const total = p.reduce((sum, _, k) => dd.add(sum, dd.from(dy(k))), dd.zero);
  fill((k) => dd.subtract(dd.from(dy(k)), dd.multiply(p[k]!, total)));
}

function logSumExpOf({ state, max, logSum }: Lane, length: number): DoubleDouble {
  if (length === 0 || state === allMasked) return dd.from(-Infinity);
  if (state === regular) return dd.add(max, logSum);
  return dd.from(state === hasInfinity ? Infinity : NaN);
}

/** w_c·t'_c of a lane's classes. */
function weightedTargets(c: Case, { lanes }: Analysis, { start }: Lane, at: number): DoubleDouble[] {
  const { target, labelSmoothing, weight } = c.loss!;
  const { length, stride } = lanes;
  const keep = dd.subtract(dd.one, dd.from(labelSmoothing));
  const spread = dd.divide(dd.from(labelSmoothing), dd.from(length));
  return Array.from({ length }, (_, k) => {
    const t = isIndexTarget(target) ? (target.data[at] === k ? 1 : 0) : target.data[start + k * stride]!;
    const smoothed = dd.add(dd.multiply(keep, dd.from(t)), spread);
    return dd.multiply(dd.from(weight === undefined ? 1 : weight.data[k]!), smoothed);
  });
}

function denominatorOf(c: Case, facts: LossFacts): DoubleDouble {
  const { target, weight, reduction } = c.loss!;
  if (reduction !== 'mean') return dd.one;
  if (!isIndexTarget(target)) return dd.from(facts.positions);
  return [...target.data].reduce(
    (sum, index, at) =>
      facts.kept[at] === 0 ? sum : dd.add(sum, dd.from(weight === undefined ? 1 : weight.data[index]!)),
    dd.zero,
  );
}

function reducedLoss(c: Case, analysis: Analysis, facts: LossFacts, all: readonly Lane[]): DoubleDouble[] {
  const losses = all.map((lane, at) => {
    if (facts.kept[at] === 0) return dd.zero;
    if (lane.state !== regular) return nan;
    const terms = weightedTargets(c, analysis, lane, at).map((product, k) => {
      const known = facts.weighted[lane.start + k * analysis.lanes.stride]!;
      if (known === 0) return dd.zero;
      // it underflowed, and 0 would silence an infinite log p
      const weighted = product.hi === 0 ? dd.from(known) : product;
      return dd.negate(dd.multiply(weighted, lane.logP[k]!));
    });
    return terms.reduce(dd.add, dd.zero);
  });
  if (c.loss!.reduction === 'none') return losses;
  const total = losses.reduce(dd.add, dd.zero);
  const denominator = denominatorOf(c, facts);
  return [denominator.hi === 0 ? nan : dd.divide(total, denominator)];
}

function gradientOfLoss(
  c: Case,
  analysis: Analysis,
  {
    facts,
    denominator,
    lane,
    at,
    put,
  }: { facts: LossFacts; denominator: DoubleDouble; lane: Lane; at: number; put: Put },
): void {
  const { length, stride } = analysis.lanes;
  const dy = dd.from(c.cotangent!.data[c.loss!.reduction === 'none' ? at : 0]!);
  const scale = denominator.hi === 0 ? nan : dd.divide(dy, denominator);
  const isDefined = lane.state === regular && !Number.isNaN(scale.hi);
  const position = (k: number): number => lane.start + k * stride;
  if (facts.kept[at] === 0 || !isDefined) {
    for (let k = 0; k < length; k++) put(position(k), facts.kept[at] === 0 ? dd.zero : nan);
    return;
  }
  if (c.direction === 'targetBackward') {
    const keep = dd.subtract(dd.one, dd.from(c.loss!.labelSmoothing));
    for (let k = 0; k < length; k++) {
      const w = c.loss!.weight === undefined ? 1 : c.loss!.weight.data[k]!;
      const isSilent = scale.hi === 0 || w === 0 || keep.hi === 0;
      const product = isSilent ? dd.zero : dd.product([scale, keep, dd.from(w), lane.logP[k]!]);
      put(position(k), dd.negate(product));
    }
    return;
  }
  const weighted = weightedTargets(c, analysis, lane, at);
  const total = weighted.reduce(dd.add, dd.zero);
  for (let k = 0; k < length; k++) {
    put(position(k), dd.multiply(scale, dd.subtract(dd.multiply(lane.p[k]!, total), weighted[k]!)));
  }
  const y = facts.hot[at]!;
  if (y >= 0 && y === analysis.argmax[at]) {
    const others = dd.divide(lane.rest, dd.add(dd.one, lane.rest));
    put(position(y), dd.negate(dd.product([scale, total, others])));
  }
}
