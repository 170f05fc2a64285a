/**
 * The textbook's layers, and the same as a subject: `--subject textbook`.
 * What the literal formulas lack is declined.
 */
import { resolveLoss } from '../../contract/validate.ts';
import { UnsupportedError } from '../../contract/unsupported.ts';
import type { AxisOptions, CrossEntropyOptions, Target } from '../../contract/subject.ts';
import { laneStart } from '../../tensor/lanes.ts';
import { createTensor, tensorFormat, type Tensor } from '../../tensor/tensor.ts';
import { CrossEntropyLoss } from './cross-entropy-layer.ts';
import { declineHalves, Softmax } from './softmax-layer.ts';

export { CrossEntropyLoss } from './cross-entropy-layer.ts';
export { Softmax } from './softmax-layer.ts';
export { packageVersion as version } from '../../contract/package-version.ts';

/** The name of these kernels as a subject. */
export const name = 'textbook';

/** `Softmax` forward, as a kernel. */
export function softmax(x: Tensor, { axis = -1 }: AxisOptions = {}): Tensor {
  return new Softmax(axis).forward(x);
}

/** `Softmax` backward, as a kernel. */
export function softmaxBackward(x: Tensor, dy: Tensor, { axis = -1 }: AxisOptions = {}): Tensor {
  const layer = new Softmax(axis);
  layer.forward(x);
  return layer.backward(dy);
}

/** `CrossEntropyLoss` forward, as a kernel, for one-hot targets and class indices. */
export function crossEntropy(logits: Tensor, target: Target, options: CrossEntropyOptions = {}): Tensor {
  return new CrossEntropyLoss(options.axis ?? -1, options.reduction).forward(
    logits,
    oneHotOf(logits, target, options),
  );
}

/** `CrossEntropyLoss` backward, as a kernel, for one-hot targets and class indices. */
export function crossEntropyBackward(
  logits: Tensor,
  target: Target,
  dy: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const layer = new CrossEntropyLoss(options.axis ?? -1, options.reduction);
  layer.forward(logits, oneHotOf(logits, target, options));
  return layer.backward(dy);
}

/**
 * The target as one-hot probabilities.
 * @throws UnsupportedError for options and targets that −Σ y·log p does not have.
 */
function oneHotOf(logits: Tensor, target: Target, options: CrossEntropyOptions): Tensor {
  declineHalves(logits);
  const { lanes, indices, probabilities, labelSmoothing, weight, ignoreIndex } = resolveLoss(
    logits,
    target,
    options,
  );
  if (labelSmoothing !== 0) throw new UnsupportedError('the literal formula has no label smoothing');
  if (weight !== null) throw new UnsupportedError('the literal formula has no weights');
  if (ignoreIndex !== null) throw new UnsupportedError('the literal formula has no ignoreIndex');
  const oneHot = createTensor(logits.shape, tensorFormat(logits));
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = laneStart(lanes, lane);
    const at = indices === null ? hotClass(probabilities!, { start, ...lanes }) : indices[lane]!;
    oneHot.data[start + at * lanes.stride] = 1;
  }
  return oneHot;
}

function hotClass(
  target: ArrayLike<number>,
  { start, stride, length }: { start: number; stride: number; length: number },
): number {
  let hot = -1;
  for (let k = 0; k < length; k++) {
    const value = target[start + k * stride];
    if (value === 1 && hot < 0) hot = k;
    else if (value !== 0) hot = length;
  }
  if (hot < 0 || hot >= length) throw new UnsupportedError('the target is not one-hot');
  return hot;
}
