/**
 * The walk that gradients along each lane have in common: rows where the lanes are interleaved, and one
 * output.
 */
import type { FloatArray } from '../float/format.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { laneSumsFor, powersOfLane, type LaneSums } from './lane-sums.ts';
import { fromRows, isInterleaved, rowsFor, rowsOf, toRows } from './rows.ts';
import { gradientInBlocks, instanceFor } from './simd/blocks.ts';
import type { KernelInstance } from './simd/instance.ts';

/**
 * Fills the lane of `dx` at start, start + stride, … out of the same lane of x and dy, whose sums these are.
 */
export type LaneGradientFill = (
  dx: FloatArray,
  x: FloatArray,
  dy: FloatArray,
  sums: LaneSums,
  start: number,
  stride: number,
  length: number,
) => void;

/** How a gradient is worked out: a lane at a time, or rows of float32 by the instance. */
export interface GradientForms {
  readonly fill: LaneGradientFill;
  readonly byInstance: (there: KernelInstance, rows: number, length: number) => void;
}

/** Fills `dx`, a gradient in the shape of `x`, which `dy` has too. */
export function gradientByLanes(
  x: Tensor,
  dy: Tensor,
  lanes: Lanes,
  dx: Tensor,
  forms: GradientForms,
): Tensor {
  if (isInterleaved(x.data, lanes)) {
    const [rows, dyRows] = [toRows(x, lanes), toRows(dy, lanes, 'beside')];
    return fromRows(gradientByLanes(rows, dyRows, rowsOf(lanes), rowsFor(dx, lanes), forms), dx, lanes);
  }
  const there = instanceFor(x.data, dx.data, lanes);
  if (there !== null) {
    gradientInBlocks(there, lanes, { x: x.data, dy: dy.data, dx: dx.data, byInstance: forms.byInstance });
    return dx;
  }
  const { length, stride, count } = lanes;
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    powersOfLane(sums, x.data, start, stride, length);
    forms.fill(dx.data, x.data, dy.data, sums, start, stride, length);
  }
  return dx;
}
