/** The kernels under test: a softmax, and the loss over its logarithm. */
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'my-kernels';

/**
 * e^(x − max) ÷ Σ e^(x − max), lane by lane, in float64.
 * A lane that holds NaN or +∞, or nothing but −∞, is NaN.
 */
export function softmax(x: Tensor, { axis = -1 }: AxisOptions): Tensor {
  const rank = x.shape.length;
  const at = axis < 0 ? axis + Math.max(rank, 1) : axis;
  const length = x.shape[at] ?? 1;
  const stride = x.shape.slice(at + 1).reduce((a, b) => a * b, 1);
  const data = x.data.slice() as Tensor['data'];
  const lanes = length === 0 ? 0 : x.data.length / length;
  for (let lane = 0; lane < lanes; lane++) {
    const start = Math.floor(lane / stride) * stride * length + (lane % stride);
    let max = -Infinity;
    for (let k = 0; k < length; k++) max = Math.max(max, x.data[start + k * stride]!);
    let sum = 0;
    for (let k = 0; k < length; k++) sum += Math.exp(x.data[start + k * stride]! - max);
    for (let k = 0; k < length; k++)
      data[start + k * stride] = Math.exp(x.data[start + k * stride]! - max) / sum;
  }
  return { shape: x.shape, data };
}
