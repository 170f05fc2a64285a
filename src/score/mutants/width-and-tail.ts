/** Mutants that are wrong at some lengths of a lane, or numbers of lanes. */
import { createFloatArray, formatOf, type FloatArray } from '../../float/format.ts';
import { compensatedSum, dotProduct } from '../host/lane-steps.ts';
import { everyKernel, withSteps } from '../host/mutate.ts';
import type { Mutant } from './mutant.ts';

/** The first of them. */
function head(values: FloatArray, count: number): FloatArray {
  return values.subarray(0, Math.max(0, count)) as FloatArray;
}

export const widthMutants: readonly Mutant[] = [
  {
    name: 'tail-of-four-dropped',
    class: 'width and tail',
    stage: 'tail',
    change: 'logSumExp adds four at a time and leaves the remainder out.',
    seen: 'tensorflow/tensorflow#108244: wrong softmax where the channels are not divisible by 4',
    isGradient: false,
    isSubtle: false,
    create: withSteps('logSumExp', () => ({
      sum: (powers) => compensatedSum(head(powers, powers.length - (powers.length % 4))),
    })),
  },
  {
    name: 'last-of-31-dropped',
    class: 'width and tail',
    stage: 'tail',
    change: 'softmax leaves the last power out of the sum where the length leaves 31 when divided by 32.',
    seen: 'pytorch/pytorch#143644: softmax and log_softmax did not sum to 1 at a size of 517, and the size mattered',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', () => ({
      sum: (powers) => compensatedSum(head(powers, powers.length - (powers.length % 32 === 31 ? 1 : 0))),
    })),
  },
  {
    name: 'last-counted-twice',
    class: 'width and tail',
    stage: 'tail',
    change: 'logSoftmax adds the last power twice where one is left after blocks of 16.',
    seen: 'OpenNMT/CTranslate2#351: the last partial vector was reduced whole in log_softmax',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSoftmax', () => ({
      sum(powers) {
        const isTwice = powers.length > 16 && powers.length % 16 === 1;
        return compensatedSum(powers) + (isTwice ? powers[powers.length - 1]! : 0);
      },
    })),
  },
  {
    name: 'sixteen-of-seventeen',
    class: 'width and tail',
    stage: 'tail',
    change: 'crossEntropy adds the first 16 powers of a lane of 17.',
    seen: 'microsoft/onnxruntime#14475: wrong data access of the blockwise softmax at sizes such as 1 and 33',
    isGradient: false,
    isSubtle: true,
    create: withSteps('crossEntropy', () => ({
      sum: (powers) => compensatedSum(powers.length === 17 ? head(powers, 16) : powers),
    })),
  },
  {
    name: 'maximum-of-the-first-block',
    class: 'width and tail',
    stage: 'tail',
    change: 'logSumExp looks for the maximum among the first 64 only.',
    seen: 'ggml-org/llama.cpp#24451: only the first of the partial maxima of a row were reduced, so that exp overflowed',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSumExp', (sound) => ({ max: (x, place) => sound.max(head(x, 64), place) })),
  },
  {
    name: 'partial-block-not-in-dot',
    class: 'width and tail',
    stage: 'tail',
    change: 'softmaxBackward leaves what follows the last whole block of 128 out of Σ s·dy.',
    seen: 'openvinotoolkit/openvino#16818: softmax was wrong where the leftover is larger than a subgroup',
    isGradient: true,
    isSubtle: true,
    create: withSteps('softmaxBackward', () => ({
      softmaxVjp(s, dy) {
        const count = s.length > 128 ? s.length - (s.length % 128) : s.length;
        const dot = dotProduct(head(s, count), dy);
        return s.map((share, k) => share * (dy[k]! - dot)) as FloatArray;
      },
    })),
  },
  {
    name: 'threads-of-one-block',
    class: 'width and tail',
    stage: 'tail',
    change: 'Every kernel adds the first 1,024 powers of a wider lane.',
    seen: 'xlite-dev/LeetCUDA#392: the sum of softmax is reduced within one block of threads only',
    isGradient: false,
    isSubtle: true,
    create: withSteps(everyKernel, () => ({ sum: (powers) => compensatedSum(head(powers, 1024)) })),
  },
  {
    name: 'odd-float64',
    class: 'width and tail',
    stage: 'tail',
    change: 'softmax of float64 adds two at a time and leaves the last of an odd number out.',
    seen: 'pytorch/pytorch#143644: log_softmax of float64 was wrong, of some sizes',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', () => ({
      sum(powers) {
        const isOdd = formatOf(powers) === 'float64' && powers.length % 2 === 1 && powers.length > 1;
        return compensatedSum(isOdd ? head(powers, powers.length - 1) : powers);
      },
    })),
  },
  {
    name: 'strided-lanes-by-four',
    class: 'width and tail',
    stage: 'strides',
    change: 'logSoftmax handles strided lanes four at a time and never writes the remaining ones.',
    seen: 'pytorch/pytorch#75923: rows of a softmax with a strided output were left as they were',
    isGradient: false,
    isSubtle: true,
    create: withSteps('logSoftmax', (sound) => ({
      logSoftmax(parts) {
        const { lanes, lane } = parts.place;
        const isLeft = lanes.stride > 1 && lane >= lanes.count - (lanes.count % 4);
        return isLeft ? createFloatArray(formatOf(parts.x), lanes.length) : sound.logSoftmax(parts);
      },
    })),
  },
  {
    name: 'padded-with-zeros',
    class: 'width and tail',
    stage: 'tail',
    change: 'softmax pads a lane to a multiple of 8 with zeros before it looks for the maximum.',
    seen: 'tensorflow/tensorflow#108244: padded zeros took part in a softmax kernel',
    isGradient: false,
    isSubtle: true,
    create: withSteps('softmax', (sound) => ({
      max: (x, place) => (x.length % 8 === 0 ? sound.max(x, place) : Math.max(0, sound.max(x, place))),
    })),
  },
];
