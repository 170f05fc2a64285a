/**
 * Lanes along any axis as rows of a matrix, and back: what a kernel that works on [rows, n] needs. Does no
 * arithmetic.
 */
import type { FloatData } from '../float/format.ts';
import { laneStart, lanesOf } from '../tensor/lanes.ts';

/** The lanes of a shape along an axis, as the rows of a matrix. */
export interface Rows {
  /** How many lanes there are. */
  readonly rows: number;
  /** The elements of each. */
  readonly cols: number;
  /** The shape without the axis: that of one value for each row. */
  readonly outerShape: readonly number[];
  /** The rows one after the other: the very array where they lie so, else a copy. */
  toRows<D extends FloatData>(data: D): D;
  /** The inverse. */
  fromRows<D extends FloatData>(values: D): D;
}

/**
 * The lanes of a tensor of this shape along an axis.
 * @throws RangeError naming the axis, if it is no integer in [−rank, rank − 1]; rank 0 accepts 0 and −1.
 */
export function rowsOf(shape: readonly number[], axis: number): Rows {
  const lanes = lanesOf(shape, axis);
  const { length, count, stride, outerShape } = lanes;
  return {
    rows: count,
    cols: length,
    outerShape,
    toRows(data) {
      if (stride === 1) return data;
      const rows = data.slice() as typeof data;
      for (let lane = 0, at = 0; lane < count; lane++)
        for (let k = 0, from = laneStart(lanes, lane); k < length; k++, from += stride)
          rows[at++] = data[from]!;
      return rows;
    },
    fromRows(values) {
      if (stride === 1) return values;
      const data = values.slice() as typeof values;
      for (let lane = 0, at = 0; lane < count; lane++)
        for (let k = 0, to = laneStart(lanes, lane); k < length; k++, to += stride) data[to] = values[at++]!;
      return data;
    },
  };
}
