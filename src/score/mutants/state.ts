/**
 * Mutants that are right in every call by itself, and wrong after other calls: caches whose key lacks
 * something, rings that wrap, sums that are kept. Each `create` starts afresh.
 */
import type { CrossEntropyOptions } from '../../contract/subject.ts';
import { formatOf, type FloatArray } from '../../float/format.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { soundHost } from '../host/host.ts';
import { withKernel } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

function keyOf({ shape, data }: Tensor): string {
  return `${formatOf(data)}/${shape.join()}`;
}

/** What was kept under the key, or what is kept from now on. */
function kept<T>(all: Map<string, T>, key: string, make: () => T): T {
  if (!all.has(key)) all.set(key, make());
  return all.get(key)!;
}

export const stateMutants: readonly Mutant[] = [
  {
    name: 'axis-kept-by-shape',
    class: 'state',
    stage: 'state',
    change: 'logSoftmax keeps how it walks a shape, whose key lacks the axis.',
    seen: 'tenstorrent/tt-metal#54138: the key of a program cache lacked what the program depends on, and the second call was wrong',
    isGradient: false,
    isSubtle: true,
    create: withKernel('logSoftmax', (sound) => {
      const axes = new Map<string, number | undefined>();
      return (x, options) => {
        const axis = kept(axes, keyOf(x), () => options.axis);
        return sound.logSoftmax(x, axis === undefined ? {} : { axis });
      };
    }),
  },
  {
    name: 'nan-stays-in-the-sum',
    class: 'state',
    stage: 'state',
    change:
      'logSumExp adds what is left of the sum of all its answers less itself, which a NaN or an infinity spoils for good.',
    seen: 'flashlight/flashlight#505: several calls in a row gave NaN, and a fresh process none for the same samples; sdatkinson/NeuralAmpModelerPlugin#75: NaN got stuck in a history',
    isGradient: false,
    isSubtle: true,
    create: withKernel('logSumExp', (sound) => {
      let sum = 0;
      return (x, options) => {
        const y = sound.logSumExp(x, options);
        const before = sum - sum; // 0, or NaN
        for (const value of y.data) sum += value;
        return { shape: y.shape, data: y.data.map((value) => value + before) as FloatArray };
      };
    }),
  },
  {
    name: 'ring-of-256-answers',
    class: 'state',
    stage: 'state',
    change: 'softmax gives in every 256th call the first elements of its answer 256 calls before.',
    seen: 'tenstorrent/tt-metal#20766: a ring buffer of a long run was overwritten, thousands of iterations on',
    isGradient: false,
    isSubtle: false,
    create: withKernel('softmax', (sound) => {
      let calls = 0;
      let oldest: FloatArray = new Float32Array(0);
      return (x, options) => {
        const y = sound.softmax(x, options);
        if (calls++ % 256 !== 0) return y;
        const fresh = y.data.slice();
        y.data.set(oldest.subarray(0, y.data.length));
        oldest = fresh;
        return y;
      };
    }),
  },
  {
    name: 'weights-of-the-first-call',
    class: 'state',
    stage: 'state',
    change: 'crossEntropy keeps the weights of the first call of so many classes.',
    seen: 'tenstorrent/tt-metal#49749: where a program was found in the cache, the addresses of its operands stayed those of the call before',
    isGradient: false,
    isSubtle: true,
    create: withKernel('crossEntropy', (sound) => {
      const weights = new Map<string, Tensor>();
      return (logits, target, options) => {
        const { weight } = options;
        if (weight === undefined) return sound.crossEntropy(logits, target, options);
        const copy = (): Tensor => ({ shape: [...weight.shape], data: weight.data.slice() as FloatArray });
        const first = kept(weights, keyOf(weight), copy);
        return sound.crossEntropy(logits, target, { ...options, weight: first });
      };
    }),
  },
  {
    name: 'reduction-of-the-first-call',
    class: 'state',
    stage: 'state',
    change:
      "crossEntropyBackward takes 'sum' for 'mean', or the reverse, where the first call of that shape did.",
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withKernel('crossEntropyBackward', (sound) => {
      const reductions = new Map<string, CrossEntropyOptions['reduction']>();
      return (logits, target, dy, options) => {
        if (options.reduction === 'none') return sound.crossEntropyBackward(logits, target, dy, options);
        const reduction = kept(reductions, keyOf(logits), () => options.reduction) ?? 'mean';
        return sound.crossEntropyBackward(logits, target, dy, { ...options, reduction });
      };
    }),
  },
  {
    name: 'gradient-of-the-last-forward',
    class: 'state',
    stage: 'state',
    change: 'softmaxBackward takes the logits of the last softmax of that shape and axis for its own.',
    seen: 'torch/nn#1015: the backward assumed that the last forward was of the same input',
    isGradient: true,
    isSubtle: false,
    create() {
      const last = new Map<string, Tensor>();
      const key = (x: Tensor, axis: number | undefined): string => `${keyOf(x)}/${axis ?? -1}`;
      return {
        ...soundHost,
        softmax(x, options) {
          last.set(key(x, options.axis), { shape: [...x.shape], data: x.data.slice() as FloatArray });
          return soundHost.softmax(x, options);
        },
        softmaxBackward(x, dy, options) {
          return soundHost.softmaxBackward(last.get(key(x, options.axis)) ?? x, dy, options);
        },
      };
    },
  },
];
