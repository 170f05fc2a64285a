/**
 * The kernels that logitfuzz judges: a module that exports any of them by these names. Replace the bodies by
 * calls to yours.
 */
import type { AxisOptions, Tensor } from 'logitfuzz';

export const name = 'my-kernels';

/** `x.data` is dense and row-major; the result has the input's format, and shares no memory with it. */
export function softmax(x: Tensor, { axis = -1 }: AxisOptions): Tensor {
  const data = x.data.slice();
  for (const lane of lanesOf(x.shape, axis)) {
    const probabilities = softmaxOf(lane.map((at) => x.data[at]!));
    lane.forEach((at, i) => (data[at] = probabilities[i]!));
  }
  return { shape: x.shape, data };
}

/**
 * The gradient with respect to x, given the one with respect to the result: p · (dy − Σ p · dy) in each lane.
 */
export function softmaxBackward(x: Tensor, dy: Tensor, { axis = -1 }: AxisOptions): Tensor {
  const data = x.data.slice();
  for (const lane of lanesOf(x.shape, axis)) {
    const p = softmaxOf(lane.map((at) => x.data[at]!));
    const mean = sumOf(lane.map((at, i) => p[i]! * dy.data[at]!));
    lane.forEach((at, i) => (data[at] = p[i]! * (dy.data[at]! - mean)));
  }
  return { shape: x.shape, data };
}

function softmaxOf(logits: readonly number[]): readonly number[] {
  const max = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const exponentials = logits.map((value) => Math.exp(value - max)); // at most 1: nothing overflows
  const sum = sumOf(exponentials);
  return exponentials.map((value) => value / sum);
}

/** In halves: one by one, a rounding for each term would add up in a wide lane. */
function sumOf(terms: readonly number[]): number {
  if (terms.length <= 8) return terms.reduce((a, b) => a + b, 0);
  const half = Math.ceil(terms.length / 2);
  return sumOf(terms.slice(0, half)) + sumOf(terms.slice(half));
}

/** The positions of each lane's elements in the data. Rank 0 is one lane of one element. */
function lanesOf(shape: readonly number[], axis: number): readonly (readonly number[])[] {
  const place = axis < 0 ? axis + shape.length : axis;
  const length = shape[place] ?? 1;
  const inner = shape.slice(place + 1).reduce((product, size) => product * size, 1);
  const outer = shape.slice(0, Math.max(place, 0)).reduce((product, size) => product * size, 1);
  return Array.from({ length: outer * inner }, (_, lane) =>
    Array.from({ length }, (_, i) => Math.floor(lane / inner) * length * inner + i * inner + (lane % inner)),
  );
}

// The others: logSoftmax, logSoftmaxBackward, logSumExp, logSumExpBackward, crossEntropy,
// crossEntropyBackward, crossEntropyTargetBackward. What the kernels do not take is not drawn where
// `supports` says so, as in `export const supports = { formats: ['float32'], rank: [1, 3], axis: 'last' };`.
// A single case is declined by throwing an error whose `code` is 'ERR_UNSUPPORTED'.
