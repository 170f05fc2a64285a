/**
 * The walk that gradients along each lane have in common: rows where the lanes are interleaved, and one
 * output.
 */
import type { FloatArray, NativeFormat } from '../float/format.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { laneSumsFor, powersOfLane, type LaneSums } from './lane-sums.ts';
import { createOutput } from './output.ts';
import { fromRows, isInterleaved, rowsOf, toRows } from './rows.ts';

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

/** A gradient in the shape of `x`, which `dy` has too, worked out in the format. */
export function gradientByLanes(
  x: Tensor,
  dy: Tensor,
  lanes: Lanes,
  format: NativeFormat,
  fill: LaneGradientFill,
): Tensor {
  if (isInterleaved(lanes)) {
    const [rows, dyRows] = [toRows(x, lanes), toRows(dy, lanes, 'beside')];
    return fromRows(gradientByLanes(rows, dyRows, rowsOf(lanes), format, fill), x.shape, lanes);
  }
  const dx = createOutput(x.shape, x.data.length, format);
  const { length, stride, count } = lanes;
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    powersOfLane(sums, x.data, start, stride, length);
    fill(dx.data, x.data, dy.data, sums, start, stride, length);
  }
  return dx;
}
