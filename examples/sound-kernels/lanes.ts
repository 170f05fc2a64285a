/** Lanes along an axis, gathered and put back. Nothing else. */
import type { Tensor } from 'logitfuzz';

export interface Lanes {
  readonly length: number;
  readonly count: number;
  /** Flat position of class k of a lane. */
  place(lane: number, k: number): number;
  /** The shape without the axis. */
  readonly outerShape: readonly number[];
}

export function lanesAlong(shape: readonly number[], axis: number): Lanes {
  const rank = shape.length;
  const at = axis < 0 ? axis + Math.max(rank, 1) : axis;
  const length = shape[at] ?? 1;
  const stride = product(shape.slice(at + 1));
  return {
    length,
    count: product(shape.slice(0, at)) * stride,
    place: (lane, k) => Math.floor(lane / stride) * stride * length + (lane % stride) + k * stride,
    outerShape: shape.filter((_, i) => i !== at),
  };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

/** One lane's values, in float64, which holds those of both formats. */
export function gather(data: ArrayLike<number>, lanes: Lanes, lane: number): Float64Array {
  const values = new Float64Array(lanes.length);
  for (let k = 0; k < lanes.length; k++) values[k] = data[lanes.place(lane, k)]!;
  return values;
}

export function scatter(values: ArrayLike<number>, to: Tensor['data'], lanes: Lanes, lane: number): void {
  for (let k = 0; k < lanes.length; k++) to[lanes.place(lane, k)] = values[k]!;
}

/** Zeros of the format of `like`. */
export function zeros(shape: readonly number[], like: Tensor): Tensor {
  const size = product(shape);
  return { shape, data: like.data instanceof Float32Array ? new Float32Array(size) : new Float64Array(size) };
}
