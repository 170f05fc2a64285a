/** The kernels that logitfuzz judges: a module that exports any of them by these names. Replace the bodies by calls to yours. */
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'my-kernels';

/** `x.data` is dense and row-major; the result has the input's format, and shares no memory with it. */
export function softmax(x: Tensor, { axis = -1 }: AxisOptions): Tensor {
  const { length, inner } = lanesOf(x.shape, axis);
  const data = x.data.slice();
  for (let lane = 0; lane < data.length / Math.max(length, 1); lane++) {
    const start = Math.floor(lane / inner) * length * inner + (lane % inner);
    const at = (i: number): number => start + i * inner;
    let max = -Infinity;
    for (let i = 0; i < length; i++) max = Math.max(max, x.data[at(i)]!);
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Math.exp(x.data[at(i)]! - max);
    for (let i = 0; i < length; i++) data[at(i)] = Math.exp(x.data[at(i)]! - max) / sum;
  }
  return { shape: x.shape, data };
}

/** A lane along the axis has `length` elements, `inner` apart. Rank 0 is one lane of one element. */
function lanesOf(shape: readonly number[], axis: number): { length: number; inner: number } {
  const place = axis < 0 ? axis + shape.length : axis;
  const inner = shape.slice(place + 1).reduce((product, size) => product * size, 1);
  return { length: shape[place] ?? 1, inner };
}

// The others: softmaxBackward, logSoftmax, logSoftmaxBackward, logSumExp, logSumExpBackward, crossEntropy,
// crossEntropyBackward, crossEntropyTargetBackward. A case that a kernel does not cover is declined by throwing an
// error whose `code` is 'ERR_UNSUPPORTED'.
