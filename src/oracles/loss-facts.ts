/**
 * The targets of a column of cross-entropy cases, position by position:
 * what their exact answers and their tolerances both stand on.
 */
import { isIndexTarget, type Loss } from '../case/case.ts';
import { putAll, type FlatColumn } from './flat-column.ts';
import { regular, type Analysis } from './lane-analysis.ts';

/** Per-case arrays are by the case's number, per-position ones by the lane's, others in the logits' order. */
export interface LossFacts {
  readonly losses: readonly Loss[];
  /** Class k of a case has the weight weights[weightsFrom[i] + k], 1 where it has none. */
  readonly weights: Float64Array;
  readonly weightsFrom: Int32Array;
  /** t_c: of an index 1 at its class. */
  readonly targets: Float64Array;
  /** Positions not ignored. */
  readonly kept: Uint8Array;
  /**
   * w_c·t'_c, in float64, in the logits' order;
   * a product that underflows keeps the smallest magnitude, not 0.
   */
  readonly weighted: Float64Array;
  /** A_c = w_c·((1−ε)|t_c| + ε/C). */
  readonly absolute: Float64Array;
  /** Per position: T = Σ w_c t'_c and Σ A_c. */
  readonly total: Float64Array;
  readonly absoluteTotal: Float64Array;
  /** Per case: D of 'mean', 1 for the others. */
  readonly denominator: Float64Array;
  /** Per case: positions that count towards D. */
  readonly positions: Int32Array;
  /**
   * The target's class where it is an index without smoothing;
   * −1 where all classes have a share, or it is ignored.
   */
  readonly hot: Int32Array;
}

export function lossFactsOf(column: FlatColumn): LossFacts {
  const { cases, lanes, logits, pool } = column;
  const facts: LossFacts = {
    losses: cases.map(({ loss }) => loss!),
    ...weightsOf(column),
    targets: pool.float64(logits.length),
    kept: pool.uint8(lanes.count).fill(1),
    weighted: pool.float64(logits.length),
    absolute: pool.float64(logits.length),
    total: pool.float64(lanes.count),
    absoluteTotal: pool.float64(lanes.count),
    denominator: pool.float64(cases.length),
    positions: pool.int32(cases.length),
    hot: pool.int32(lanes.count).fill(-1),
  };
  for (let i = 0; i < cases.length; i++) addCase(facts, column, i);
  return facts;
}

/** Cases without weights share the ones that stand first. */
function weightsOf({
  cases,
  lanes,
  lanesFrom,
  pool,
}: FlatColumn): Pick<LossFacts, 'weights' | 'weightsFrom'> {
  const weightsFrom = pool.int32(cases.length);
  let ones = 0;
  let size = 0;
  for (let i = 0; i < cases.length; i++) {
    const { weight } = cases[i]!.loss!;
    if (weight !== undefined) size += weight.data.length;
    else if (lanesFrom[i]! < lanesFrom[i + 1]!) ones = Math.max(ones, lanes.length[lanesFrom[i]!]!);
  }
  const weights = pool.float64(ones + size).fill(1, 0, ones);
  let next = ones;
  for (let i = 0; i < cases.length; i++) {
    const { weight } = cases[i]!.loss!;
    if (weight === undefined) continue;
    putAll(weights, next, weight.data);
    weightsFrom[i] = next;
    next += weight.data.length;
  }
  return { weights, weightsFrom };
}

function addCase(facts: LossFacts, { lanes, lanesFrom, elementsFrom }: FlatColumn, i: number): void {
  const { target, labelSmoothing, weight, reduction, ignoreIndex } = facts.losses[i]!;
  const isIndex = isIndexTarget(target);
  const weightsFrom = facts.weightsFrom[i]!;
  if (!isIndex) putAll(facts.targets, elementsFrom[i]!, target.data);
  let positions = 0;
  let denominator = 0;
  let lost = 0;
  const first = lanesFrom[i]!;
  for (let lane = first; lane < lanesFrom[i + 1]!; lane++) {
    const index = isIndex ? target.data[lane - first]! : -1;
    if (isIndex && index === ignoreIndex) {
      facts.kept[lane] = 0;
      continue;
    }
    positions++;
    const share = isIndex && weight !== undefined ? facts.weights[weightsFrom + index]! : 1;
    const next = denominator + share;
    lost += Math.abs(denominator) >= share ? denominator - next + share : share - next + denominator;
    denominator = next;
    if (isIndex) facts.targets[lanes.start[lane]! + index * lanes.stride[lane]!] = 1;
    if (isIndex && labelSmoothing === 0) addHot(facts, lanes, { lane, index, share });
    else addAll(facts, lanes, { lane, weightsFrom, labelSmoothing });
  }
  facts.positions[i] = positions;
  facts.denominator[i] =
    reduction !== 'mean' ? 1 : Number.isFinite(denominator) ? denominator + lost : denominator;
}

type Lanes = FlatColumn['lanes'];

/** All of a position that stands at one class alone. */
function addHot(
  facts: LossFacts,
  lanes: Lanes,
  { lane, index, share }: { lane: number; index: number; share: number },
): void {
  const i = lanes.start[lane]! + index * lanes.stride[lane]!;
  facts.hot[lane] = index;
  facts.weighted[i] = share;
  facts.absolute[i] = share;
  facts.total[lane] = 0 + share; // −0 is a weight, too
  facts.absoluteTotal[lane] = 0 + share;
}

function addAll(
  { weights, targets, weighted, absolute, total, absoluteTotal }: LossFacts,
  lanes: Lanes,
  { lane, weightsFrom, labelSmoothing }: { lane: number; weightsFrom: number; labelSmoothing: number },
): void {
  const length = lanes.length[lane]!;
  const stride = lanes.stride[lane]!;
  const keep = 1 - labelSmoothing;
  const spread = labelSmoothing / length;
  let [sum, lost, sumOfAbsolute] = [0, 0, 0];
  for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
    const w = weights[weightsFrom + k]!;
    const t = targets[i]!;
    const value = nonZeroProduct(w, labelSmoothing === 0 ? t : keep * t + spread);
    const size = w * (labelSmoothing === 0 ? Math.abs(t) : keep * Math.abs(t) + spread);
    weighted[i] = value;
    absolute[i] = size;
    sumOfAbsolute += size;
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  total[lane] = Number.isFinite(sum) ? sum + lost : sum;
  absoluteTotal[lane] = sumOfAbsolute;
}

/** w·t, but never 0 where neither factor is: 0 has a meaning of its own, it silences an infinite log p. */
function nonZeroProduct(w: number, t: number): number {
  const product = w * t;
  return product === 0 && w !== 0 && t !== 0 ? Math.sign(t) * Number.MIN_VALUE : product;
}

/**
 * Whether a loss of the lanes from `first` to `end`, which are of one case, is a sum of finite terms, and
 * there are any. An infinite logit makes a term that is infinite in itself; finite ones may be further apart
 * than float64 reaches, and their term still is a finite number.
 */
export function hasFiniteTerms(
  { lanes: { start, stride, length }, logits }: FlatColumn,
  { state }: Analysis,
  { kept, weighted }: LossFacts,
  first: number,
  end: number,
): boolean {
  let hasTerms = false;
  for (let lane = first; lane < end; lane++) {
    if (kept[lane] === 0) continue;
    if (state[lane] !== regular) return false;
    for (let k = 0, i = start[lane]!; k < length[lane]!; k++, i += stride[lane]!) {
      if (weighted[i] === 0) continue;
      if (logits[i] === -Infinity) return false;
      hasTerms = true;
    }
  }
  return hasTerms;
}
