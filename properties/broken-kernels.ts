/**
 * A wrong kernel for each law, which it breaks: the project's own, tampered with. For the tests of the laws.
 */
import type { CrossEntropyOptions, KernelName, SubjectModule, Target } from '../src/contract/subject.ts';
import * as kernels from '../src/kernels/index.ts';
import { lanesOf } from '../src/tensor/lanes.ts';
import { isIndexTensor, type Tensor } from '../src/tensor/tensor.ts';
import { placesOf } from './transform-case.ts';

type Args = readonly [x: Tensor, ...rest: unknown[]];
type Kernel = (...args: Args) => Tensor;
/** What becomes of a kernel's answer. */
type Tampering = (output: Tensor, args: Args) => Tensor;

interface BrokenKernel {
  readonly law: string;
  /** What is wrong, in a sentence. */
  readonly mistake: string;
  readonly module: SubjectModule;
}

function tamper(names: readonly KernelName[], change: Tampering): SubjectModule {
  const replaced = names.map((name) => {
    const kernel = kernels[name] as unknown as Kernel;
    return [name, (...args: Args) => change(kernel(...args), args)] as const;
  });
  return { ...kernels, ...Object.fromEntries(replaced) } as SubjectModule;
}

function mapOutput({ shape, data }: Tensor, change: (value: number, at: number) => number): Tensor {
  return { shape, data: data.map(change) };
}

/** A thousandth too much where the condition holds. */
function swollenWhere(names: readonly KernelName[], isSwollen: (args: Args) => boolean): SubjectModule {
  return tamper(names, (output, args) => (isSwollen(args) ? mapOutput(output, (y) => y * 1.001) : output));
}

const plainForward = ['softmax', 'logSoftmax'] as const;
const loss = ['crossEntropy', 'crossEntropyBackward', 'crossEntropyTargetBackward'] as const;

function optionsOf(args: Args): CrossEntropyOptions {
  return args.at(-1) as CrossEntropyOptions;
}

function axisLanes(args: Args): ReturnType<typeof lanesOf> {
  return lanesOf(args[0].shape, optionsOf(args).axis ?? -1);
}

function targetOf(args: Args): Target {
  return args[1] as Target;
}

function firstOfLane(output: Tensor, args: Args): Tensor {
  const lanes = axisLanes(args);
  return mapOutput(output, (y, at) => (Math.floor(at / lanes.stride) % lanes.length === 0 ? y * 1.001 : y));
}

/** The output with each lane's classes in reverse. */
function reversed(output: Tensor, args: Args): Tensor {
  const lanes = axisLanes(args);
  const data = output.data.slice();
  for (let lane = 0; lane < lanes.count; lane++) {
    const places = placesOf(lanes, lane);
    places.forEach((at, k) => (data[at] = output.data[places[places.length - 1 - k]!]!));
  }
  return { shape: output.shape, data };
}

function withLogitsChanged(names: readonly KernelName[], change: (x: number) => number): SubjectModule {
  const replaced = names.map((name) => {
    const kernel = kernels[name] as unknown as Kernel;
    return [name, (x: Tensor, ...rest: unknown[]) => kernel(mapOutput(x, change), ...rest)] as const;
  });
  return { ...kernels, ...Object.fromEntries(replaced) } as SubjectModule;
}

function withOptionsChanged(
  names: readonly KernelName[],
  change: (o: CrossEntropyOptions) => CrossEntropyOptions,
): SubjectModule {
  const replaced = names.map((name) => {
    const kernel = kernels[name] as unknown as Kernel;
    return [name, (...args: Args) => kernel(args[0], ...args.slice(1, -1), change(optionsOf(args)))] as const;
  });
  return { ...kernels, ...Object.fromEntries(replaced) } as SubjectModule;
}

export const brokenKernels: readonly BrokenKernel[] = [
  {
    law: 'shift invariance',
    mistake: 'the answer depends on the level of the logits',
    module: swollenWhere(plainForward, ([x]) => (x.data[0] ?? 0) > 0),
  },
  {
    law: 'permutation of classes',
    mistake: 'the first class is treated otherwise',
    module: tamper(plainForward, firstOfLane),
  },
  {
    law: 'batch independence',
    mistake: 'a lane among others comes out larger',
    module: swollenWhere(['softmax', 'logSumExp', 'logSoftmaxBackward'], (args) => axisLanes(args).count > 1),
  },
  {
    law: 'transposition of the axis',
    mistake: 'the strided path differs from the contiguous one',
    module: swollenWhere(['softmax', 'crossEntropy'], (args) => axisLanes(args).stride > 1),
  },
  {
    law: 'a class of −∞ adds nothing',
    mistake: 'a mask of −∞ is taken as a small logit',
    module: withLogitsChanged(['softmax', 'logSumExp'], (x) => Math.max(x, -3)),
  },
  {
    law: 'softmax sums to 1',
    mistake: 'the sum lacks a thousandth',
    module: swollenWhere(['softmax'], () => true),
  },
  {
    law: 'probabilities are in range',
    mistake: 'a dominant class exceeds 1',
    module: tamper(['softmax'], (output) => mapOutput(output, (p) => p * 1.001)),
  },
  { law: 'order kept', mistake: 'the classes come out in reverse', module: tamper(plainForward, reversed) },
  {
    law: 'ties equal',
    mistake: 'the first class is treated otherwise',
    module: tamper([...plainForward, 'logSumExpBackward'], firstOfLane),
  },
  {
    law: 'logSumExp is between max and max + ln n',
    mistake: 'the sum is divided by the number of classes twice',
    module: tamper(['logSumExp'], (output, args) =>
      mapOutput(output, (y) => y - 2 * Math.log(axisLanes(args).length)),
    ),
  },
  {
    law: 'logSoftmax is the logarithm of softmax',
    mistake: 'softmax has another temperature',
    module: withLogitsChanged(['softmax'], (x) => x * 0.99),
  },
  {
    law: 'logSoftmax plus logSumExp is the logit',
    mistake: 'logSumExp is a thousandth too large',
    module: swollenWhere(['logSumExp'], () => true),
  },
  {
    law: 'the gradient of logSumExp is softmax',
    mistake: 'the gradient is too large',
    module: swollenWhere(['logSumExpBackward'], () => true),
  },
  {
    law: 'gradients of a lane sum to 0',
    mistake: 'the first class has a thousandth too much',
    module: tamper(['softmaxBackward', 'logSoftmaxBackward', 'crossEntropyBackward'], firstOfLane),
  },
  {
    law: 'gradients scale with the cotangent',
    mistake: 'the gradient is clipped to [−1, 1]',
    module: tamper(['softmaxBackward', 'logSumExpBackward', 'crossEntropyBackward'], (output) =>
      mapOutput(output, (g) => Math.max(-1, Math.min(1, g))),
    ),
  },
  {
    law: 'gradients add up over the cotangent',
    mistake: 'a cotangent with a 0 in it is treated otherwise',
    module: swollenWhere(['softmaxBackward', 'logSoftmaxBackward', 'logSumExpBackward'], (args) =>
      (args[1] as Tensor).data.includes(0),
    ),
  },
  {
    law: 'the gradient by the targets does not depend on them',
    mistake: 'the gradient grows with the first target',
    module: swollenWhere(['crossEntropyTargetBackward'], (args) => targetOf(args).data[0]! > 1),
  },
  {
    law: 'the loss is not negative',
    mistake: 'the sign is forgotten',
    module: tamper(['crossEntropy'], (output) => mapOutput(output, (y) => -y)),
  },
  {
    law: 'an index is a one-hot target',
    mistake: 'the path of indices differs',
    module: swollenWhere(loss, (args) => isIndexTensor(targetOf(args))),
  },
  {
    law: 'reductions are of the unreduced loss',
    mistake: "'mean' is too large",
    module: swollenWhere(loss, (args) => (optionsOf(args).reduction ?? 'mean') === 'mean'),
  },
  {
    law: 'the loss is affine in labelSmoothing',
    mistake: 'ε is squared',
    module: withOptionsChanged(loss, (o) =>
      o.labelSmoothing === undefined ? o : { ...o, labelSmoothing: o.labelSmoothing ** 2 },
    ),
  },
  {
    law: 'weights of 1 change nothing',
    mistake: 'the path with weights differs',
    module: swollenWhere(loss, (args) => optionsOf(args).weight !== undefined),
  },
  {
    law: 'ignored positions are not read',
    mistake: 'the loss of an ignored position is multiplied by 0 instead of left out: 0·NaN',
    module: tamper(['crossEntropy', 'crossEntropyBackward'], (output, [x]) =>
      mapOutput(output, (y) => (x.data.some(Number.isNaN) ? Number.NaN : y)),
    ),
  },
];
