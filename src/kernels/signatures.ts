/**
 * What the from-scratch kernels are called with: a tensor of any format, with others of the same, and they
 * return one of it. Each signature ends with the one for `Tensor`, which is the one that `ReturnType` and
 * `Parameters` see.
 */
import type { AxisOptions, CrossEntropyOptions, Target } from '../contract/subject.ts';
import type { FloatTensor, HalfTensor, Tensor } from '../tensor/tensor.ts';

/** Where the result goes. */
export interface Into<T extends FloatTensor = Tensor> {
  /**
   * A tensor of the logits' format and of the result's shape, whose memory no argument shares: it is filled
   * and returned. Without it the result is a new one.
   */
  readonly out?: T;
}

/** softmax, logSoftmax, logSumExp. */
export interface LaneKernel {
  (x: Tensor, options?: AxisOptions & Into): Tensor;
  (x: HalfTensor, options?: AxisOptions & Into<HalfTensor>): HalfTensor;
  (x: FloatTensor, options?: AxisOptions & Into<FloatTensor>): FloatTensor;
  (x: Tensor, options?: AxisOptions & Into): Tensor;
}

/** Their gradients with respect to `x`: `dy` has the output's shape. */
export interface LaneGradient {
  (x: Tensor, dy: Tensor, options?: AxisOptions & Into): Tensor;
  (x: HalfTensor, dy: HalfTensor, options?: AxisOptions & Into<HalfTensor>): HalfTensor;
  (x: FloatTensor, dy: FloatTensor, options?: AxisOptions & Into<FloatTensor>): FloatTensor;
  (x: Tensor, dy: Tensor, options?: AxisOptions & Into): Tensor;
}

/** crossEntropy. Class indices are an Int32Array, whatever the format of the logits. */
export interface LossKernel {
  (logits: Tensor, target: Target, options?: CrossEntropyOptions & Into): Tensor;
  (
    logits: HalfTensor,
    target: Target<HalfTensor>,
    options?: CrossEntropyOptions<HalfTensor> & Into<HalfTensor>,
  ): HalfTensor;
  (
    logits: FloatTensor,
    target: Target<FloatTensor>,
    options?: CrossEntropyOptions<FloatTensor> & Into<FloatTensor>,
  ): FloatTensor;
  (logits: Tensor, target: Target, options?: CrossEntropyOptions & Into): Tensor;
}

/** Its two gradients: `dy` has the loss's shape. */
export interface LossGradient {
  (logits: Tensor, target: Target, dy: Tensor, options?: CrossEntropyOptions & Into): Tensor;
  (
    logits: HalfTensor,
    target: Target<HalfTensor>,
    dy: HalfTensor,
    options?: CrossEntropyOptions<HalfTensor> & Into<HalfTensor>,
  ): HalfTensor;
  (
    logits: FloatTensor,
    target: Target<FloatTensor>,
    dy: FloatTensor,
    options?: CrossEntropyOptions<FloatTensor> & Into<FloatTensor>,
  ): FloatTensor;
  (logits: Tensor, target: Target, dy: Tensor, options?: CrossEntropyOptions & Into): Tensor;
}
