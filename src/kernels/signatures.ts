/**
 * What the from-scratch kernels are called with: a tensor of any format, with others of the same, and they
 * return one of it. Each signature ends with the one for `Tensor`, which is the one that `ReturnType` and
 * `Parameters` see.
 */
import type { AxisOptions, CrossEntropyOptions, Target } from '../contract/subject.ts';
import type { FloatTensor, HalfTensor, Tensor } from '../tensor/tensor.ts';

/** softmax, logSoftmax, logSumExp. */
export interface LaneKernel {
  (x: Tensor, options?: AxisOptions): Tensor;
  (x: HalfTensor, options?: AxisOptions): HalfTensor;
  (x: FloatTensor, options?: AxisOptions): FloatTensor;
  (x: Tensor, options?: AxisOptions): Tensor;
}

/** Their gradients with respect to `x`: `dy` has the output's shape. */
export interface LaneGradient {
  (x: Tensor, dy: Tensor, options?: AxisOptions): Tensor;
  (x: HalfTensor, dy: HalfTensor, options?: AxisOptions): HalfTensor;
  (x: FloatTensor, dy: FloatTensor, options?: AxisOptions): FloatTensor;
  (x: Tensor, dy: Tensor, options?: AxisOptions): Tensor;
}

/** crossEntropy. Class indices are an Int32Array, whatever the format of the logits. */
export interface LossKernel {
  (logits: Tensor, target: Target, options?: CrossEntropyOptions): Tensor;
  (logits: HalfTensor, target: Target<HalfTensor>, options?: CrossEntropyOptions<HalfTensor>): HalfTensor;
  (logits: FloatTensor, target: Target<FloatTensor>, options?: CrossEntropyOptions<FloatTensor>): FloatTensor;
  (logits: Tensor, target: Target, options?: CrossEntropyOptions): Tensor;
}

/** Its two gradients: `dy` has the loss's shape. */
export interface LossGradient {
  (logits: Tensor, target: Target, dy: Tensor, options?: CrossEntropyOptions): Tensor;
  (
    logits: HalfTensor,
    target: Target<HalfTensor>,
    dy: HalfTensor,
    options?: CrossEntropyOptions<HalfTensor>,
  ): HalfTensor;
  (
    logits: FloatTensor,
    target: Target<FloatTensor>,
    dy: FloatTensor,
    options?: CrossEntropyOptions<FloatTensor>,
  ): FloatTensor;
  (logits: Tensor, target: Target, dy: Tensor, options?: CrossEntropyOptions): Tensor;
}
