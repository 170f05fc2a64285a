/** Wrong conduct: every second call of the same size starts from the sum that the call before left behind. */
import { softmax as sound } from 'logitfuzz/kernels';
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'remembers-the-last-call';

let calls = 0;

export function softmax(x: Tensor, options: AxisOptions): Tensor {
  const { data, shape } = sound(x, options) as Tensor;
  const drift = calls++ % 2 === 0 ? 1 : 1 + 2 ** -22;
  return { shape, data: data.map((y) => y * drift) as Tensor['data'] };
}
