/** Mutants that overflow, underflow or cancel where a sound kernel shifts by the maximum. */
import type { FloatArray } from '../../float/format.ts';
import { compensatedSum, maximum } from '../host/lane-steps.ts';
import { withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

export const stabilityMutants: readonly Mutant[] = [
  {
    name: 'no-shift',
    class: 'stability',
    stage: 'shift',
    change: 'softmax takes exp of the logits as they are, without subtracting the maximum.',
    seen: 'NVIDIA/FasterTransformer#43: the attention softmax did not subtract the maximum, and gave NaN',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', () => ({ max: () => 0 })),
  },
  {
    name: 'shift-by-first',
    class: 'stability',
    stage: 'shift',
    change: "logSumExp shifts by the lane's first element instead of its maximum.",
    seen: "Infatoshi/cuda-course#10: the maximum was started at the thread's own element, not the batch's",
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSumExp', () => ({ max: (x) => x[0] ?? -Infinity })),
  },
  {
    name: 'shift-by-mean',
    class: 'stability',
    stage: 'shift',
    change: "crossEntropy shifts by the lane's mean instead of its maximum.",
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', () => ({ max: (x) => compensatedSum(x) / x.length })),
  },
  {
    name: 'shift-by-tensor-maximum',
    class: 'stability',
    stage: 'shift',
    change: "softmax shifts every lane by the whole tensor's maximum.",
    seen: 'deeplearning4j/nd4j#44: softmax took the maximum and the sum of the whole array',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', () => ({ max: (_x, { data }) => maximum(data) })),
  },
  {
    name: 'maximum-starts-at-zero',
    class: 'stability',
    stage: 'shift',
    change: 'logSoftmax starts its search for the maximum at 0 instead of −∞.',
    seen: 'FluxML/NNlib.jl#43: max(0, maximum), so that softmax([-10000, -10000]) failed; mit-han-lab/tinyengine#107: FLT_MIN',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSoftmax', (sound) => ({ max: (x, place) => Math.max(0, sound.max(x, place)) })),
  },
  {
    name: 'maximum-floored',
    class: 'stability',
    stage: 'shift',
    change: 'logSoftmaxBackward takes no maximum below −10,000.',
    seen: 'tracel-ai/burn#4697: clamps the maximum at -1e4, since legitimate ones are taken to be larger',
    isGradient: true,
    isSubtle: true,
    create: withSteps('logSoftmaxBackward', (sound) => ({
      max: (x, place) => Math.max(-1e4, sound.max(x, place)),
    })),
  },
  {
    name: 'log-sum-exp-then-subtract',
    class: 'stability',
    stage: 'shift',
    change: 'logSoftmax subtracts max + log Σ at once, which rounds at the size of the offset.',
    seen: 'pytorch/pytorch#11752, pytorch/pytorch#38839: log_softmax lost the differences of logits near 1e8 and 1e7',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSoftmax', () => ({
      logSoftmax({ x, max, logSum }) {
        const logSumExp = x.map(() => max + logSum);
        return x.map((value, k) => value - logSumExp[k]!) as FloatArray;
      },
    })),
  },
  {
    name: 'log-of-softmax',
    class: 'stability',
    stage: 'logarithm',
    change: 'crossEntropy takes the logarithm of the softmax.',
    seen: 'onnx/onnx#8423: the reference took the logarithm of softmax, and gave an infinite loss for logits [0, -104]',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      logSoftmax: (parts) => sound.softmax(parts).map(Math.log) as FloatArray,
    })),
  },
  {
    name: 'clipped-probability',
    class: 'stability',
    stage: 'logarithm',
    change: 'crossEntropy clips the softmax to [1e-7, 1 − 1e-7] before its logarithm.',
    seen: 'keras-team/keras#17634: CategoricalCrossentropy of probabilities differs from that of logits where these are large',
    isGradient: false,
    isSubtle: false,
    create: withSteps('crossEntropy', (sound) => ({
      logSoftmax: (parts) =>
        sound.softmax(parts).map((p) => Math.log(Math.min(Math.max(p, 1e-7), 1 - 1e-7))) as FloatArray,
    })),
  },
  {
    name: 'clamped-exponent',
    class: 'stability',
    stage: 'exponent',
    change: 'crossEntropyBackward clamps the argument of exp at −80, so that nothing underflows.',
    seen: 'openvinotoolkit/openvino#37857: a softmax exp whose underflow is handled by a clamp instead of a mask',
    isGradient: true,
    isSubtle: true,
    create: withSteps('crossEntropyBackward', (sound) => ({
      exp: (z, place) => sound.exp(Math.max(z, -80), place),
    })),
  },
  {
    name: 'gradient-divided-by-softmax',
    class: 'stability',
    stage: 'product',
    change: 'logSoftmaxBackward is the gradient of softmax at dy ÷ softmax, which underflows.',
    seen: 'FluxML/NNlib.jl#68: ∇logsoftmax was ∇softmax(Δ ./ softmax(xs), xs), and gave NaN',
    isGradient: true,
    isSubtle: true,
    create: withSteps('logSoftmaxBackward', (sound) => ({
      logSoftmaxVjp: (s, dy, parts) =>
        sound.softmaxVjp(s, dy.map((value, k) => value / s[k]!) as FloatArray, parts),
    })),
  },
];
