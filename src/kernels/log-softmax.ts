/** logSoftmax: y_j = (x_j − max) − log Σ exp(x_i − max), and its vector-Jacobian product dy_j − s_j·Σ dy. */
import { checkCotangent, resolveLanes } from '../contract/validate.ts';
import type { AxisOptions } from '../contract/subject.ts';
import type { Format } from '../float/format.ts';
import { laneStart, type Lanes } from '../tensor/lanes.ts';
import { tensorFormat, type FloatTensor, type Tensor } from '../tensor/tensor.ts';
import { gradientByLanes, type LaneGradientFill } from './by-lanes.ts';
import { decoded, encodedLike } from './halves.ts';
import { addRest, compensatedSum, laneSumsFor, powersOfLane } from './lane-sums.ts';
import { outputFor } from './output.ts';
import { fromRows, isInterleaved, rowsFor, rowsOf, toRows } from './rows.ts';
import { fillByShares } from './shares.ts';
import type { Into, LaneGradient, LaneKernel } from './signatures.ts';
import { instanceFor, writeLogs } from './simd/blocks.ts';
import type { KernelInstance } from './simd/instance.ts';

/**
 * The logarithm of each lane's softmax, in the shape and format of `x`. Both differences have one sign:
 * nothing cancels.
 */
export const logSoftmax: LaneKernel = <T extends FloatTensor>(
  x: T,
  { axis, out }: AxisOptions & Into<T> = {},
): T => {
  const lanes = resolveLanes(x, axis);
  const y = outputFor(x, x.shape, out, () => ({ x }));
  return encodedLike(x, logarithmsOf(decoded(x), lanes, y), out);
};

function logarithmsOf(x: Tensor, lanes: Lanes, y: Tensor): Tensor {
  if (isInterleaved(x.data, lanes))
    return fromRows(logarithmsOf(toRows(x, lanes), rowsOf(lanes), rowsFor(y, lanes)), y, lanes);
  const there = instanceFor(x.data, y.data, lanes);
  if (there !== null) {
    writeLogs(there, lanes, { x: x.data, y: y.data, factorOf: null });
    return y;
  }
  const { length, stride, count } = lanes;
  const sums = laneSumsFor(length);
  for (let lane = 0; lane < count; lane++) {
    const start = laneStart(lanes, lane);
    powersOfLane(sums, x.data, start, stride, length);
    addRest(sums, x.data, { start, stride, length });
    const { max } = sums;
    const logSum = Math.log1p(sums.rest);
    for (let k = 0, i = start; k < length; k++, i += stride) y.data[i] = x.data[i]! - max - logSum;
  }
  return y;
}

/** The gradient with respect to `x` of Σ dy·logSoftmax(x). */
export const logSoftmaxBackward: LaneGradient = <T extends FloatTensor>(
  x: T,
  dy: T,
  { axis, out }: AxisOptions & Into<T> = {},
): T => {
  const lanes = resolveLanes(x, axis);
  checkCotangent(dy, { like: x, shape: x.shape });
  const dx = outputFor(x, x.shape, out, () => ({ x, dy }));
  const forms = { fill: fills[tensorFormat(x)], byInstance };
  return encodedLike(x, gradientByLanes(decoded(x), decoded(dy), lanes, dx, forms), out);
};

function byInstance(there: KernelInstance, rows: number, length: number): void {
  there.logSoftmaxGradientRows(rows, length);
}

const fillOfHalves: LaneGradientFill = (dx, x, dy, sums, start, stride, length) =>
  fillByShares(dx, x, { start, stride, length }, sums, { values: dy, from: start, step: stride, scale: -1 });

const fillOfFloat64: LaneGradientFill = (dx, _x, dy, { powers, sum }, start, stride, length) => {
  const total = compensatedSum(dy, { start, stride, count: length });
  for (let k = 0, i = start; k < length; k++, i += stride) {
    dx[i] = dy[i]! - (powers[k]! / sum) * total;
  }
};

/** The steps of simd/lanes.ts. */
const fillOfFloat32: LaneGradientFill = (dx, _x, dy, { powers, sum }, start, stride, length) => {
  const total = compensatedSum(dy, { start, stride, count: length });
  const inverse = 1 / sum;
  for (let k = 0, i = start; k < length; k++, i += stride) {
    dx[i] = dy[i]! - powers[k]! * inverse * total;
  }
};

const fills: Readonly<Record<Format, LaneGradientFill>> = {
  float32: fillOfFloat32,
  float64: fillOfFloat64,
  float16: fillOfHalves,
  bfloat16: fillOfHalves,
};
