/** Wrong: brings the axis last by a reshape, which keeps the order of the elements and mixes the lanes. */
import { softmax as sound } from 'logitfuzz/kernels';
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'reshape-not-transpose';

export function softmax(x: Tensor, { axis = -1 }: AxisOptions): Tensor {
  const rank = x.shape.length;
  const at = axis < 0 ? axis + rank : axis;
  const moved = rank === 0 ? [] : [...x.shape.slice(0, at), ...x.shape.slice(at + 1), x.shape[at]!];
  const { data } = sound({ shape: moved, data: x.data }, { axis: -1 });
  return { shape: x.shape, data };
}
