/**
 * The scalar whose derivative a backward kernel must give, lane by lane: the specified forward contracted
 * with the cotangent. Only the forward's definition is used; no gradient formula.
 */
import { isIndexTarget, type Case } from '../../case/case.ts';
import { formatFacts } from '../../float/format.ts';
import { pool } from '../../float/pool.ts';
import { laneStart, type Lanes } from '../../tensor/lanes.ts';
import { u64 } from './shifted-lane.ts';

/**
 * φ = Σ q_i·f_i, where f is the lane's softmax, logSoftmax, or logSumExp (then q has one element).
 * Cross-entropy is φ = Σ (−k·w_i·t'_i)·log p_i: logSoftmax with those q.
 */
export interface Contraction {
  readonly form: 'softmax' | 'logSoftmax' | 'logSumExp';
  readonly q: Float64Array;
  /** |q_i − its real value| ≤ qError_i. */
  readonly qError: Float64Array;
}

const smallestSubnormal64 = formatFacts('float64').smallestSubnormal;

/** Null where the lane is a position that is ignored: φ does not depend on it. */
export function contractionOf(c: Case, lanes: Lanes, lane: number, factor: number): Contraction | null {
  switch (c.operation) {
    case 'softmax':
    case 'logSoftmax':
      return {
        form: c.operation,
        q: laneOf(c.cotangent!.data, lanes, lane),
        qError: pool.float64(lanes.length),
      };
    case 'logSumExp':
      return { form: 'logSumExp', q: Float64Array.of(c.cotangent!.data[lane]!), qError: pool.float64(1) };
    case 'crossEntropy':
      return isIgnored(c, lane) ? null : lossContraction(c, lanes, lane, factor);
  }
}

export function isIgnored(c: Case, lane: number): boolean {
  const { target, ignoreIndex } = c.loss!;
  return ignoreIndex !== undefined && isIndexTarget(target) && target.data[lane] === ignoreIndex;
}

function laneOf(data: Float32Array | Float64Array, lanes: Lanes, lane: number): Float64Array {
  const start = laneStart(lanes, lane);
  const values = pool.float64(lanes.length);
  for (let k = 0, i = start; k < values.length; k++, i += lanes.stride) values[k] = data[i]!;
  return values;
}

/**
 * 1/D of the contract for 'mean' (1 for the other reductions, and for other operations), as the number D
 * itself: positions for probabilities, Σ w_y over the positions not ignored for indices.
 */
export function denominatorOf(c: Case, lanes: Lanes): number {
  if (c.loss?.reduction !== 'mean') return 1;
  const { target, weight } = c.loss;
  if (!isIndexTarget(target)) return lanes.count;
  let sum = 0;
  let compensation = 0;
  for (let lane = 0; lane < lanes.count; lane++) {
    if (isIgnored(c, lane)) continue;
    const value = weight?.data[target.data[lane]!] ?? 1;
    const next = sum + value;
    compensation += sum >= value ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + compensation;
}

/** k of the contract for one position: dy of the position ('none'), dy ('sum'), dy/D ('mean'). */
export function factorOf(c: Case, lane: number, denominator: number): number {
  return c.loss!.reduction === 'none' ? c.cotangent!.data[lane]! : c.cotangent!.data[0]! / denominator;
}

/**
 * q_i = −k·(w_i·t'_i). In units of u64: k 3 (D 2, the quotient 1), t' 3 of its absolute parts (1−ε, ·t, ε/C
 * and their sum), the two products 2: at most 8 of |k|·A_i, A_i = w_i·((1−ε)|t_i| + ε/C); and a subnormal per
 * product.
 */
function lossContraction(c: Case, lanes: Lanes, lane: number, factor: number): Contraction {
  const { length } = lanes;
  const { labelSmoothing, weight } = c.loss!;
  const targets = targetsOf(c, lanes, lane);
  const q = pool.float64(length);
  const qError = pool.float64(length);
  const share = labelSmoothing / length;
  for (let i = 0; i < length; i++) {
    const w = weight?.data[i] ?? 1;
    const smoothed = w * ((1 - labelSmoothing) * targets[i]! + share);
    const magnitude = w * ((1 - labelSmoothing) * Math.abs(targets[i]!) + share);
    q[i] = smoothed === 0 ? 0 : -factor * smoothed;
    qError[i] =
      8 * u64 * Math.abs(factor) * magnitude + smallestSubnormal64 * (1 + magnitude + Math.abs(factor));
  }
  return { form: 'logSoftmax', q, qError };
}

function targetsOf(c: Case, lanes: Lanes, lane: number): Float64Array {
  const { target } = c.loss!;
  if (!isIndexTarget(target)) return laneOf(target.data, lanes, lane);
  const targets = pool.float64(lanes.length);
  targets[target.data[lane]!] = 1;
  return targets;
}
