/**
 * Wrong by the contract: a lane that is masked out entirely
 * gives zeros, as "safe softmax" kernels do, not NaN.
 */
import { logSoftmax as sound } from 'logitfuzz/kernels';
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'masked-lane-zero';

export function logSoftmax(x: Tensor, options: AxisOptions): Tensor {
  const { data, shape } = sound(x, options) as Tensor;
  return {
    shape,
    data: data.map((y, i) => (Number.isNaN(y) && x.data[i] === -Infinity ? 0 : y)) as Tensor['data'],
  };
}
