/** The lanes of a shape along an axis: where each starts and its stride. No data, no arithmetic on values. */

export interface Lanes {
  /** The axis counted from the front: 0 … rank − 1; 0 for rank 0. */
  readonly axis: number;
  /** Elements in a lane (C): the size of the axis, 1 for rank 0. */
  readonly length: number;
  /** Distance in elements between neighbours in a lane. */
  readonly stride: number;
  /** How many lanes there are: the product of the other sizes. */
  readonly count: number;
  /** The shape without the axis. */
  readonly outerShape: readonly number[];
}

/**
 * Lane `l` holds the flat positions `laneStart(lanes, l) + k · stride`, k = 0 … length − 1; lanes are
 * numbered in the row-major order of `outerShape`. Rank 0 is one lane of one class and accepts axis 0 and −1.
 * @throws RangeError naming the axis, if it is no integer in [−rank, rank − 1].
 */
export function lanesOf(shape: readonly number[], axis: number): Lanes {
  const from = resolveAxis(axis, shape.length);
  if (shape.length === 0) return { axis: 0, length: 1, stride: 1, count: 1, outerShape: [] };
  let before = 1;
  let stride = 1;
  for (let i = 0; i < from; i++) before *= shape[i]!;
  for (let i = from + 1; i < shape.length; i++) stride *= shape[i]!;
  const outerShape: number[] = [];
  for (let i = 0; i < shape.length; i++) if (i !== from) outerShape.push(shape[i]!);
  return { axis: from, length: shape[from]!, stride, count: before * stride, outerShape };
}

/** Flat position of the first element of lane `lane`. */
export function laneStart(lanes: Lanes, lane: number): number {
  const offset = lane % lanes.stride;
  return (lane - offset) * lanes.length + offset;
}

/** The number of the lane that a flat position is in. */
export function laneOf({ length, stride }: Lanes, position: number): number {
  return Math.floor(position / (length * stride)) * stride + (position % stride);
}

/** @throws RangeError naming the axis, if it is no integer in [−rank, rank − 1]; rank 0 accepts 0 and −1. */
export function resolveAxis(axis: number, rank: number): number {
  const axes = Math.max(rank, 1);
  if (!Number.isInteger(axis) || axis < -axes || axis >= axes) {
    throw new RangeError(`axis ${axis} is not an integer in [${-axes}, ${axes - 1}] (rank ${rank})`);
  }
  return axis < 0 ? axis + axes : axis;
}
