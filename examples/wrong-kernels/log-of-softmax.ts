/**
 * Wrong: log(softmax(x)) is −∞ where the probability underflows, and loses every digit where it is near 1.
 */
import { softmax } from 'logitfuzz/kernels';
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'log-of-softmax';

export function logSoftmax(x: Tensor, options: AxisOptions): Tensor {
  const { data, shape } = softmax(x, options) as Tensor;
  return { shape, data: data.map((p) => Math.log(p)) as Tensor['data'] };
}
