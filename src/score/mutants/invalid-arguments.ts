/**
 * Mutants that say that they refuse invalid arguments, and take one kind of them, or refuse it too late. What
 * they do with it is what kernels do that do not look: they clamp, wrap or ignore.
 */
import { kernelTable, type KernelName, type SubjectModule } from '../../contract/subject.ts';
import * as fromScratch from '../../kernels/index.ts';
import { isIndexTensor, type AnyTensor } from '../../tensor/tensor.ts';
import { soundHost } from '../host/host.ts';
import type { Mutant } from './mutant.ts';

/** The arguments of any kernel: its tensors, and its options last. */
type Given = readonly AnyTensor[];
interface GivenOptions {
  readonly axis?: number;
  readonly labelSmoothing?: number;
  readonly weight?: AnyTensor;
  readonly ignoreIndex?: number;
}
type Call = (tensors: Given, options: GivenOptions) => unknown;
/** What a kernel that does not look makes of the arguments: valid ones stay as they are. */
type Accept = (tensors: Given, options: GivenOptions) => readonly [Given, GivenOptions];

const losses: readonly KernelName[] = ['crossEntropy', 'crossEntropyBackward', 'crossEntropyTargetBackward'];

/** The host behind the checks of the from-scratch kernels, which some kernels pass in this way. */
function accepting(kernels: readonly KernelName[], accept: Accept): () => SubjectModule {
  return refusing(kernels, (checked) => (tensors, options) => checked(...accept(tensors, options)));
}

function refusing(kernels: readonly KernelName[], change: (checked: Call) => Call): () => SubjectModule {
  return () => {
    const named = kernelTable.map(({ kernel }) => {
      const checked = checkedKernel(kernel);
      const call = kernels.includes(kernel) ? change(checked) : checked;
      return [kernel, (...args: readonly unknown[]) => call(args.slice(0, -1) as Given, args.at(-1)!)];
    });
    return { ...(Object.fromEntries(named) as SubjectModule), refuses: true };
  };
}

function checkedKernel(kernel: KernelName): Call {
  type Kernel = (...args: readonly unknown[]) => unknown;
  const check = fromScratch[kernel] as Kernel;
  const sound = soundHost[kernel] as Kernel;
  return (tensors, options) => {
    check(...tensors, options);
    return sound(...tensors, options);
  };
}

function mapped<T extends AnyTensor>(tensor: T, map: (value: number) => number): T {
  return { ...tensor, data: tensor.data.map(map) };
}

function classesOf([logits]: Given, { axis = -1 }: GivenOptions): number {
  return logits!.shape.at(axis) ?? 1;
}

/** The class indices mapped; probabilities as they are. */
function withClasses(tensors: Given, map: (index: number) => number): Given {
  return tensors.map((tensor) => (isIndexTensor(tensor) ? mapped(tensor, map) : tensor));
}

function cutOff({ weight, axis = -1 }: GivenOptions, tensors: Given): AnyTensor {
  const classes = classesOf(tensors, { axis });
  return { shape: [classes], data: weight!.data.subarray(0, classes) };
}

export const invalidArgumentMutants: readonly Mutant[] = [
  {
    name: 'class-clamped',
    class: 'conduct',
    stage: 'arguments',
    change: 'The losses take a class beyond the last one for the last where it is not ignored.',
    seen: 'pytorch/pytorch#43840, tensorflow/tensorflow#8484: a class out of range was an error on the CPU, and gave a loss on the GPU',
    isGradient: false,
    isSubtle: true,
    create: accepting(losses, (tensors, options) => [
      withClasses(tensors, (index) =>
        index === options.ignoreIndex ? index : Math.min(index, classesOf(tensors, options) - 1),
      ),
      options,
    ]),
  },
  {
    name: 'class-counted-from-the-end',
    class: 'conduct',
    stage: 'arguments',
    change: 'The losses take the class −1 for the last one where it is not ignored.',
    seen: 'Theano/Theano#3042: cross entropy raised no error for a negative index',
    isGradient: false,
    isSubtle: true,
    create: accepting(losses, (tensors, options) => [
      withClasses(tensors, (index) =>
        index === -1 && options.ignoreIndex !== -1 ? classesOf(tensors, options) - 1 : index,
      ),
      options,
    ]),
  },
  {
    name: 'axis-modulo-rank',
    class: 'conduct',
    stage: 'arguments',
    change: 'softmax takes an axis beyond the last one modulo the rank.',
    seen: 'tensorflow/tensorflow#22793: tf.nn.softmax of shape [2, 3] gave a result for axis 2',
    isGradient: false,
    isSubtle: true,
    create: accepting(['softmax'], (tensors, options) => [
      tensors,
      { ...options, axis: (options.axis ?? -1) % Math.max(tensors[0]!.shape.length, 1) },
    ]),
  },
  {
    name: 'axis-truncated',
    class: 'conduct',
    stage: 'arguments',
    change: 'logSumExpBackward drops the fraction of an axis.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: accepting(['logSumExpBackward'], (tensors, options) => [
      tensors,
      { ...options, axis: Math.trunc(options.axis ?? -1) },
    ]),
  },
  {
    name: 'negative-weight-is-none',
    class: 'conduct',
    stage: 'arguments',
    change: 'The losses take a negative weight for 0.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: accepting(losses, (tensors, options) => [
      tensors,
      options.weight === undefined
        ? options
        : { ...options, weight: mapped(options.weight, (weight) => (weight < 0 ? 0 : weight)) },
    ]),
  },
  {
    name: 'weights-uncounted',
    class: 'conduct',
    stage: 'arguments',
    change:
      'crossEntropyBackward does not count the weights, of which it reads as many as there are classes.',
    seen: 'torch/cunn#308, torch/nn#879: a loss did not look whether there are as many weights as classes',
    isGradient: false,
    isSubtle: true,
    create: accepting(['crossEntropyBackward'], (tensors, options) => [
      tensors,
      options.weight === undefined ? options : { ...options, weight: cutOff(options, tensors) },
    ]),
  },
  {
    name: 'nan-weight-passes',
    class: 'conduct',
    stage: 'arguments',
    change:
      'The losses look for weights below 0 and above the largest number, and so see no NaN, which counts 1.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: accepting(losses, (tensors, options) => [
      tensors,
      options.weight === undefined
        ? options
        : { ...options, weight: mapped(options.weight, (weight) => (Number.isNaN(weight) ? 1 : weight)) },
    ]),
  },
  {
    name: 'smoothing-clamped',
    class: 'conduct',
    stage: 'arguments',
    change: 'crossEntropy clamps labelSmoothing to [0, 1].',
    seen: 'pytorch/pytorch#134767: a negative label_smoothing was taken, one above 1 refused',
    isGradient: false,
    isSubtle: true,
    create: accepting(['crossEntropy'], (tensors, options) => [
      tensors,
      options.labelSmoothing === undefined
        ? options
        : { ...options, labelSmoothing: Math.min(Math.max(options.labelSmoothing, 0), 1) },
    ]),
  },
  {
    name: 'larger-dy-cut-off',
    class: 'conduct',
    stage: 'arguments',
    change: 'softmaxBackward reads of a dy that is too large as much as it needs.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: accepting(['softmaxBackward'], ([x, dy], options) => [
      [x!, { shape: x!.shape, data: dy!.data.subarray(0, x!.data.length) }],
      options,
    ]),
  },
  {
    name: 'ignore-index-unread',
    class: 'conduct',
    stage: 'arguments',
    change: 'The losses leave ignoreIndex unread where the target is probabilities.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: accepting(losses, (tensors, { ignoreIndex, ...options }) => [
      tensors,
      isIndexTensor(tensors[1]!) && ignoreIndex !== undefined ? { ...options, ignoreIndex } : options,
    ]),
  },
  {
    name: 'refuses-too-late',
    class: 'conduct',
    stage: 'conduct',
    change:
      'logSoftmaxBackward shifts the logits in place, and puts them back unless it throws on dy meanwhile.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: refusing(['logSoftmaxBackward'], (checked) => ([x, dy], options) => {
      const before = x!.data.slice();
      x!.data.forEach((value, i) => (x!.data[i] = value + 1));
      const shifted = checked([{ shape: x!.shape, data: before }, dy!], options);
      x!.data.set(before);
      return shifted;
    }),
  },
];
