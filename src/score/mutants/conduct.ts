/** Mutants that compute the right values and misbehave. */
import { formatFacts, formatOf, type FloatArray } from '../../float/format.ts';
import { resolveAxis } from '../../tensor/lanes.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { maximum } from '../host/lane-steps.ts';
import { withKernel, withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

export const conductMutants: readonly Mutant[] = [
  {
    name: 'shifts-in-place',
    class: 'conduct',
    stage: 'conduct',
    change: "logSumExp subtracts the first logit from the caller's logits.",
    seen: 'JuliaGPU/CUDA.jl#592: softmax(x) and logsoftmax(x) updated their arguments',
    isGradient: false,
    isSubtle: true,
    create: withKernel('logSumExp', (sound) => (x, options) => {
      const y = sound.logSumExp(x, options);
      const first = x.data[0]!;
      x.data.forEach((value, i) => (x.data[i] = value - first));
      return y;
    }),
  },
  {
    name: 'gradient-over-dy',
    class: 'conduct',
    stage: 'conduct',
    change: 'softmaxBackward writes its result over dy and returns it.',
    seen: 'NVIDIA/apex#1430, NVIDIA/apex#1587: fused softmax kernels wrote over the gradient that they were given',
    isGradient: false,
    isSubtle: true,
    create: withKernel('softmaxBackward', (sound) => (x, dy, options) => {
      dy.data.set(sound.softmaxBackward(x, dy, options).data);
      return dy;
    }),
  },
  {
    name: 'single-class-by-reference',
    class: 'conduct',
    stage: 'conduct',
    change: 'logSumExp of one class returns the memory of its input.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withKernel('logSumExp', (sound) => (x, options): Tensor => {
      const y = sound.logSumExp(x, options);
      return y.data.length === x.data.length ? { shape: y.shape, data: x.data } : y;
    }),
  },
  {
    name: 'keeps-the-axis',
    class: 'conduct',
    stage: 'conduct',
    change: 'logSumExp keeps its axis with a size of 1.',
    seen: 'ml-explore/mlx#4029, pytorch/pytorch#8762: logsumexp returned the wrong shape',
    isGradient: false,
    isSubtle: true,
    create: withKernel('logSumExp', (sound) => (x, options): Tensor => {
      const at = resolveAxis(options.axis ?? -1, x.shape.length);
      return { ...sound.logSumExp(x, options), shape: x.shape.map((size, i) => (i === at ? 1 : size)) };
    }),
  },
  {
    name: 'always-float64',
    class: 'conduct',
    stage: 'conduct',
    change: 'logSoftmax returns float64, whatever the format of its input.',
    seen: 'Lightning-AI/pytorch-lightning#3171: log_softmax returned float32 for float16',
    isGradient: false,
    isSubtle: false,
    create: withKernel('logSoftmax', (sound) => (x, options): Tensor => {
      const { shape, data } = sound.logSoftmax(x, options);
      return { shape, data: Float64Array.from(data) };
    }),
  },
  {
    name: 'plain-array',
    class: 'conduct',
    stage: 'conduct',
    change: 'softmaxBackward returns its data as an array of numbers.',
    seen: 'none found',
    isGradient: false,
    isSubtle: false,
    create: withKernel('softmaxBackward', (sound) => (x, dy, options): Tensor => {
      const { shape, data } = sound.softmaxBackward(x, dy, options);
      return { shape, data: [...data] as unknown as FloatArray };
    }),
  },
  {
    name: 'no-rank-six',
    class: 'conduct',
    stage: 'conduct',
    change: 'logSoftmaxBackward throws at rank 6.',
    seen: 'tenstorrent/tt-metal#16379: softmax threw at rank 5',
    isGradient: false,
    isSubtle: true,
    create: withKernel('logSoftmaxBackward', (sound) => (x, dy, options) => {
      if (x.shape.length > 5) throw new RangeError(`rank ${x.shape.length} is above 5`);
      return sound.logSoftmaxBackward(x, dy, options);
    }),
  },
  {
    name: 'warns-of-nan',
    class: 'conduct',
    stage: 'conduct',
    change: 'logSumExp prints a warning where a logit is NaN.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withKernel('logSumExp', (sound) => (x, options) => {
      if (Number.isNaN(maximum(x.data))) process.stderr.write('logSumExp: NaN\n');
      return sound.logSumExp(x, options);
    }),
  },
  {
    name: 'weights-from-the-start-of-the-buffer',
    class: 'conduct',
    stage: 'arguments',
    change:
      'crossEntropy reads class weights from the start of their buffer, although they may be a view into it.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', (sound) => ({
      share(t, loss, lane, k) {
        const { weight } = loss;
        if (weight === null) return t;
        const { array } = formatFacts(formatOf(weight));
        return sound.share(
          t,
          { ...loss, weight: new array(weight.buffer as ArrayBuffer, 0, weight.length) },
          lane,
          k,
        );
      },
    })),
  },
  {
    name: 'shape-rewritten',
    class: 'conduct',
    stage: 'conduct',
    change: "logSumExp sets its axis to 1 in the caller's shape.",
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withKernel('logSumExp', (sound) => (x, options) => {
      const y = sound.logSumExp(x, options);
      if (x.shape.length > 0) (x.shape as number[])[resolveAxis(options.axis ?? -1, x.shape.length)] = 1;
      return y;
    }),
  },
  {
    name: 'options-rewritten',
    class: 'conduct',
    stage: 'conduct',
    change: "softmax writes its axis, counted from the front, into the caller's options.",
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withKernel('softmax', (sound) => (x, options) => {
      (options as { axis?: number }).axis = resolveAxis(options.axis ?? -1, x.shape.length);
      return sound.softmax(x, options);
    }),
  },
  {
    name: 'one-buffer-for-all-calls',
    class: 'conduct',
    stage: 'conduct',
    change:
      'softmax returns the same memory in each call of the same size, and so overwrites its answer of before.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withKernel('softmax', (sound) => {
      const kept = new Map<string, Tensor>();
      return (x, options): Tensor => {
        const y = sound.softmax(x, options);
        const key = `${y.data.constructor.name}/${y.data.length}`;
        const { data } = kept.get(key) ?? y;
        data.set(y.data);
        kept.set(key, { shape: y.shape, data });
        return { shape: y.shape, data };
      };
    }),
  },
];
