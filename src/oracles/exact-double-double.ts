/**
 * The specified answers in double-double, about 100 bits: for float64 data, and where the float64 answer's
 * own error could turn a verdict. Slower by an order; written apart from the float64 one, so that each is a
 * check on the other.
 */
import { isIndexTarget } from '../case/case.ts';
import {
  DoubleDouble,
  doubleDoubles,
  ScaledProduct,
  ScaledSum,
  type DoubleDoubles,
} from '../float/double-double.ts';
import type { FlatColumn } from './flat-column.ts';
import { allMasked, hasInfinity, regular, type Analysis } from './lane-analysis.ts';
import { hasFiniteTerms, type LossFacts } from './loss-facts.ts';
import { sharesInDoubleDouble, type Shares } from './shares-double-double.ts';

export interface ExactPair {
  readonly exact: Float64Array;
  readonly exactLow: Float64Array;
  /**
   * Elements that nobody can be judged by: a loss of finite terms that is barely beyond the largest finite
   * number, or whose partial sums may be beyond it on the other side; and one over a D that is beyond it.
   */
  readonly unknown: number[];
}

/** What all kernels fill in from. */
interface Work {
  readonly column: FlatColumn;
  readonly analysis: Analysis;
  readonly shares: Shares;
  readonly to: ExactPair;
}

/** Flat over the outputs. `analysis` lends its classification of the lanes only. */
export function exactInDoubleDouble(
  column: FlatColumn,
  analysis: Analysis,
  facts: LossFacts | null,
): ExactPair {
  const size = column.outputsFrom[column.cases.length]!;
  const to = { exact: column.pool.float64(size), exactLow: column.pool.float64(size), unknown: [] };
  const work = { column, analysis, shares: sharesInDoubleDouble(column, analysis), to };
  if (column.kernel === 'crossEntropy') fillLosses(work, facts!);
  else if (facts !== null) fillLossGradients(work, facts);
  else if (column.kernel === 'logSumExp') fillLogSumExp(work);
  else for (let lane = 0; lane < analysis.lanes.count; lane++) fillLane(work, lane);
  return to;
}

// What the elements are worked out in; none is in use for longer than that.
const value = new DoubleDouble();
const total = new DoubleDouble();
const scale = new DoubleDouble();

function put({ exact, exactLow }: ExactPair, at: number, { hi, lo }: { hi: number; lo: number }): void {
  exact[at] = hi;
  exactLow[at] = lo;
}

function fillLogSumExp({ column: { lanes }, analysis: { state, max }, shares, to }: Work): void {
  for (let lane = 0; lane < lanes.count; lane++) {
    if (lanes.length[lane] === 0 || state[lane] === allMasked) to.exact[lane] = -Infinity;
    else if (state[lane] !== regular) to.exact[lane] = state[lane] === hasInfinity ? Infinity : NaN;
    else put(to, lane, value.set(max[lane]!).add(shares.logSum.hi[lane]!, shares.logSum.lo[lane]!));
  }
}

/** A lane of a kernel that is no loss, and has an output for each logit. */
function fillLane({ column, analysis, shares, to }: Work, lane: number): void {
  const { kernel, lanes, cotangent: dy } = column;
  const { slotOf, p, logP } = shares;
  const start = lanes.start[lane]!;
  const stride = lanes.stride[lane]!;
  const length = lanes.length[lane]!;
  if (analysis.state[lane] !== regular) {
    for (let k = 0, i = start; k < length; k++, i += stride) to.exact[i] = NaN;
    return;
  }
  sumCotangents(column, shares, lane);
  for (let k = 0, i = start; k < length; k++, i += stride) {
    const slot = slotOf[i]!;
    if (kernel === 'softmax') value.set(p.hi[slot]!, p.lo[slot]!);
    else if (kernel === 'logSoftmax') value.set(logP.hi[slot]!, logP.lo[slot]!);
    else if (kernel === 'logSumExpBackward') value.set(dy[lane]!).multiply(p.hi[slot]!, p.lo[slot]!);
    else if (kernel === 'softmaxBackward') {
      const { hi, lo } = value.set(dy[i]!).subtract(total.hi, total.lo);
      value.set(p.hi[slot]!, p.lo[slot]!).multiply(hi, lo);
    } else {
      const { hi, lo } = value.set(p.hi[slot]!, p.lo[slot]!).multiply(total.hi, total.lo);
      value.set(dy[i]!).subtract(hi, lo);
    }
    put(to, i, value);
  }
}

/** Leaves in `total` Σ p·dy of a softmax's gradient, Σ dy of a logSoftmax's. */
function sumCotangents(
  { kernel, lanes, cotangent: dy }: FlatColumn,
  { slotOf, p }: Shares,
  lane: number,
): void {
  if (kernel !== 'softmaxBackward' && kernel !== 'logSoftmaxBackward') return;
  const stride = lanes.stride[lane]!;
  const length = lanes.length[lane]!;
  total.set(0);
  for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
    const slot = slotOf[i]!;
    if (kernel === 'softmaxBackward') value.set(p.hi[slot]!, p.lo[slot]!).multiply(dy[i]!);
    else value.set(dy[i]!);
    total.add(value.hi, value.lo);
  }
}

/** w_c·t'_c of a lane's classes, in an array as long as the longest lane was. */
let weighted: DoubleDoubles = doubleDoubles(64);

// 1 − ε and ε/C of the lane in hand.
const keep = new DoubleDouble();
const spread = new DoubleDouble();

function setSmoothing(labelSmoothing: number, classes: number): void {
  keep.set(1).subtract(labelSmoothing);
  spread.set(labelSmoothing).divide(classes);
}

/** Leaves t' = (1 − ε)·t + ε/C in `to`. */
function setSmoothed(to: DoubleDouble, t: number): DoubleDouble {
  return to.set(keep.hi, keep.lo).multiply(t).add(spread.hi, spread.lo);
}

/** Leaves w_c·t'_c there, and their sum in `total`. */
function weighTargets({ column: { lanes } }: Work, facts: LossFacts, lane: number): void {
  const { weights, weightsFrom, targets, losses, hot } = facts;
  const i = lanes.caseOf[lane]!;
  const { labelSmoothing } = losses[i]!;
  const stride = lanes.stride[lane]!;
  const length = lanes.length[lane]!;
  if (weighted.hi.length < length) weighted = doubleDoubles(length);
  if (hot[lane]! >= 0) {
    weighted.hi.fill(0, 0, length);
    weighted.lo.fill(0, 0, length);
    weighted.hi[hot[lane]!] = weights[weightsFrom[i]! + hot[lane]!]!;
    total.set(0).add(weighted.hi[hot[lane]!]!);
    return;
  }
  setSmoothing(labelSmoothing, length);
  total.set(0);
  for (let k = 0, at = lanes.start[lane]!; k < length; k++, at += stride) {
    const { hi, lo } = setSmoothed(value, targets[at]!);
    value.set(weights[weightsFrom[i]! + k]!).multiply(hi, lo);
    weighted.hi[k] = value.hi;
    weighted.lo[k] = value.lo;
    total.add(value.hi, value.lo);
  }
}

/** Leaves D in `to`. */
function setDenominator(to: DoubleDouble, { column }: Work, facts: LossFacts, i: number): DoubleDouble {
  const { target, reduction } = facts.losses[i]!;
  if (reduction !== 'mean') return to.set(1);
  if (!isIndexTarget(target)) return to.set(facts.positions[i]!);
  const first = column.lanesFrom[i]!;
  to.set(0);
  for (let lane = first; lane < column.lanesFrom[i + 1]!; lane++) {
    if (facts.kept[lane] === 1) to.add(facts.weights[facts.weightsFrom[i]! + target.data[lane - first]!]!);
  }
  return to;
}

const denominator = new DoubleDouble();
const overall = new DoubleDouble();

function fillLosses(work: Work, facts: LossFacts): void {
  const { cases, lanesFrom, outputsFrom } = work.column;
  for (let i = 0; i < cases.length; i++) {
    const isReduced = facts.losses[i]!.reduction !== 'none';
    const [first, end] = [lanesFrom[i]!, lanesFrom[i + 1]!];
    const output = outputsFrom[i]!;
    setDenominator(denominator, work, facts, i);
    overall.set(0);
    for (let lane = first; lane < end; lane++) {
      const { hi, lo } = lossOf(work, facts, lane);
      if (isReduced) overall.add(hi, lo);
      else putLoss(work, facts, loss, { first: lane, end: lane + 1, output: output + lane - first });
    }
    if (isReduced) putLoss(work, facts, overall, { first, end, output });
  }
}

/** The lanes that an output is the loss of, and its position. */
interface LossOutput {
  readonly first: number;
  readonly end: number;
  readonly output: number;
}

/** Divides the sum of the lanes' losses by D. */
function putLoss(work: Work, facts: LossFacts, sum: DoubleDouble, of: LossOutput): void {
  const { hi, lo } = denominator;
  if (hi === 0) sum.set(NaN);
  else if (hi === Infinity) work.to.unknown.push(of.output);
  else if (Number.isFinite(sum.hi) || !hasFiniteTerms(work.column, work.analysis, facts, of.first, of.end))
    sum.divide(hi, lo);
  else setWideLoss(sum, work, facts, of);
  put(work.to, of.output, sum);
}

const wide = new ScaledSum();
const wideSizes = new ScaledSum();
const product = new ScaledProduct();

/** More than a kernel's roundings, in parts of the sum of the terms' sizes. */
const roundingShare: number = 2 ** -20;

/** Leaves in `to` what came out as no number, though all terms are finite: nothing overflows on the way. */
function setWideLoss(
  to: DoubleDouble,
  work: Work,
  facts: LossFacts,
  { first, end, output }: LossOutput,
): void {
  const { hi, lo } = denominator;
  wide.start();
  wideSizes.start();
  for (let lane = first; lane < end; lane++) if (facts.kept[lane] === 1) addWideTerms(work, facts, lane);
  wide.divide(hi, lo).into(to);
  wideSizes.divide(hi, lo);
  if (Number.isFinite(to.hi)) return;
  const [size, sizes] = [2 ** (wide.exponent - 1024), 2 ** (wideSizes.exponent - 1024)];
  const rounded = roundingShare * sizes;
  const [isClearlyBeyond, isOfOneSign] = [size - rounded >= 1, size + rounded >= sizes];
  if (!isClearlyBeyond || !isOfOneSign) work.to.unknown.push(output);
}

/** Adds a lane's terms to `wide`, and to `wideSizes` the sizes of their parts. */
function addWideTerms({ column, analysis, shares }: Work, facts: LossFacts, lane: number): void {
  const { lanes, logits } = column;
  const { targets, weights, weighted: known } = facts;
  const caseNumber = lanes.caseOf[lane]!;
  const { labelSmoothing } = facts.losses[caseNumber]!;
  const weightsFrom = facts.weightsFrom[caseNumber]!;
  const stride = lanes.stride[lane]!;
  const length = lanes.length[lane]!;
  const max = analysis.max[lane]!;
  setSmoothing(labelSmoothing, length);
  const addTerm = (to: ScaledSum, k: number, i: number, target: number): void => {
    const { hi, lo } = setSmoothed(value, target);
    product
      .start()
      .times(weights[weightsFrom + k]!)
      .times(-hi, -lo);
    timesLogP(product, shares, { slot: shares.slotOf[i]!, logit: logits[i]!, max, lane });
    product.addTo(to);
  };
  for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
    if (known[i] === 0) continue;
    addTerm(wide, k, i, targets[i]!);
    addTerm(wideSizes, k, i, Math.abs(targets[i]!));
  }
}

/**
 * Multiplies by log p, and where x − max is beyond float64, though both are finite, by a quarter of it, which
 * is not, and 4.
 */
function timesLogP(
  to: ScaledProduct,
  { logP, logSum }: Shares,
  { slot, logit, max, lane }: { slot: number; logit: number; max: number; lane: number },
): void {
  if (Number.isFinite(logP.hi[slot]!) || !Number.isFinite(logit)) {
    to.times(logP.hi[slot]!, logP.lo[slot]!);
    return;
  }
  const quarter = value.setSum(logit / 4, -max / 4).subtract(logSum.hi[lane]! / 4, logSum.lo[lane]! / 4);
  to.times(quarter.hi, quarter.lo).times(4);
}

const loss = new DoubleDouble();

function lossOf(work: Work, facts: LossFacts, lane: number): DoubleDouble {
  const { lanes } = work.column;
  const { slotOf, logP } = work.shares;
  if (facts.kept[lane] === 0) return loss.set(0);
  if (work.analysis.state[lane] !== regular) return loss.set(NaN);
  weighTargets(work, facts, lane);
  loss.set(0);
  const stride = lanes.stride[lane]!;
  const length = lanes.length[lane]!;
  for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
    const known = facts.weighted[i]!;
    if (known === 0) continue;
    // where it underflowed 0 would silence an infinite log p
    if (weighted.hi[k] === 0) value.set(known);
    else value.set(weighted.hi[k]!, weighted.lo[k]!);
    value.multiply(logP.hi[slotOf[i]!]!, logP.lo[slotOf[i]!]!);
    loss.subtract(value.hi, value.lo);
  }
  return loss;
}

function fillLossGradients(work: Work, facts: LossFacts): void {
  const { column, analysis, to } = work;
  const { cases, lanes, lanesFrom, cotangent } = column;
  for (let i = 0; i < cases.length; i++) {
    setDenominator(denominator, work, facts, i);
    for (let lane = lanesFrom[i]!; lane < lanesFrom[i + 1]!; lane++) {
      if (facts.kept[lane] === 0) continue;
      if (denominator.hi === 0) scale.set(NaN);
      else scale.set(cotangent[lane]!).divide(denominator.hi, denominator.lo);
      if (analysis.state[lane] === regular && !Number.isNaN(scale.hi)) {
        if (column.kernel === 'crossEntropyBackward') fillLossGradient(work, facts, lane);
        else fillTargetGradient(work, facts, lane);
        continue;
      }
      const stride = lanes.stride[lane]!;
      const length = lanes.length[lane]!;
      for (let k = 0, at = lanes.start[lane]!; k < length; k++, at += stride) to.exact[at] = NaN;
    }
  }
}

function fillTargetGradient(
  { column: { lanes, logits }, analysis, shares, to }: Work,
  facts: LossFacts,
  lane: number,
): void {
  const { slotOf } = shares;
  const i = lanes.caseOf[lane]!;
  keep.set(1).subtract(facts.losses[i]!.labelSmoothing);
  const stride = lanes.stride[lane]!;
  const length = lanes.length[lane]!;
  for (let k = 0, at = lanes.start[lane]!; k < length; k++, at += stride) {
    const w = facts.weights[facts.weightsFrom[i]! + k]!;
    const slot = slotOf[at]!;
    if (scale.hi === 0 || w === 0 || keep.hi === 0) value.set(0);
    else {
      product.start().times(scale.hi, scale.lo).times(keep.hi, keep.lo).times(w);
      timesLogP(product, shares, { slot, logit: logits[at]!, max: analysis.max[lane]!, lane });
      product.into(value);
    }
    put(to, at, value.negate());
  }
}

function fillLossGradient(work: Work, facts: LossFacts, lane: number): void {
  const { lanes } = work.column;
  const { slotOf, p, rest } = work.shares;
  const start = lanes.start[lane]!;
  const stride = lanes.stride[lane]!;
  const length = lanes.length[lane]!;
  weighTargets(work, facts, lane);
  for (let k = 0, i = start; k < length; k++, i += stride) {
    value.set(p.hi[slotOf[i]!]!, p.lo[slotOf[i]!]!).multiply(total.hi, total.lo);
    const { hi, lo } = value.subtract(weighted.hi[k]!, weighted.lo[k]!);
    put(work.to, i, value.set(scale.hi, scale.lo).multiply(hi, lo));
  }
  const y = facts.hot[lane]!;
  if (y < 0 || y !== work.analysis.argmax[lane]) return;
  const sum = value.set(1).add(rest.hi[lane]!, rest.lo[lane]!);
  const [sumHi, sumLo] = [sum.hi, sum.lo];
  const others = value.set(rest.hi[lane]!, rest.lo[lane]!).divide(sumHi, sumLo);
  product.start().times(scale.hi, scale.lo).times(total.hi, total.lo).times(others.hi, others.lo).into(value);
  put(work.to, start + y * stride, value.negate());
}
