/**
 * How small cases are rows of one matrix: what a stack is, and what an implementation settles of its stacks.
 * Which cases are stacked, and their cotangents: src/examine/stack.ts.
 */
import { isIndexTarget, type Case, type Loss } from '../case/case.ts';
import { pool } from '../float/pool.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';

export interface Stack {
  /**
   * A case of shape [rows, width], axis −1; its loss, where it has one, has no options and is not reduced.
   */
  readonly case: Case;
  /**
   * The output of the stack, taken apart into the outputs of the cases;
   * what a loss leaves to be done is done here.
   */
  unstack(output: Tensor): Tensor[];
}

/** A case as rows of a stack. */
export interface Rows {
  readonly case: Case;
  readonly lanes: Lanes;
  /** The weights of a loss's positions; null where all are 1. */
  readonly weights: Float32Array | null;
  /** What a mean divides by; 1 where there is none. */
  readonly whole: number;
}

/** Makes the matrix of a stack: `write` puts each case's rows where they belong. */
export type Matrix = (write: (part: Rows, to: Float32Array, at: number) => void) => Tensor;

/** What an implementation settles of its stacks. Those that share this object share their stacks. */
export interface Stacking {
  /** Null where a loss is always asked alone. */
  readonly loss: LossStacking | null;
}

export interface LossStacking {
  /**
   * What else than kernel and width the losses of one stack
   * have in common, as a word; null where that is all.
   */
  kindOf(loss: Loss): string | null;
  /**
   * The loss that is asked in the place of those of these cases:
   * of so many rows, not reduced, without options.
   */
  stackLoss(parts: readonly Rows[], rows: number, matrix: Matrix): Loss;
  /** Does to a case's part of the output, in place, what the stack's loss left undone. */
  finish(part: Rows, output: Float32Array): void;
}

/** The lanes of a tensor, one after the other. */
export function toRows(from: Tensor['data'], lanes: Lanes, to: Float32Array, at: number): void {
  const { length, stride, count } = lanes;
  if (stride === 1) {
    for (let i = 0; i < from.length; i++) to[at + i] = from[i]!;
    return;
  }
  let next = at;
  for (let lane = 0; lane < count; lane++) {
    for (let k = 0, i = laneStart(lanes, lane); k < length; k++, i += stride) to[next++] = from[i]!;
  }
}

/** The tensor whose lanes are these rows. */
export function fromRows(from: Tensor['data'], lanes: Lanes, at: number): Float32Array {
  const { length, stride, count } = lanes;
  const data = pool.float32(length * count);
  if (stride === 1) {
    for (let i = 0; i < data.length; i++) data[i] = from[at + i]!;
    return data;
  }
  let next = at;
  for (let lane = 0; lane < count; lane++) {
    for (let k = 0, i = laneStart(lanes, lane); k < length; k++, i += stride) data[i] = from[next++]!;
  }
  return data;
}

/**
 * The weight of each position, in the order of the target: w_y, and 0 where ignored. Null where all are 1.
 */
export function positionWeightsOf({ target, weight, ignoreIndex }: Loss): Float32Array | null {
  if (!isIndexTarget(target) || (weight === undefined && ignoreIndex === undefined)) return null;
  return Float32Array.from(target.data, (index) => (index === ignoreIndex ? 0 : (weight?.data[index] ?? 1)));
}
