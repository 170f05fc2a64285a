/**
 * Mutants of how a kernel is called, and of the memory that it is handed and hands back. What most of them do
 * wrong does not show when they are called the plain way.
 */
import type { AxisOptions, CrossEntropyOptions, SubjectModule } from '../../contract/subject.ts';
import { formatFacts, formatOf, type FloatArray } from '../../float/format.ts';
import { isIndexTensor, type Tensor } from '../../tensor/tensor.ts';
import { soundHost, type HostKernels } from '../host/host.ts';
import { everyKernel, withKernel } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

const shown = { class: 'call and memory', isGradient: false, isSubtle: true } as const;

/** The array of so many elements, which begins so many bytes from the beginning of the same buffer. */
function viewAt(data: FloatArray, byteOffset: number, length: number): FloatArray {
  return new (formatFacts(formatOf(data)).array)(data.buffer as ArrayBuffer, byteOffset, length);
}

/** What is kept of an array, by the array itself and not by what is in it. */
function keptBy<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const kept = new WeakMap<K, V>();
  return (key) => {
    const value = kept.get(key) ?? make(key);
    kept.set(key, value);
    return value;
  };
}

/** All kernels, with the logits that `change` makes of theirs. */
function withLogits(sound: HostKernels, change: (logits: Tensor) => Tensor): SubjectModule {
  const changed = everyKernel.map((name) => {
    const kernel = sound[name] as (logits: Tensor, ...rest: readonly unknown[]) => Tensor;
    return [name, (logits: Tensor, ...rest: readonly unknown[]) => kernel(change(logits), ...rest)];
  });
  return Object.fromEntries(changed) as SubjectModule;
}

function copyOf({ shape, data }: Tensor): Tensor {
  return { shape, data: data.slice() };
}

export const callAndMemoryMutants: readonly Mutant[] = [
  {
    ...shown,
    name: 'default-axis-by-rank',
    stage: 'arguments',
    change: 'softmax without an axis takes the first of one or three, and the second of any other number.',
    seen: 'pytorch/pytorch#1763: F.softmax without a dimension took dim 0, 1, 0 and 1 of tensors of 1 to 4 dimensions',
    create: withKernel('softmax', (sound) => (x, { axis }) => {
      const rank = x.shape.length;
      return sound.softmax(x, { axis: axis ?? (rank <= 1 || rank === 3 ? 0 : 1) });
    }),
  },
  {
    ...shown,
    name: 'undefined-axis-is-first',
    stage: 'arguments',
    change: 'logSoftmax takes an axis that is undefined for 0.',
    seen: 'keras-team/keras-core#143: softmax with an axis of None was over the last axis in one backend and over all in others',
    create: withKernel('logSoftmax', (sound) => (x, options) => {
      const axis = 'axis' in options ? Math.trunc(options.axis ?? 0) : -1;
      return sound.logSoftmax(x, { axis });
    }),
  },
  {
    ...shown,
    name: 'mean-by-name-is-none',
    stage: 'arguments',
    change:
      "crossEntropy knows 'mean' as its default alone, and gives the losses one by one where it is named.",
    seen: 'sktime/pytorch-forecasting#1572: the reduction was documented as mean, and was none whatever was passed',
    create: withKernel('crossEntropy', (sound) => (logits, target, options) => {
      const { reduction } = options;
      return sound.crossEntropy(
        logits,
        target,
        reduction === 'mean' ? { ...options, reduction: 'none' } : options,
      );
    }),
  },
  {
    ...shown,
    name: 'undefined-over-default',
    stage: 'arguments',
    change: 'crossEntropyBackward lays the options over its defaults, undefined ones too, so that ε is NaN.',
    seen: 'midstem/swipi#235, sindresorhus/execa#712: a spread let options that were undefined take the place of defaults',
    create: withKernel('crossEntropyBackward', (sound) => (logits, target, dy, options) => {
      const { labelSmoothing } = { labelSmoothing: 0, ...options } as Required<CrossEntropyOptions>;
      const { shape, data } = sound.crossEntropyBackward(logits, target, dy, options);
      return { shape, data: data.map((g) => (Number.isNaN(1 - labelSmoothing) ? NaN : g)) as FloatArray };
    }),
  },
  {
    ...shown,
    name: 'no-axis-no-options',
    stage: 'arguments',
    change:
      'crossEntropyTargetBackward takes all options but the reduction for default where there is no axis among them.',
    seen: 'none found',
    create: withKernel('crossEntropyTargetBackward', (sound) => (logits, target, dy, options) => {
      const { axis, reduction = 'mean' } = options;
      const taken = axis === undefined ? { reduction } : options;
      return sound.crossEntropyTargetBackward(logits, target, dy, taken);
    }),
  },
  {
    ...shown,
    name: 'aligned-down-to-8',
    stage: 'arguments',
    change: 'softmax reads its input from the multiple of 8 bytes at which it begins, or before it.',
    seen: 'uxlfoundation/oneDNN#3501: a vectorized softmax was wrong on memory that was not aligned',
    create: withKernel('softmax', (sound) => ({ shape, data }, options) => {
      const { byteOffset, length } = data;
      return sound.softmax({ shape, data: viewAt(data, byteOffset - (byteOffset % 8), length) }, options);
    }),
  },
  {
    ...shown,
    name: 'offset-lost-above-8-kib',
    stage: 'arguments',
    change: 'Every kernel reads logits of more than 8 KiB from the beginning of their buffer.',
    seen: 'tensorflow/tfjs#3334: tfjs-wasm read arrays from the beginning of their buffers',
    create: () =>
      withLogits(soundHost, ({ shape, data }) => {
        const { byteOffset, byteLength, length } = data;
        return { shape, data: viewAt(data, byteLength > 8192 ? 0 : byteOffset, length) };
      }),
  },
  {
    ...shown,
    isSubtle: false,
    name: 'reads-whole-vectors',
    stage: null,
    change: 'logSumExp of one lane takes the maximum over whole vectors of 4, beyond the end of its input.',
    seen: 'google/XNNPACK#1003: a softmax of 3 classes loaded 4; google/XNNPACK#4190: the tail of a kernel read past its input',
    create: withKernel('logSumExp', (sound) => (x, options) => {
      const { byteOffset, byteLength, length, BYTES_PER_ELEMENT } = x.data;
      const room = Math.floor((x.data.buffer.byteLength - byteOffset - byteLength) / BYTES_PER_ELEMENT);
      const behind = viewAt(x.data, byteOffset + byteLength, Math.min(room, -length & 3));
      const y = sound.logSumExp(x, options);
      if (y.data.length !== 1 || behind.every((value) => value <= y.data[0]!)) return y;
      return { shape: y.shape, data: y.data.map((value) => value + Math.max(...behind)) as FloatArray };
    }),
  },
  {
    ...shown,
    name: 'pads-behind-the-input',
    stage: 'conduct',
    change:
      'softmaxBackward writes −∞ behind its logits, up to a whole vector of 4, where their buffer goes on.',
    seen: 'tensorflow/tensorflow#33237: a softmax kernel wrote beyond the end of its array',
    create: withKernel('softmaxBackward', (sound) => (x, dy, options) => {
      const { byteOffset, byteLength, length, BYTES_PER_ELEMENT } = x.data;
      const room = Math.floor((x.data.buffer.byteLength - byteOffset - byteLength) / BYTES_PER_ELEMENT);
      const y = sound.softmaxBackward(x, dy, options);
      viewAt(x.data, byteOffset + byteLength, Math.min(room, -length & 3)).fill(-Infinity);
      return y;
    }),
  },
  {
    ...shown,
    name: 'sentinel-before-the-input',
    stage: 'conduct',
    change: 'logSumExpBackward keeps a 0 in front of its logits while it works, where there is room for one.',
    seen: 'none found',
    create: withKernel('logSumExpBackward', (sound) => (x, dy, options) => {
      const { byteOffset, BYTES_PER_ELEMENT } = x.data;
      if (byteOffset >= BYTES_PER_ELEMENT) viewAt(x.data, byteOffset - BYTES_PER_ELEMENT, 1)[0] = 0;
      return sound.logSumExpBackward(x, dy, options);
    }),
  },
  {
    ...shown,
    name: 'answer-kept-by-array',
    stage: 'state',
    change: 'softmax gives the answer that it gave before to the same array.',
    seen: 'tinygrad/tinygrad#4562: buffers that a cache took for the same showed each other’s values',
    create: withKernel('softmax', (sound) => {
      const kept = new WeakMap<object, Tensor>();
      return (x, options) => {
        const y = kept.get(x.data) ?? sound.softmax(x, options);
        kept.set(x.data, y);
        return copyOf(y);
      };
    }),
  },
  {
    ...shown,
    name: 'classes-kept-by-array',
    stage: 'state',
    change: 'crossEntropyBackward keeps what it has read of a target of class indices, by the array.',
    seen: 'none found',
    create: withKernel('crossEntropyBackward', (sound) => {
      const classesOf = keptBy((data: Int32Array) => data.slice());
      return (logits, target, dy, options) =>
        sound.crossEntropyBackward(
          logits,
          isIndexTensor(target) ? { shape: target.shape, data: classesOf(target.data) } : target,
          dy,
          options,
        );
    }),
  },
  {
    ...shown,
    name: 'two-buffers-in-turn',
    stage: 'conduct',
    change: 'logSumExp answers in turns out of two buffers of the size of its output.',
    seen: 'ggml-org/ggml#475: a result was right when it was computed and wrong when it was read, its memory used again',
    create: withKernel('logSumExp', (sound) => {
      const buffers = new Map<string, FloatArray>();
      let calls = 0;
      return (x, options) => {
        const y = sound.logSumExp(x, options);
        const key = `${y.data.constructor.name}/${y.data.length}/${calls++ % 2}`;
        const data = buffers.get(key) ?? y.data.slice();
        buffers.set(key, data);
        data.set(y.data);
        return { shape: y.shape, data };
      };
    }),
  },
  {
    ...shown,
    name: 'memory-given-back',
    stage: 'conduct',
    change: 'logSoftmaxBackward takes the memory of its last answer away when it is called again.',
    seen: 'emscripten-core/emscripten#6747: views of WebAssembly’s memory were of no length once it had grown',
    create: withKernel('logSoftmaxBackward', (sound) => {
      let last: FloatArray | null = null;
      return (x, dy, options) => {
        if (last !== null) structuredClone(last.buffer, { transfer: [last.buffer as ArrayBuffer] });
        const y = copyOf(sound.logSoftmaxBackward(x, dy, options));
        last = y.data;
        return y;
      };
    }),
  },
  {
    ...shown,
    name: 'staged-in-one-place',
    stage: 'state',
    change: 'softmax answers by a promise, from the input that it was last called with when its turn comes.',
    seen: 'open-edge-platform/geti_v2#1764: calls of one onnxruntime-web session had to be queued, as it runs none at once',
    create: withKernel('softmax', (sound) => {
      let staged: { readonly x: Tensor; readonly options: AxisOptions };
      return async (x, options) => {
        const own = { x: copyOf(x), options };
        staged = own;
        await Promise.resolve();
        return sound.softmax(staged.x, staged.options);
      };
    }),
  },
  {
    ...shown,
    name: 'busy-with-another',
    stage: 'state',
    change: 'logSumExp answers by a promise, and whoever calls it meanwhile gets the same one.',
    seen: 'none found',
    create: withKernel('logSumExp', (sound) => {
      let busy: Promise<Tensor> | null = null;
      const answer = async (x: Tensor, options: AxisOptions): Promise<Tensor> => {
        const y = sound.logSumExp(x, options);
        await Promise.resolve();
        busy = null;
        return y;
      };
      return async (x, options) => copyOf(await (busy ??= answer(x, options)));
    }),
  },
];
