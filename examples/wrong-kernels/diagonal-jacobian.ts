/**
 * Wrong: s·(1 − s)·dy is the diagonal of the Jacobian; the terms −s_j·s_i of the other classes are missing.
 */
import { softmax } from 'logitfuzz/kernels';
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'diagonal-jacobian';

export function softmaxBackward(x: Tensor, dy: Tensor, options: AxisOptions): Tensor {
  const { data: s, shape } = softmax(x, options);
  return { shape, data: s.map((value, i) => value * (1 - value) * dy.data[i]!) as Tensor['data'] };
}
