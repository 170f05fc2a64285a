/** Which lanes an element of an output was computed from, and what they hold. No arithmetic but comparing. */
import { outputShape, type Case } from '../../src/case/case.ts';
import { pool } from '../../src/float/pool.ts';
import { lanesOf, laneStart } from '../../src/tensor/lanes.ts';
import { sizeOf } from '../../src/tensor/tensor.ts';

/** The values of one lane. */
export type Lane = Float64Array;

/** The numbers of the lanes behind the element: its own, or all where a loss is reduced. */
export function lanesBehind(c: Case, element: number): readonly number[] {
  const { count, length, stride } = lanesOf(c.logits.shape, c.axis);
  const isOfLogitsShape =
    c.direction !== 'forward' || c.operation === 'softmax' || c.operation === 'logSoftmax';
  if (isOfLogitsShape) return [Math.floor(element / (stride * length)) * stride + (element % stride)];
  const isReduced = c.operation === 'crossEntropy' && c.loss!.reduction !== 'none';
  if (!isReduced) return [element];
  const lanes: number[] = [];
  for (let lane = 0; lane < count; lane++) lanes.push(lane);
  return lanes;
}

/** A lane of the logits, or of what has their shape. */
export function laneOf(c: Case, lane: number, data: ArrayLike<number> = c.logits.data): Lane {
  const lanes = lanesOf(c.logits.shape, c.axis);
  const { length, stride } = lanes;
  const values = pool.float64(length);
  for (let k = 0, i = laneStart(lanes, lane); k < length; k++, i += stride) values[k] = data[i]!;
  return values;
}

/** −∞ for an empty lane, NaN where there is one. */
export function maximumOf(lane: Lane): number {
  let max = -Infinity;
  for (let k = 0; k < lane.length; k++) max = Math.max(max, lane[k]!);
  return max;
}

/** Whether some lane behind the element is such a one. */
export function hasLane(c: Case, element: number | null, isSuch: (lane: Lane) => boolean): boolean {
  return element !== null && lanesBehind(c, element).some((lane) => isSuch(laneOf(c, lane)));
}

/** The number of classes: the size of the axis, 1 for rank 0. */
export function widthOf(c: Case): number {
  return lanesOf(c.logits.shape, c.axis).length;
}

/** No element in the logits, but one in the output: something is reduced over nothing. */
export function reducesNothing(c: Case): boolean {
  return c.logits.data.length === 0 && sizeOf(outputShape(c)) > 0;
}

/** A lane, and nothing in it. */
export function isEmptyAxis(c: Case): boolean {
  const { length, count } = lanesOf(c.logits.shape, c.axis);
  return length === 0 && count > 0;
}
