/** Mutants that only wide lanes, many of them, or vocabularies show. */
import type { KernelName } from '../../contract/subject.ts';
import { createFloatArray, formatOf, type FloatArray } from '../../float/format.ts';
import { compensatedSum, type LaneParts } from '../host/lane-steps.ts';
import type { Steps } from '../host/host.ts';
import { everyKernel, withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

/** What 16 bits count to; a case with a lane or a class beyond has more elements than that. */
const sixteenBits = 65_536;

const lossKernels: readonly KernelName[] = [
  'crossEntropy',
  'crossEntropyBackward',
  'crossEntropyTargetBackward',
];

function sumOfFirst(powers: FloatArray, count: number): number {
  return compensatedSum(powers.subarray(0, count));
}

/** The steps of which none writes anything for such a lane. */
function unwritten(sound: Steps, isUnwritten: (lane: number) => boolean): Partial<Steps> {
  const ofLane =
    <More extends readonly unknown[]>(step: (...args: [...More, LaneParts]) => FloatArray) =>
    (...args: [...More, LaneParts]): FloatArray => {
      const parts = args.at(-1) as LaneParts;
      return isUnwritten(parts.place.lane) ? zerosLike(parts.x) : step(...args);
    };
  return {
    softmax: ofLane<[]>(sound.softmax),
    logSoftmax: ofLane<[]>(sound.logSoftmax),
    softmaxVjp: ofLane<[FloatArray, FloatArray]>(sound.softmaxVjp),
    logSoftmaxVjp: ofLane<[FloatArray, FloatArray]>(sound.logSoftmaxVjp),
    logSumExpVjp: ofLane<[FloatArray, number]>(sound.logSumExpVjp),
    logSumExp: (parts) => (isUnwritten(parts.place.lane) ? 0 : sound.logSumExp(parts)),
    positionLoss: (shares, logP, loss, lane) =>
      isUnwritten(lane) ? 0 : sound.positionLoss(shares, logP, loss, lane),
    logitGradient: (p, shares, k, loss, lane) =>
      isUnwritten(lane) ? zerosLike(p) : sound.logitGradient(p, shares, k, loss, lane),
  };
}

function zerosLike(data: FloatArray): FloatArray {
  return createFloatArray(formatOf(data), data.length);
}

export const largeShapeMutants: readonly Mutant[] = [
  {
    name: 'rows-of-one-block',
    class: 'width and tail',
    stage: 'strides',
    change: 'The forwards write the first 1,024 lanes and no other.',
    seen: 'ggml-org/llama.cpp#16744: a batch was one block of threads, of which there are at most 1,024',
    isGradient: false,
    isSubtle: true,
    create: withSteps(['softmax', 'logSoftmax', 'logSumExp', 'crossEntropy'], (sound) =>
      unwritten(sound, (lane) => lane >= 1024),
    ),
  },
  {
    name: 'row-modulo-1024',
    class: 'width and tail',
    stage: 'strides',
    change: 'The gradients to the logits take the number of a lane modulo 1,024.',
    seen: 'none found',
    isGradient: true,
    isSubtle: true,
    create: withSteps(
      ['softmaxBackward', 'logSoftmaxBackward', 'logSumExpBackward', 'crossEntropyBackward'],
      (sound) => ({
        position: (lanes, lane, k) => sound.position(lanes, lane % 1024, k),
      }),
    ),
  },
  {
    name: 'tail-after-tiles-of-1024',
    class: 'width and tail',
    stage: 'tail',
    change: 'Every kernel leaves what follows the last whole tile of 1,024 out of the sum.',
    seen: 'karpathy/llm.c#776: threads beyond the number of classes left before the reduction',
    isGradient: false,
    isSubtle: true,
    create: withSteps(everyKernel, () => ({
      sum: (powers) =>
        sumOfFirst(powers, powers.length > 1024 ? powers.length - (powers.length % 1024) : powers.length),
    })),
  },
  {
    name: 'thousand-classes',
    class: 'width and tail',
    stage: 'tail',
    change: 'logSoftmax, crossEntropy and their gradients add the first 1,000 powers of a wider lane.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps(['logSoftmax', 'logSoftmaxBackward', ...lossKernels], () => ({
      sum: (powers) => sumOfFirst(powers, 1000),
    })),
  },
  {
    name: 'odd-row-of-a-wide-pair',
    class: 'width and tail',
    stage: 'tail',
    change: 'Every kernel adds the first 256 powers of the last lane where their number is odd.',
    seen: 'm0at/rvllm#1: the reduction of a row read threads that had nothing to do',
    isGradient: false,
    isSubtle: true,
    create: withSteps(everyKernel, () => ({
      sum(powers, { lanes, lane }) {
        const isLeft = lanes.count > 1 && lanes.count % 2 === 1 && lane === lanes.count - 1;
        return sumOfFirst(powers, isLeft ? 256 : powers.length);
      },
    })),
  },
  {
    name: 'second-block-of-lanes',
    class: 'width and tail',
    stage: 'tail',
    change: 'softmax, logSoftmax and their gradients add the first 8 powers of each lane after the 64th.',
    seen: 'none found',
    isGradient: false,
    isSubtle: true,
    create: withSteps(['softmax', 'softmaxBackward', 'logSoftmax', 'logSoftmaxBackward'], () => ({
      sum: (powers, { lane }) => sumOfFirst(powers, lane >= 64 ? 8 : powers.length),
    })),
  },
  {
    name: 'grid-of-65535-rows',
    class: 'width and tail',
    stage: 'strides',
    change: 'Every kernel writes the first 65,535 lanes and no other.',
    seen: 'torch/cunn#150, deepspeedai/DeepSpeed#1239: more rows than a grid has blocks; SandAI-org/MagiAttention#40: the kernel was skipped',
    isGradient: false,
    isSubtle: true,
    elementsMin: sixteenBits,
    create: withSteps(everyKernel, (sound) => unwritten(sound, (lane) => lane >= sixteenBits - 1)),
  },
  {
    name: 'row-of-16-bits',
    class: 'width and tail',
    stage: 'strides',
    change: 'Every kernel keeps the number of a lane in 16 bits.',
    seen: 'hpcaitech/FastFold#80: the number of a row overflowed in a softmax kernel',
    isGradient: false,
    isSubtle: true,
    elementsMin: sixteenBits,
    create: withSteps(everyKernel, (sound) => ({
      position: (lanes, lane, k) => sound.position(lanes, lane % sixteenBits, k),
      logSumExp: (parts) => (parts.place.lane >= sixteenBits ? 0 : sound.logSumExp(parts)),
      positionLoss: (shares, logP, loss, lane) =>
        lane >= sixteenBits ? 0 : sound.positionLoss(shares, logP, loss, lane),
    })),
  },
  {
    name: 'class-of-16-bits',
    class: 'targets',
    stage: 'target',
    change: 'crossEntropy and its gradient to the logits keep a class index in 16 bits.',
    seen: 'pytorch/pytorch#111484: the index of a target overflowed 32 bits, and the loss was wrong without a word',
    isGradient: false,
    isSubtle: true,
    elementsMin: sixteenBits,
    create: withSteps(['crossEntropy', 'crossEntropyBackward'], (sound) => ({
      target: (loss, lane, k) =>
        loss.indices === null
          ? sound.target(loss, lane, k)
          : Number((loss.indices[lane]! & (sixteenBits - 1)) === k),
    })),
  },
  {
    name: 'vocabulary-of-one-block',
    class: 'width and tail',
    stage: 'tail',
    change: 'The cross-entropy kernels add the first 65,536 powers of a wider lane.',
    seen: 'unslothai/unsloth#19, linkedin/Liger-Kernel#1252: one block of 65,536, and vocabularies that are wider',
    isGradient: false,
    isSubtle: true,
    elementsMin: sixteenBits,
    create: withSteps(lossKernels, () => ({
      sum: (powers) => sumOfFirst(powers, sixteenBits),
    })),
  },
];
