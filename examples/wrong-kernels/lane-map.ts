/** What the wrong kernels share: a function of one lane, applied along an axis. Nothing wrong in here. */
import type { Tensor } from 'logitfuzz';

export type Lane = readonly number[];

export function mapLanes(x: Tensor, axis: number, f: (lane: Lane) => Lane): Tensor {
  const rank = x.shape.length;
  const at = axis < 0 ? axis + Math.max(rank, 1) : axis;
  const length = x.shape[at] ?? 1;
  const stride = x.shape.slice(at + 1).reduce((a, b) => a * b, 1);
  const data = x.data.slice() as Tensor['data'];
  const count = length === 0 ? 0 : x.data.length / length;
  for (let lane = 0; lane < count; lane++) {
    const start = Math.floor(lane / stride) * stride * length + (lane % stride);
    const values = Array.from({ length }, (_, k) => x.data[start + k * stride]!);
    f(values).forEach((value, k) => (data[start + k * stride] = value));
  }
  return { shape: x.shape, data };
}
