/** The from-scratch kernels: the default subject, and the package's public kernel API. No dependency. */
export { softmax, softmaxBackward } from './softmax.ts';
export { logSoftmax, logSoftmaxBackward } from './log-softmax.ts';
export { logSumExp, logSumExpBackward } from './log-sum-exp.ts';
export { crossEntropy } from './cross-entropy.ts';
export { crossEntropyBackward, crossEntropyTargetBackward } from './cross-entropy-gradient.ts';
export type { Into, LaneKernel, LaneGradient, LossKernel, LossGradient } from './signatures.ts';
export { packageVersion as version } from '../contract/package-version.ts';

/** Invalid arguments are a RangeError or a TypeError that names them. */
export const refuses = true;
/** The name of these kernels as a subject. */
export const name = 'from-scratch';
